"""A scored metric is declared once and lies within its bounds; others are refused by name and cost one trial."""

import math
from pathlib import Path
from typing import Any

import pytest

from harness import catalog
from harness.contract.family import ProtocolEntry
from harness.contract.metric import Metric, MetricSet, Parameter
from harness.contract.report import Report
from harness.data.access import DataAccess
from harness.errors import BadPrediction, ConfigError, ContractError
from harness.families import protocol_entries
from harness.protocols.graphs.node_classification import NodeClassification
from harness.task import Extent, Task
from harness.trial import Trial
from harness.views import Views
from tests.reports import report_of
from tests.toy_project import ToyProject

LEVEL = Parameter("level", "integer")
METRICS = MetricSet(
    (
        Metric("accuracy", "accuracy", "share", "higher"),
        Metric("tau_b", "Kendall's tau", "score", "higher", bounds=(-1.0, 1.0)),
        Metric("error_at_{level}", "error at {level}", "error", "lower", parameters=(LEVEL,)),
    )
)
AMBIGUOUS = MetricSet(
    (
        Metric("loss", "loss", "error", "lower"),
        Metric("{part}_loss", "loss of {part}", "error", "lower", parameters=(Parameter("part"),)),
        Metric("train_{what}", "{what} in training", "error", "lower", parameters=(Parameter("what"),)),
    )
)


def test_declared_metrics_within_their_bounds_pass() -> None:
    METRICS.check({"accuracy": 1.0, "tau_b": -1.0, "error_at_7": math.inf, "error_at_26": math.nan}, "protocol toy")


@pytest.mark.parametrize(
    ("name", "near"), [("acuracy", "; did you mean 'accuracy'?"), ("error_at_0p5", "; did you mean"), ("zzz", ".")]
)
def test_a_metric_that_is_scored_and_not_declared_is_refused_by_name(name: str, near: str) -> None:
    with pytest.raises(ContractError) as error:
        METRICS.check({"accuracy": 0.5, name: 0.5}, "protocol toy")
    expected = f"protocol toy scores the metric {name!r}, which its family does not declare{near}"
    assert str(error.value).startswith(expected)
    assert not isinstance(error.value, BadPrediction), "the protocol is at fault, not the contender"


@pytest.mark.parametrize(
    ("name", "value", "bounds"),
    [
        ("accuracy", 1.0000001, r"\(0\.0, 1\.0\)"),
        ("accuracy", -0.1, r"\(0\.0, 1\.0\)"),
        ("accuracy", math.inf, r"\(0\.0, 1\.0\)"),
        ("tau_b", -1.5, r"\(-1\.0, 1\.0\)"),
        ("error_at_7", -1e-9, r"\(0\.0, inf\)"),
    ],
)
def test_a_value_outside_the_bounds_is_a_bad_prediction(name: str, value: float, bounds: str) -> None:
    with pytest.raises(BadPrediction, match=f"^{name} is .*, outside its bounds {bounds}$"):
        METRICS.check({name: value}, "protocol toy")


def test_a_name_that_is_declared_twice_is_refused_where_it_is_declared() -> None:
    one, other = Metric("loss", "loss", "error", "lower"), Metric("loss", "gain", "score", "higher")
    with pytest.raises(ValueError, match=r"^metrics are declared twice: loss$"):
        MetricSet((one, Metric("gap", "gap", "number", None), other))


def test_a_name_that_two_declarations_cover_is_refused_with_both() -> None:
    message = r"metric 'train_loss' is declared twice: \{part\}_loss and train_\{what\}$"
    with pytest.raises(ContractError, match=f"^{message}"):
        AMBIGUOUS.find("train_loss")
    with pytest.raises(ContractError, match=f"^protocol toy: {message}"):
        AMBIGUOUS.check({"loss": 1.0, "train_loss": 1.0}, "protocol toy")
    AMBIGUOUS.check({"loss": 1.0, "valid_loss": 1.0, "train_error": 1.0}, "protocol toy")


