"""A scored metric is declared and within its bounds: a contender's fault costs a trial, a protocol's the run."""

import math
from pathlib import Path
from typing import Any

import pytest

from harness import catalog
from harness.contract.metric import Metric, MetricSet, Parameter
from harness.contract.report import Report
from harness.data.access import DataAccess
from harness.errors import BadPrediction, ContractError, ProtocolFault
from harness.protocols.graphs.node_classification import NodeClassification
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


def test_declared_metrics_within_their_bounds_pass() -> None:
    METRICS.check({"accuracy": 1.0, "tau_b": -1.0, "error_at_7": math.inf, "error_at_26": math.nan}, "protocol toy")


@pytest.mark.parametrize(
    ("name", "near"), [("acuracy", "; did you mean 'accuracy'?"), ("error_at_0p5", "; did you mean"), ("zzz", ".")]
)
def test_a_metric_that_is_scored_and_not_declared_is_refused_by_name(name: str, near: str) -> None:
    with pytest.raises(ProtocolFault) as error:
        METRICS.check({"accuracy": 0.5, name: 0.5}, "protocol toy")
    expected = f"protocol toy scores the metric {name!r}, which its family does not declare{near}"
    assert str(error.value).startswith(expected)
    assert not isinstance(error.value, ContractError), "the protocol is at fault, not the contender"


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


class Scores(NodeClassification):
    """Scores what it is given."""

    def __init__(self, **scored: float) -> None:
        self.scored = scored

    def score(self, data: Any, split: Any, metric: str, report: Report) -> dict[str, float]:
        return self.scored


@pytest.mark.parametrize(
    ("scored", "error", "message"),
    [
        ({"accuracy": 0.5, "f1": 0.5}, ProtocolFault, "protocol node-classification scores the metric 'f1', which"),
        ({"accuracy": 1.5}, BadPrediction, "accuracy is 1.5, outside its bounds"),
        (
            {"nll": 0.5},
            ProtocolFault,
            "protocol node-classification scored nll of this trial, and not 'accuracy', by which task 'karate'",
        ),
        ({}, ProtocolFault, "protocol node-classification scored nothing of this trial, and not 'accuracy'"),
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
))
NAMES = ("outside", "forged", "smuggled", "undeclared", "unranked", "raising")
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
PROTOCOLS += """

class Smuggled(Undeclared):
    name, measured = "smuggled", {"extra_kg": 1.0}

    def run(self, *given):
        return replace(super().run(*given), measured=self.measured)

    def score(self, data, split, metric, report):
        return {**GraphClassification.score(self, data, split, metric, report), **report.costs("*")}


class Raising(Undeclared):
    name = "raising"

    def score(self, data, split, metric, report):
        return {"accuracy": {}["hits\\nof all"]}
"""
TASKS = """
from harness.task import Extent, Suite, Task
from scoring_family import NAMES

EXTENTS = {"smoke": Extent()}
TASKS = tuple(Task(f"t-{n}", n, n, "rings-of-cliques", "accuracy", "seeds", EXTENTS) for n in NAMES)
TASKS = (Task("t-ours", "ours", "graph-classification", "rings-of-cliques", "roc_auc", "seeds", EXTENTS), *TASKS)
CONTENDERS = {n: (f"honest-{n}",) for n in NAMES} | {"graph-classification": ("honest",)}
SUITE = Suite("scoring", "Scoring", TASKS, CONTENDERS, {})
"""
FAULTS = {
    "outside": "fit_ms is -1, outside its bounds (0.0, inf)",
    "forged": "expected measured costs named *_ms, got 'accuracy'",
    "smuggled": "expected measured costs that smuggled declares, got 'extra_kg'",
}
"""Protocol whose contender is at fault -> the message of the one trial that fails."""
RUN_ENDS = {
    "undeclared": "protocol undeclared scores the metric 'acuracy', which its family does not declare; did you",
    "unranked": "protocol unranked scored nll of this trial, and not 'accuracy', by which task 't-unranked' ranks",
    "raising": "protocol raising: score raised KeyError: 'hits\\nof all' (scoring_protocols.py, line ",
}
"""Protocol that is itself at fault -> the message that the run ends with."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> ToyProject:
    """A package with a family of protocols that score what they may not, run once on those of honest protocols."""
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
        **{f"bench.contenders.{n}": {f"honest-{n}": "toy_contenders:Honest"} for n in (*FAULTS, *RUN_ENDS)},
    }
    project.install("scoring_tasks", TASKS, {}, groups)
    tasks = [word for name in (*FAULTS, "ours") for word in ("-t", f"t-{name}")]
    run = project.bench("run", "--suite", "scoring", "--profile", "smoke", "-q", "--jobs", "1", *tasks)
    assert run.returncode == 1, run.stderr + run.stdout
    project.add("stderr.txt", run.stderr)
    return project


@pytest.mark.parametrize("name", FAULTS)
def test_a_score_that_a_report_spoils_costs_that_trial(package: ToyProject, name: str) -> None:
    record = package.record(f"honest-{name}", f"t-{name}")
    assert record.status == "failed"
    assert record.failure is not None
    assert record.failure.kind == "BadPrediction"
    assert FAULTS[name] in record.failure.message
    assert record.metrics == {}


@pytest.mark.parametrize("name", ["undeclared", "raising"])
def test_a_fault_of_a_protocol_ends_the_run_in_one_line_and_is_no_failure_of_a_contender(
    package: ToyProject, name: str
) -> None:
    options = ("--suite", "scoring", "--profile", "smoke", "-q", "--jobs", "1", "--fresh")
    run = package.bench("run", *options, "-t", "t-ours", "-t", f"t-{name}")
    assert run.returncode == 1
    line = run.stderr.splitlines()[-1]
    assert line.startswith(f"bench: {RUN_ENDS[name]}")
    assert line.endswith("The run ends here; the store keeps its 1 ended trials.")
    assert "Traceback" not in run.stderr
    assert not [record for record in package.records() if record.trial.task == f"t-{name}"]
    assert any(record.done for record in package.records() if record.trial.task == "t-ours")


@pytest.mark.parametrize("checked", ["honest-smuggled", "honest-raising", "outside", "unranked"])
def test_the_check_of_a_contender_or_a_protocol_finds_what_a_run_would(package: ToyProject, checked: str) -> None:
    check = package.bench("check", checked)
    assert check.returncode == 1, check.stdout
    name = checked.removeprefix("honest-")
    line = next(line for line in check.stdout.splitlines() if line.startswith("FAILED: "))
    assert {**FAULTS, **RUN_ENDS}[name] in line
    assert checked == name or line.startswith(f"FAILED: t-{name}: ")


def test_a_sound_protocol_passes_its_check(package: ToyProject) -> None:
    check = package.bench("check", "graph-classification")
    assert check.returncode == 0, check.stdout + check.stderr
    assert "ok: graph-classification: name and options are those of its entry" in check.stdout
    assert "was scored as declared" in check.stdout


def test_a_family_cannot_replace_a_protocol_of_ours(package: ToyProject) -> None:
    record = next(record for record in package.records() if record.trial.task == "t-ours")
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
    assert len(lines) <= 6, "once by the command, and where a rehearsal and workers import a contender with tasks"
    assert "Traceback" not in "".join(said)
