"""A toy family: metrics whose names begin or end as those of other families do, once with each better side."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from harness import catalog
from harness.catalog import ContenderEntry
from harness.contract.family import ProtocolEntry
from harness.contract.metric import Better, Kind, Metric, MetricSet, MetricTable, ScaleKind
from harness.families import protocol_entries
from harness.task import Extent, Suite, Task
from harness.trial import Record
from tests.harness.leaderboard.synthetic import make_record

SIDES: tuple[Better, Better] = ("higher", "lower")
SEEDS = 6


@dataclass(frozen=True)
class Measure:
    """How a toy metric is declared, and its value for the contender of small values; the other has 1.5 times it."""

    title: str
    kind: Kind
    value: float
    unit: str = ""
    scale: ScaleKind | None = None
    bounds: tuple[float, float] | None = None


MEASURES: Mapping[str, Measure] = {
    "gap": Measure("generalisation gap", "number", 0.2, "nats"),
    "accuracy_at_25": Measure("accuracy of the first 25", "share", 0.52),
    "recall_at_20": Measure("recall of the first 20", "share", 0.31),
    "accuracy_wrong_key": Measure("accuracy without the key", "share", 0.1),
    "mae": Measure("mean absolute error", "error", 3.1, "mph"),
    "rmse": Measure("root mean squared error", "error", 6.2, "mph", "linear"),
    "mape": Measure("mean absolute error of speeds", "share", 0.08),
    "ece": Measure("calibration error", "share", 0.04),
    "nll": Measure("code length", "score", 1.2, "bits"),
    "perplexity": Measure("perplexity", "number", 21.0, "words", "log", (1.0, float("inf"))),
    "tau_b": Measure("Kendall's tau", "score", 0.4, bounds=(-1.0, 1.0)),
    "macro_f1": Measure("mean F1", "share", 0.6),
    "brier": Measure("Brier score", "number", 0.3, "points²", "linear", (0.0, 2.0)),
    "crps": Measure("ranked probability score", "error", 0.7, "MW"),
}
TABLE = MetricTable("measures", "All measures of the toy", remark="Measured on toys.")


def protocol_name(side: Better) -> str:
    return f"toy-{side}"


def task_name(name: str, side: Better) -> str:
    return f"toy-{side}-{name}"


def metrics_of(side: Better) -> MetricSet:
    """Return the declarations of the toy protocol whose metrics are all better on one side."""
    declared = [
        Metric(name, one.title, one.kind, side, TABLE.name, unit=one.unit, scale=one.scale, bounds=one.bounds)
        for name, one in MEASURES.items()
    ]
    return MetricSet(tuple(declared), (TABLE,))


def contenders_of(side: Better) -> tuple[str, str]:
    """Return the contenders of small and of large values."""
    return f"small-{side}", f"large-{side}"


def toy_records(profile: str = "standard", factor: float = 1.0) -> Iterator[Record]:
    """Yield the records of every toy task; `factor` multiplies the values of the contender of small values."""
    for side in SIDES:
        for name in MEASURES:
            for contender, times, step in zip(contenders_of(side), (factor, 1.5), (7, 3), strict=True):
                for seed in range(SEEDS):
                    vary = times * (1 + 0.002 * (step * seed % 5))
                    metrics = {other: one.value * vary for other, one in MEASURES.items()}
                    task = task_name(name, side)
                    yield make_record(
                        task, contender, metrics[name], metric=name, seed=seed, metrics=metrics, profile=profile
                    )


def register(patch: pytest.MonkeyPatch) -> Suite:
    """Make the catalog know the toy family's protocols, tasks and contenders; return their suite."""
    entries = protocol_entries()
    assert isinstance(entries, dict)
    for side in SIDES:
        name = protocol_name(side)
        patch.setitem(entries, name, ProtocolEntry(name, f"Toy, {side}", "nowhere:Nothing", metrics_of(side)))
    extents = {profile: Extent(seeds=SEEDS) for profile in ("standard", "paper")}
    tasks = {
        task_name(name, side): Task(
            task_name(name, side), f"Toy {name}, {side}", protocol_name(side), "digits", name, "seeds", extents
        )
        for side in SIDES
        for name in MEASURES
    }
    suite = Suite(
        "toy-measures",
        "Toys, measured",
        tuple(tasks.values()),
        {protocol_name(side): contenders_of(side) for side in SIDES},
        {protocol_name(side): contenders_of(side)[0] for side in SIDES},
    )
    known = {
        name: ContenderEntry(name, "nowhere:Nobody", protocol_name(side), "baseline", f"{name}, a toy")
        for side in SIDES
        for name in contenders_of(side)
    }
    suites, all_tasks = {**catalog.suites(), suite.name: suite}, {**catalog.tasks(), **tasks}
    contenders = {**catalog.contenders(), **known}
    patch.setattr(catalog, "suites", lambda: suites)
    patch.setattr(catalog, "tasks", lambda: all_tasks)
    patch.setattr(catalog, "contenders", lambda: contenders)
    return suite
