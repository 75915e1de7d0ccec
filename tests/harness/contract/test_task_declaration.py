"""A misspelt option or metric is refused where a task is declared: in one line, with the names that are allowed."""

import re
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness import catalog
from harness.contract.options import NoOptions, build_options, frozen
from harness.errors import EXIT_USAGE, ConfigError, DeclarationError
from harness.families import protocol_entries, protocol_entry
from harness.task import Extent, Suite, Task
from tests.toy_project import ToyProject

PRUNING = protocol_entry("network-pruning").options
FIELDS = [one.name for one in fields(PRUNING)]


def declared(protocol: str = "network-pruning", metric: str = "accuracy", **options: Any) -> Task:
    return Task("toy", "Toy", protocol, "digits", metric, "seeds", {"smoke": Extent()}, options=options)


def refusal(protocol: str = "network-pruning", metric: str = "accuracy", **options: Any) -> str:
    """Return the message that a declaration is refused with; it is one line."""
    with pytest.raises(ConfigError) as error:
        declared(protocol, metric, **options)
    assert error.value.exit_code == EXIT_USAGE
    message = str(error.value)
    assert "\n" not in message
    return message


def test_a_misspelt_option_is_named_with_its_task_the_nearest_name_and_all_that_are_allowed() -> None:
    expected = "task 'toy': unknown option 'rewind_epoc'; did you mean 'rewind_epoch'? Allowed: "
    assert refusal(rewind_epoc=1) == f"{expected}{', '.join(FIELDS)}."


def test_a_misspelt_metric_is_named_with_its_task_the_nearest_name_and_all_that_are_declared() -> None:
    assert refusal("graph-classification", "acuracy") == (
        "task 'toy': unknown metric 'acuracy' of graph-classification; did you mean 'accuracy'? "
        "Declared: accuracy, roc_auc, nll, test_peek_max."
    )
    assert "unknown metric 'accuracy_at_{level}' of network-pruning" in refusal(metric="accuracy_at_{level}")
    assert "unknown metric 'accuracy_at_0p5' of network-pruning" in refusal(metric="accuracy_at_0p5")


def test_a_metric_of_a_level_may_rank_and_one_without_direction_may_not() -> None:
    assert declared(metric="accuracy_at_51").ranked.title == "accuracy at 51 % kept"
    assert declared(metric="time_ratio_at_51").higher_is_better is False
    expected = "task 'toy': metric 'density_at_51' has no better direction, so it cannot rank"
    assert refusal(metric="density_at_51") == expected


def test_an_unknown_protocol_is_named() -> None:
    message = refusal("network-prunning")
    assert message.startswith("task 'toy': unknown protocol 'network-prunning'; did you mean 'network-pruning'")


@pytest.mark.parametrize("name", FIELDS)
def test_the_right_name_is_suggested_for_one_with_a_letter_too_few(name: str) -> None:
    for place in range(len(name)):
        misspelt = name[:place] + name[place + 1 :]
        message = refusal(**{misspelt: 1})
        assert message.startswith(f"task 'toy': unknown option {misspelt!r}; did you mean ")
        assert repr(name) in message.partition("Allowed")[0]


@given(st.sampled_from(list(protocol_entries())), st.text(max_size=12))
def test_no_other_name_is_an_option(protocol: str, name: str) -> None:
    kind = protocol_entry(protocol).options
    known = [one.name for one in fields(kind)]
    assume(name not in known)
    with pytest.raises(ConfigError) as error:
        build_options(kind, {name: 1}, "task 'toy'")
    assert str(error.value).startswith(f"task 'toy': unknown option {name!r}")
    assert str(error.value).endswith(f"Allowed: {', '.join(known) or 'none'}.")