def test_a_task_cannot_rank_by_a_name_that_two_declarations_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    entries: Any = protocol_entries()
    monkeypatch.setitem(entries, "toy", ProtocolEntry("toy", "Toy", "nowhere:Nothing", AMBIGUOUS))
    with pytest.raises(ConfigError, match=r"^task 't': metric 'train_loss' is declared twice: "):
        Task("t", "T", "toy", "digits", "train_loss", "seeds", {"smoke": Extent()})
    assert Task("t", "T", "toy", "digits", "valid_loss", "seeds", {"smoke": Extent()}).higher_is_better is False


class Scores(NodeClassification):
    """Scores what it is given."""

    def __init__(self, **scored: float) -> None:
        self.scored = scored

    def score(self, data: Any, split: Any, metric: str, report: Report) -> dict[str, float]:
        return self.scored


@pytest.mark.parametrize(
    ("scored", "error", "message"),
    [
        ({"accuracy": 0.5, "f1": 0.5}, ContractError, "protocol node-classification scores the metric 'f1', which"),
        ({"accuracy": 1.5}, BadPrediction, "accuracy is 1.5, outside its bounds"),
        (
            {"nll": 0.5},
            ContractError,
            "protocol node-classification scored nll of this trial, and not 'accuracy', by which task 'karate'",
        ),
        ({}, ContractError, "protocol node-classification scored nothing of this trial, and not 'accuracy'"),
    ],
)
def test_the_parent_checks_what_a_protocol_scores(
    scored: dict[str, float], error: type[Exception], message: str, tmp_path: Path
) -> None:
    views = Views(DataAccess(None, tmp_path, offline=True), tmp_path / "views")
    views._protocols["node-classification"] = Scores(**scored)
    with pytest.raises(error) as caught:
        views.score(catalog.task("karate"), Trial("karate", "gcn"), report_of())
    assert str(caught.value).startswith(message)
    assert type(caught.value) is error


