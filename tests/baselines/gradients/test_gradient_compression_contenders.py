"""Every contender of gradient compression, end to end on tiny data: what holds of all, and of some."""

from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
import pytest

from harness import catalog
from harness.contract.context import Context
from harness.contract.options import build_options
from harness.contract.report import Report
from harness.data.generated import generate
from harness.data.split import Split
from harness.families import dataset_entry
from harness.protocols.gradients.data_parallel import launch
from harness.protocols.gradients.data_parallel.selection import Cheaper, LargerThan
from harness.protocols.gradients.data_parallel.tuning import Tuned, tune_rank
from harness.protocols.gradients.metrics import METRICS
from harness.protocols.gradients.options import Exchange, GradientOptions
from harness.protocols.images.arrays import ImageDataset
from harness.suites.sparse import SUITE, VARIANTS
from harness.trial import Trial
from methods.dragonn.contenders import Dragonn, DragonnCost, DragonnDGCMemory

RANKED = SUITE.contenders["gradient-compression"]
WIDTHS, ELEMENTS = [384, 288], 64 * 384 + 384 + 384 * 288 + 288 + 288 * 10 + 10
OPTIONS = {
    "widths": WIDTHS, "batch": 16, "steps": 12, "learning_rates": [0.1], "momentum": 0.5, "ratio": 0.02,
    "workers": 2, "simulated_steps": 4, "timeout": 30,
}  # fmt: skip
Ran = tuple[str, Report, dict[str, float]]
"""A contender's name, the report of its trial, and its metrics."""
HALF = ("sgd-fp16", "sgd-bf16")
NOT_SIMULATED = ("sgd-dense", "sgd-fp16", "sgd-powersgd")
OF_K_ELEMENTS = ("sgd-topk", "sgd-append", "sgd-randomk")

pytestmark = pytest.mark.filterwarnings("ignore:.*(ranks share|elements reach):RuntimeWarning")
assert ELEMENTS > 131_072  # so that DRAGONN compresses, and at the ratio that it is told


@pytest.fixture(scope="module")
def data() -> ImageDataset:
    all_of_them = generate(dataset_entry("digits"))
    split = all_of_them.splits[0]
    return replace(all_of_them, splits=[Split(split.train[:200], split.valid[:60], split.test[:50])])


class Asked(Exception):
    """A trial has come to where it starts its ranks."""


def tune_all(rank: int, world: int, asked: dict[str, tuple[Any, ...]]) -> dict[str, Tuned]:
    """Train with every contender in one group; called in the processes of the ranks."""
    return {name: tune_rank(rank, world, *arguments) for name, arguments in asked.items()}


def run(name: str, data: ImageDataset) -> Ran:
    """Run a contender's trial; what starts its ranks is what `trials` has put there."""
    split, protocol = data.splits[0], catalog.protocol(catalog.contender(name).protocol)
    contender = catalog.contender_class(name)
    trial, options = Trial("ddp-digits", name, profile="smoke"), build_options(GradientOptions, OPTIONS, name)
    context = Context(trial, options, streams=contender.streams, scratch=Path(gettempdir()))
    view, inputs = protocol.view(data, split), protocol.inputs(data)
    report = protocol.run(contender, inputs, view, lambda: protocol.reveal(data, split), context)
    report = report.with_surroundings({}, context.curve)
    metrics = protocol.score(data, split, "accuracy", report)
    METRICS.check(metrics, protocol.name)
    return name, report, metrics


@pytest.fixture(scope="module")
def trials(data: ImageDataset) -> dict[str, Ran]:
    """Every contender's trial; processes are started once for all, as that is what takes time."""
    asked: dict[str, tuple[Any, ...]] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in (*RANKED, *VARIANTS):

            def ask(function: Any, world: int, *arguments: Any, name: str = name, **limits: Any) -> None:
                assert (function, world) == (tune_rank, 2)
                asked[name] = arguments
                raise Asked

            patch.setattr(launch, "run_ranks", ask)
            with pytest.raises(Asked):
                run(name, data)
    ranks = launch.run_ranks(tune_all, 2, asked, limit=150, timeout=60)
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in asked:
            patch.setattr(launch, "run_ranks", lambda *_, name=name, **limits: [rank[name] for rank in ranks])
            made[name] = run(name, data)
    return made


@pytest.fixture(params=[*RANKED, *VARIANTS])
def trial(request: pytest.FixtureRequest, trials: dict[str, Ran]) -> Ran:
    return trials[request.param]


def test_it_trains_scores_and_tells(trial: Ran) -> None:
    name, report, metrics = trial
    assert report["scores"].shape == (50, 10)
    losses = [row["train_loss"] for row in report.curve]
    assert np.isfinite(losses).all()
    assert min(losses[-3:]) < losses[0]
    assert report.model["simulation_equal"] == ("not simulated" if name in NOT_SIMULATED else True)
    assert report.model["momentum_in_memory"] is (name in ("sgd-dgc", "dragonn-dgc-memory"))
    assert metrics["step_ms"] > 0
    assert set(metrics) >= {"modelled_step_ms_0p1gbit", "modelled_step_ms_100gbit", "compute_ms", "communicate_ms"}


def test_it_sends_what_it_says(trial: Ran) -> None:
    name, _, metrics = trial
    sent, kept, dense = metrics["bytes_per_step"], metrics["kept_ratio"], 4 * ELEMENTS
    k = int(0.02 * ELEMENTS)
    if name == "sgd-dense":
        assert (sent, kept) == (dense, 1)
    elif name in HALF:
        assert (sent, kept) == (dense / 2, 1)
    elif name in OF_K_ELEMENTS:
        assert kept == pytest.approx(k / ELEMENTS, rel=0.02)
        assert sent == pytest.approx((4 if name == "sgd-randomk" else 8) * k, rel=0.02)
    elif name == "dragonn-fixed-wire":
        assert sent == 8 * 4 * k
    elif name in ("dragonn-exact", "dragonn-max-abs", "dragonn-sampled", "dragonn"):
        assert 0.6 * k < kept * ELEMENTS < 1.3 * k
        assert 8 * kept * ELEMENTS <= sent
    else:
        assert 0 < kept < 1
        assert sent < dense


def told(**changes: Any) -> Exchange:
    return Exchange(**{"ratio": 0.01, "workers": 2, "momentum": 0.9, "link_gbit": 1.0, "seed": 5, **changes})


def test_dragonn_takes_what_the_task_says() -> None:
    (settings,) = Dragonn.configurations("standard")
    compression = Dragonn(settings).communication(told(ratio=0.25)).compression
    assert compression.compressor().settings.ratio == 0.25
    assert compression.selection == LargerThan(102_400)
    assert compression.feedback == "residual"
    (settings,) = DragonnDGCMemory.configurations("standard")
    given = DragonnDGCMemory(settings).communication(told(momentum=0.7))
    assert given.owns_momentum
    assert given.compression.momentum == 0.7


def test_a_choice_by_cost_is_for_the_link_of_the_task() -> None:
    (settings,) = DragonnCost.configurations("standard")
    selection = DragonnCost(settings).communication(told(link_gbit=0.2)).compression.selection
    assert isinstance(selection, Cheaper)
    assert selection.link.gigabits == 0.2
    assert 0.005 < selection.density < 0.02


def test_every_contender_has_one_configuration() -> None:
    for name in (*RANKED, *VARIANTS):
        found = {p: catalog.contender_class(name).configurations(p) for p in ("smoke", "standard", "paper")}
        assert {len(configurations) for configurations in found.values()} == {1}
