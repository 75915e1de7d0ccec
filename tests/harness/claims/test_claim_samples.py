"""The values of a claim's term are those of the board: one function computes both."""

import math
from pathlib import Path

import pytest

from harness import catalog
from harness.claims.quantities import Term
from harness.claims.samples import Samples
from harness.store import Entry, RunStore
from harness.store.connection import open_memory
from harness.tables.scales import scale_of
from harness.tables.units import groups, make_field
from harness.trial import Trial
from tests.harness.store.sample_records import make


@pytest.mark.parametrize("name", ["cora", "grid"])
def test_a_board_and_a_claim_have_the_same_values_and_failures(name: str) -> None:
    task = catalog.task(name)
    metric = task.metric
    records = [
        make(Trial(name, "gcn", seed=0), metrics={metric: 0.01}),
        make(Trial(name, "gcn", seed=1), metrics={metric: math.nan}),
        make(Trial(name, "gcn", seed=2), metrics={metric: math.inf}),
        make(Trial(name, "gcn", seed=3), status="memory"),
        make(Trial(name, "gcn", seed=4), metrics={metric: 1.0}),
    ]
    store = RunStore(Path(":memory:"), open_memory(), readonly=False)
    store.absorb(Entry(record) for record in records)
    columns = store.columns()
    scale = scale_of(task.ranked)
    (entrant,) = make_field(columns, task, scale, {"gcn": groups(columns)[name, "gcn"]}).entrants
    sample = Samples(columns).sample(Term(1.0, name, "gcn"), scale)
    assert repr(sample.values) == repr(entrant.values)
    assert dict(sample.failures) == dict(entrant.failures) == {"RuntimeError": 1, f"{metric} is not finite": 2}
    low = math.log10(0.01) if scale.kind == "log10" else 0.01
    assert sample.values[0, 0] == pytest.approx(low)
    assert math.isnan(sample.values[0, 3])