@pytest.mark.parametrize("name", FIELDS)
def test_a_default_that_is_written_out_is_an_option_and_no_other_identity(name: str) -> None:
    default = next(one.default for one in fields(PRUNING) if one.name == name)
    assert default is not MISSING
    task = declared(**{name: list(default) if isinstance(default, tuple) else default})
    assert task.plain_options == {}
    assert task.fingerprint("data") == declared().fingerprint("data") == "data"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": 1.5}, r"rate must be within \(0, 1\), got 1\.5"),
        ({"rounds": []}, r"rounds must be rising numbers from 1 on, got \(\)"),
        ({"epochs": 0}, r"epochs must be positive, got 0"),
        ({"retrain": "half"}, r"option 'retrain' must be Literal\['full', 'remaining'\], got 'half'\."),
        ({"milestones": [2.0]}, r"milestones must be within \(0, 1\), got \(2\.0,\)"),
    ],
)
def test_a_value_out_of_range_is_named_with_its_range(options: dict[str, Any], message: str) -> None:
    assert re.fullmatch(f"task 'toy': {message}", refusal(**options))


KINDS: dict[Any, tuple[list[Any], str]] = {
    int: (["8", 1.5, True, None, [1]], "int"),
    float: (["0.1", True, None, [0.1]], "float"),
    bool: (["false", 0, None], "bool"),
    str: ([1, None, ["a"], True], "str"),
    tuple[int, ...]: ([1, "12", None, [1.5], ["1"], [[1]], [True]], r"tuple\[int, \.\.\.\]"),
    tuple[float, ...]: ([0.5, "0.5", None, ["0.5"], [None]], r"tuple\[float, \.\.\.\]"),
}


@pytest.mark.parametrize("name", [one.name for one in fields(PRUNING) if one.type in KINDS])
def test_a_value_of_another_type_is_named_with_the_type(name: str) -> None:
    kind = next(one.type for one in fields(PRUNING) if one.name == name)
    values, expected = KINDS[kind]
    for value in values:
        message = f"task 'toy': option '{name}' must be {expected}, got {re.escape(repr(frozen(value)))}\\."
        assert re.fullmatch(message, refusal(**{name: value}))


def test_a_whole_number_is_a_float() -> None:
    assert build_options(PRUNING, {"weight_decay": 0, "mean": [0, 1], "deviation": [1, 2]}, "task").mean == (0, 1)


def test_a_protocol_without_options_allows_none() -> None:
    with pytest.raises(ConfigError, match=r"^task 'toy': unknown option 'x'\. Allowed: none\.$"):
        build_options(NoOptions, {"x": 1}, "task 'toy'")
    assert build_options(NoOptions, {}, "task 'toy'") == NoOptions()


LISTS: st.SearchStrategy[Any] = st.recursive(st.integers(), lambda inner: st.lists(inner) | st.tuples(inner))


@given(LISTS)
def test_lists_become_tuples_at_every_depth(value: Any) -> None:
    def lists_in(item: Any) -> bool:
        return isinstance(item, list) or (isinstance(item, tuple) and any(map(lists_in, item)))

    assert not lists_in(frozen(value))
    hash(frozen(value))


