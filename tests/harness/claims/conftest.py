"""Claims judged on records that are written down by value."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.claims import Claim, ClaimVerdict, Control
from harness.claims.judge import decide, gather
from harness.claims.parts import Evidence
from harness.claims.samples import Samples
from harness.store import RunStore
from harness.trial import Record

Judge = Callable[..., tuple[ClaimVerdict, ...]]

A = (0.742, 0.751, 0.739, 0.748, 0.745, 0.750, 0.741, 0.747, 0.744, 0.749)
B = (0.735, 0.741, 0.738, 0.736, 0.742, 0.739, 0.733, 0.740, 0.737, 0.741)
"""Two contenders on ten paired seeds: the worked example of seeds on a fixed split."""

IN_RANGE = Control("cora", "gcn", 73.0, 75.0, "made up for the test")
"""The mean of `B` is 73.8 %."""


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    """A function that judges a family of claims on lists of records."""
    stores = []

    def judged(claims: list[Claim], *parts: list[Record], profile: str = "paper") -> tuple[ClaimVerdict, ...]:
        store = RunStore.open(tmp_path / f"runs{len(stores)}.sqlite")
        stores.append(store)
        with store.transaction():
            for part in parts:
                for record in part:
                    store.add(record)
        evidence = Evidence(store, Samples(store.columns(profile=profile)), profile)
        return decide([gather(claim, evidence) for claim in claims], profile)

    yield judged
    for store in stores:
        store.close()