FAMILY = """
from harness.contract.family import Family, ProtocolEntry
from harness.contract.metric import Metric, MetricSet, Parameter

METRICS = MetricSet((
    Metric("accuracy", "accuracy", "share", "higher"),
    Metric("nll", "NLL", "error", "lower"),
    Metric("{part}_ms", "time of {part}", "time", "lower", parameters=(Parameter("part"),)),
    Metric("total_{unit}", "total in {unit}", "time", "lower", parameters=(Parameter("unit"),)),
))
NAMES = ("undeclared", "twice", "outside", "unranked", "forged")
FAMILY = Family("scoring", "Scoring", (
    *(ProtocolEntry(name, name, f"scoring_protocols:{name.capitalize()}", METRICS) for name in NAMES),
))
"""
IMPOSTOR = """
from harness.contract.family import Family, ProtocolEntry
from scoring_family import METRICS

ENTRY = ProtocolEntry("graph-classification", "Not ours", "scoring_protocols:Undeclared", METRICS)
FAMILY = Family("impostor", "Impostor", (ENTRY,))
"""
DOUBLE = """
from harness.contract.family import Family, ProtocolEntry
from harness.contract.metric import Metric, MetricSet

LOSS = Metric("loss", "loss", "error", "lower")
FAMILY = Family("double", "Double", (ProtocolEntry("double", "Double", "x:Y", MetricSet((LOSS, LOSS))),))
"""
PROTOCOLS = """
from dataclasses import replace

from harness.contract.options import NoOptions
from harness.protocols.graphs.graph_classification import GraphClassification


class Undeclared(GraphClassification):
    name, Options, added = "undeclared", NoOptions, {"acuracy": 0.5}

    def score(self, data, split, metric, report):
        return {**super().score(data, split, metric, report), **self.added}


class Twice(Undeclared):
    name, added = "twice", {"total_ms": 1.0}


class Outside(Undeclared):
    name, added = "outside", {"fit_ms": -1.0}


class Unranked(Undeclared):
    name = "unranked"

    def score(self, data, split, metric, report):
        return {"nll": 0.5}


class Forged(Undeclared):
    name = "forged"

    def run(self, *given):
        return replace(super().run(*given), measured={"fit_ms": 1.0, "accuracy": 1.0})

    def score(self, data, split, metric, report):
        scored = GraphClassification.score(self, data, split, metric, report)
        return {**scored, **report.costs("*_ms")}
"""
TASKS = """
from harness.task import Extent, Suite, Task
from scoring_family import NAMES

EXTENTS = {"smoke": Extent()}
TASKS = tuple(Task(f"t-{n}", n, n, "rings-of-cliques", "accuracy", "seeds", EXTENTS) for n in NAMES)
TASKS += (Task("t-ours", "ours", "graph-classification", "rings-of-cliques", "roc_auc", "seeds", EXTENTS),)
CONTENDERS = {n: (f"honest-{n}",) for n in NAMES} | {"graph-classification": ("honest",)}
SUITE = Suite("scoring", "Scoring", TASKS, CONTENDERS, {})
"""
FAULTS = {
    "undeclared": (
        "ContractError",
        "protocol undeclared scores the metric 'acuracy', which its family does not declare; did you mean",
    ),
    "twice": ("ContractError", "protocol twice: metric 'total_ms' is declared twice: {part}_ms and total_{unit}"),
    "outside": ("BadPrediction", "fit_ms is -1, outside its bounds (0.0, inf)"),
    "unranked": ("ContractError", "protocol unranked scored nll of this trial, and not 'accuracy', by which task"),
    "forged": ("BadPrediction", "expected measured costs named *_ms, got 'accuracy'"),
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> ToyProject:
    """A package with a family of protocols that score what they may not, run once."""
    project = ToyProject(tmp_path_factory.mktemp("scoring") / "toy", "class Honest(Toy):\n    pass\n")
    for module, text in (("family", FAMILY), ("double", DOUBLE), ("impostor", IMPOSTOR), ("protocols", PROTOCOLS)):
        project.add(f"scoring_{module}.py", text)
    groups = {
        "bench.families": {
            "scoring": "scoring_family:FAMILY",
            "double": "scoring_double:FAMILY",
            "impostor": "scoring_impostor:FAMILY",
        },
        "bench.suites": {"scoring": "scoring_tasks:SUITE"},
        **{f"bench.contenders.{name}": {f"honest-{name}": "toy_contenders:Honest"} for name in FAULTS},
    }
    project.install("scoring_tasks", TASKS, {}, groups)
    run = project.bench("run", "--suite", "scoring", "--profile", "smoke", "-q", "--jobs", "1")
    assert run.returncode == 1, run.stderr + run.stdout
    project.add("stderr.txt", run.stderr)
    return project


@pytest.mark.parametrize("name", FAULTS)
def test_a_protocol_that_scores_what_it_may_not_costs_that_trial(package: ToyProject, name: str) -> None:
    record = package.record(f"honest-{name}", f"t-{name}")
    kind, message = FAULTS[name]
    assert record.status == "failed"
    assert record.failure is not None
    assert record.failure.kind == kind
    assert message in record.failure.message
    assert record.metrics == {}


def test_a_family_cannot_replace_a_protocol_of_ours(package: ToyProject) -> None:
    record = package.record("honest", "t-ours")
    assert record.done, record.failure
    assert set(record.metrics) == {"roc_auc", "nll"}, "scored by ours: the other one does not declare roc_auc"


def test_a_family_that_cannot_be_used_is_left_out_in_one_line(package: ToyProject) -> None:
    said = (package.packages / "stderr.txt").read_text().splitlines()
    lines = [line for line in said if "left out" in line]
    expected = {
        "bench: bench.families 'double' of scoring_tasks left out: ValueError: metrics are declared twice: loss",
        "bench: family 'impostor' left out: another family has the protocol 'graph-classification'",
    }
    assert set(lines) == expected
    assert len(lines) <= 4, "once by the command, and once where workers import a contender that declares tasks"
    assert "Traceback" not in "".join(said)