GOOD = """
from harness.task import Extent, Suite, Task

TASK = Task("toy-good", "Good", "graph-classification", "rings-of-cliques", "accuracy", "seeds",
            {"smoke": Extent()})
"""
BAD_OPTION = """
from harness.task import Extent, Suite, Task

TASK = Task("toy-pruned", "Bad", "network-pruning", "digits", "accuracy", "seeds", {"smoke": Extent()},
            options={"rewind_epoc": 1})
"""
BAD_METRIC = GOOD.replace("toy-good", "toy-scored").replace('"accuracy"', '"acuracy"')
BAD_SUITE = (
    BAD_OPTION
    + """
from harness.task import Suite

SUITE = Suite("toy-broken", "Broken", (TASK,), {}, {})
"""
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> ToyProject:
    """A package that adds a good task, one with a misspelt option, one with a misspelt metric, and such a suite."""
    project = ToyProject(tmp_path_factory.mktemp("misspelt") / "toy", "class Honest(Toy):\n    pass\n")
    for module, text in (("toy_pruned", BAD_OPTION), ("toy_scored", BAD_METRIC), ("toy_broken", BAD_SUITE)):
        project.add(f"{module}.py", text)
    groups = {
        "bench.tasks": {"toy-good": "toy_tasks:TASK", "pruned": "toy_pruned:TASK", "scored": "toy_scored:TASK"},
        "bench.suites": {"broken": "toy_broken:SUITE"},
    }
    project.install("toy_tasks", GOOD, {}, groups)
    return project


OPTION = f"unknown option 'rewind_epoc'; did you mean 'rewind_epoch'? Allowed: {', '.join(FIELDS)}."
METRIC = "unknown metric 'acuracy' of graph-classification; did you mean 'accuracy'? "
METRIC += "Declared: accuracy, roc_auc, nll, test_peek_max."
LINES = {
    "bench.tasks 'pruned'": f"ConfigError: task 'toy-pruned': {OPTION}",
    "bench.tasks 'scored'": f"ConfigError: task 'toy-scored': {METRIC}",
    "bench.suites 'broken'": f"ConfigError: task 'toy-pruned': {OPTION}",
}


def test_a_package_with_a_misspelt_task_loses_that_task_only_and_says_so_in_one_line(package: ToyProject) -> None:
    run = package.run("-q", "--jobs", "1")
    assert run.returncode == 0, run.stderr
    said = [line for line in run.stderr.splitlines() if "left out" in line]
    assert sorted(said) == sorted(f"bench: {what} of toy_tasks left out: {line}" for what, line in LINES.items())
    assert "Traceback" not in run.stderr
    records = package.records()
    assert {record.trial.task for record in records} == {"toy-task", "toy-other", "toy-good"}
    assert all(record.done for record in records)


def test_a_task_that_was_left_out_is_unknown_by_name(package: ToyProject) -> None:
    run = package.run("-q", "-t", "toy-pruned")
    assert run.returncode == EXIT_USAGE
    last = run.stderr.splitlines()[-1]
    assert "unknown task 'toy-pruned'" in last
    assert not [record for record in package.records() if record.trial.task == "toy-pruned"]


def test_every_task_of_ours_is_declared_without_a_fault() -> None:
    for task in catalog.tasks().values():
        assert task.ranked.better is not None
        built = build_options(protocol_entry(task.protocol).options, task.options, task.name)
        assert {name: getattr(built, name) for name in task.plain_options} == task.plain_options


def with_faults(**changes: Any) -> Task:
    fields = {"dataset": "digits", "layout": "folds", "extents": {"smoke": Extent()}, **changes}
    return Task("toy", "Toy", "network-pruning", metric="accuracy", **fields)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": "digit"}, "unknown data set 'digit'; did you mean 'digits'"),
        ({"layout": "fold"}, "unknown layout 'fold'; did you mean 'folds'? Allowed: folds, replications, seeds."),
        (
            {"extents": {"smok": Extent()}},
            "unknown profile 'smok'; did you mean 'smoke'? Allowed: smoke, standard, paper.",
        ),
        (
            {"extents": {}},
            "extents must map one profile or more to an Extent, got {}. Allowed: smoke, standard, paper.",
        ),
        ({"extents": {"smoke": 4}}, "profile 'smoke' must have an Extent, got 4"),
        (
            {"layout": "seeds", "extents": {"smoke": Extent(3)}},
            "layout 'seeds' has one split, got an extent of 3 folds",
        ),
        ({"contenders": "dense"}, "contenders must be a tuple of names, got 'dense'"),
        ({"contenders": ("dense", "dense")}, "contenders name 'dense' twice"),
        ({"options": ["network"]}, "options must map names to values, got ['network']."),
        ({"options": {1: 2}}, "unknown option 1. Allowed: network"),
    ],
)
def test_a_task_that_would_fail_later_is_refused_where_it_is_declared(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as error:
        with_faults(**changes)
    assert str(error.value).startswith(f"task 'toy': {message}")


@pytest.mark.parametrize("changes", [{"folds": 0}, {"seeds": 0}, {"folds": -1}, {"folds": 1.5}, {"seeds": True}])
def test_an_extent_has_whole_numbers_of_1_or_more(changes: Any) -> None:
    with pytest.raises(ConfigError, match="of an extent must be a whole number of 1 or more, got"):
        Extent(**changes)


def suite_of(**changes: Any) -> Suite:
    fields = {"contenders": {"network-pruning": ("dense",)}, "references": {}, **changes}
    return Suite("toys", "Toys", (with_faults(),), **fields)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"contenders": {"network-prunin": ("dense",)}},
            "contenders names an unknown protocol 'network-prunin'; did you",
        ),
        (
            {"contenders": {"network-pruning": "dense"}},
            "contenders of network-pruning must be a tuple of names, got",
        ),
        ({"contenders": ("dense",)}, "contenders must map protocols to names, got ('dense',)"),
        ({"references": {"pruning": "dense"}}, "references names an unknown protocol 'pruning'; did you mean"),
        (
            {"references": {"network-pruning": ("dense",)}},
            "the reference of network-pruning must be a name, got ('dense',)",
        ),
        ({"kernels": "regrouping"}, "kernels must be a tuple of str, got 'regrouping'"),
    ],
)
def test_a_suite_with_malformed_names_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        suite_of(**changes)
    assert str(error.value).startswith(f"suite 'toys': {message}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"references": {"network-pruning": "dens"}}, "has reference 'dens'; did you mean 'dense'"),
        ({"contenders": {}}, "has no contenders; name some in the suite's contenders"),
        ({"contenders": {"network-pruning": ("dens",)}}, "names an unknown contender 'dens'; did you mean 'dense'"),
    ],
)
def test_the_names_of_a_suite_are_checked_before_anything_runs(changes: dict[str, Any], message: str) -> None:
    suite = suite_of(**changes)
    with pytest.raises(DeclarationError) as error:
        catalog.check_task(suite, suite.tasks[0])
    assert str(error.value).startswith(f"task 'toy' of suite 'toys' {message}")


def test_the_names_of_our_suites_are_sound() -> None:
    for suite in catalog.suites().values():
        for task in suite.tasks:
            catalog.check_task(suite, task)


@dataclass(frozen=True)
class Typed:
    """Options of the types that options may have; `later` is annotated by a text."""

    mode: Literal["a", "b"] = "a"
    limit: int | None = None
    sides: tuple[int, int] = (1, 1)
    noise: float = 0.5
    grid: tuple[tuple[float, ...], ...] = ()
    later: "int" = 1
    loose: dict[str, int] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("name", "value", "annotation"),
    [
        ("mode", "zzz", "Literal['a', 'b']"),
        ("limit", "q", "int | None"),
        ("limit", True, "int | None"),
        ("sides", ["q"], "tuple[int, int]"),
        ("sides", [1, 2, 3], "tuple[int, int]"),
        ("grid", [[0.5], ["q"]], "tuple[tuple[float, ...], ...]"),
        ("later", "q", "int"),
        ("noise", float("nan"), "float"),
        ("noise", 10**400, "float"),
    ],
)
def test_a_value_is_checked_against_its_whole_annotation(name: str, value: Any, annotation: str) -> None:
    with pytest.raises(ConfigError) as error:
        build_options(Typed, {name: value}, "task 't'")
    assert str(error.value).startswith(f"task 't': option {name!r} must be {annotation}, got ")


def test_values_of_their_annotated_types_are_accepted() -> None:
    given = {"mode": "b", "limit": None, "sides": [2, 3], "grid": [[1], []], "later": 7, "noise": float("inf")}
    assert build_options(Typed, given, "t") == Typed("b", None, (2, 3), float("inf"), ((1.0,), ()), 7)


def test_an_annotation_that_is_not_checked_is_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"option 'loose' is declared as dict\[str, int\]; options are int, float"
    ):
        build_options(Typed, {"loose": {}}, "task 't'")


@pytest.mark.parametrize("given", [{"noise": 1}, {"noise": 1.0}, {"grid": [[1, 2]]}, {"grid": [[1.0, 2.0]]}])
def test_equal_options_are_the_same_values_of_the_same_types(given: dict[str, Any]) -> None:
    built = build_options(Typed, given, "t")
    assert repr(built) == repr(build_options(Typed, {n: as_floats(v) for n, v in given.items()}, "t"))


def as_floats(value: Any) -> Any:
    return [as_floats(item) for item in value] if isinstance(value, list) else float(value)
