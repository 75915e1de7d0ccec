"""Two contenders against each other, paired, task by task, with Holm's correction over the tasks."""

import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from harness import catalog
from harness.errors import CouldNotMeasure, EmptySelection, UsageError
from harness.leaderboard.ranking import pair_test
from harness.statistics import ConfidenceInterval, TTest, arrange, common_units, holm, plural, wilson_interval
from harness.tables.columns import text_grid
from harness.tables.labels import ranked_header
from harness.tables.scales import MINUS, Scale, scale_of
from harness.tables.units import LAYOUTS, Entrant, Field, groups, make_field
from harness.tables.words import p_value
from harness.task import Task

if TYPE_CHECKING:
    from harness.store import Columns, RunStore

LEVEL = 0.05
SENTENCE_WIDTH = 100


@dataclass(frozen=True)
class TaskResult:
    """The two contenders on one task.

    Attributes:
        test: A minus B on the analysed scale, over common units; None if there are fewer than two of them.
        mean_a, mean_b: over the common units, on the analysed scale.
        better_share: P(A better than B) over units, ties half, with a Wilson interval; None without a test.
        by_rule: the better contender where the other one failed, so that there is no test; "" otherwise.
        p_holm: p adjusted over the tasks; NaN without a test.
        remark: missing and failed trials, as text.
    """

    task: Task
    scale: Scale
    test: TTest | None
    mean_a: float
    mean_b: float
    better_share: ConfidenceInterval | None
    by_rule: str
    p_holm: float
    remark: str


@dataclass(frozen=True)
class ContenderComparison:
    """Contenders `a` and `b` on the tasks of a suite in one profile."""

    a: str
    b: str
    suite: str
    profile: str
    results: tuple[TaskResult, ...]
    level: float = LEVEL

    def winner(self, result: TaskResult) -> str:
        """Return the better contender on a task, by the adjusted test or by rule; "" for neither."""
        if result.test is None or result.by_rule:
            return result.by_rule
        if not result.p_holm <= self.level:
            return ""
        return self.a if (result.test.difference > 0) == result.scale.higher_is_better else self.b


def compare(
    store: "RunStore", a: str, b: str, suite: str, profile: str, tasks: Collection[str] | None = None
) -> ContenderComparison:
    """Compare contenders `a` and `b` on the tasks of a suite that both have run.

    Holm's correction is over all tasks with records of both; a task that one of them failed counts with p = 1.

    Raises:
        UnknownName: no such suite or contender.
        UsageError: `a` and `b` are the same, or of different protocols.
        EmptySelection: none of `tasks` is a task of both in this profile.
        CouldNotMeasure: no task has records of both; the message names the records there are and a command.
    """
    shared = _shared_tasks(a, b, suite, profile, tasks)
    columns = store.columns(tasks=[task.name for task in shared], contenders=[a, b], profile=profile)
    parts = groups(columns)
    having = [task for task in shared if all((task.name, name) in parts for name in (a, b))]
    if not having:
        raise CouldNotMeasure(_nothing(a, b, suite, profile, shared, parts))
    raw = [_result(columns, task, a, b, parts) for task in having]
    adjusted = holm([1.0 if r.test is None or r.by_rule else r.test.p for r in raw]).tolist()
    results = [
        r if r.test is None or r.by_rule else replace(r, p_holm=p) for r, p in zip(raw, adjusted, strict=True)
    ]
    absent = [_absent(task, a, b, parts) for task in shared if task not in having and _any(task, a, b, parts)]
    return ContenderComparison(a, b, suite, profile, (*results, *absent))


def _shared_tasks(a: str, b: str, suite: str, profile: str, tasks: Collection[str] | None) -> list[Task]:
    if a == b:
        raise UsageError(f"expected two different contenders, got {a!r} twice")
    known = catalog.suite(suite)
    protocols = [catalog.contender(name).protocol for name in (a, b)]
    if protocols[0] != protocols[1]:
        raise UsageError(f"{a!r} is for {protocols[0]} and {b!r} for {protocols[1]}: they have no task in common")
    running = [task for task in catalog.suite_tasks(known) if profile in task.extents]
    of_both = [task for task in running if {a, b} <= set(catalog.task_contenders(known, task))]
    chosen = [t for t in of_both if tasks is None or t.name in tasks]
    if not chosen:
        names = ", ".join(t.name for t in of_both) or "none"
        raise EmptySelection(
            f"no selected task is one of {a!r} and {b!r} in profile {profile!r}; theirs are: {names}"
        )
    return chosen


Parts = Mapping[tuple[str, str], np.ndarray]


def _result(columns: "Columns", task: Task, a: str, b: str, parts: Parts) -> TaskResult:
    scale = scale_of(task.ranked)
    field = make_field(columns, task, scale, {name: parts[task.name, name] for name in (a, b)})
    first, second = field.entrants
    remarks = [_remark(entrant) for entrant in field.entrants]
    by_rule = "" if first.failed == second.failed else second.contender if first.failed else first.contender
    nothing = (None, float("nan"), float("nan"), None)
    if first.failed or second.failed:
        return TaskResult(task, scale, *nothing, by_rule, float("nan"), "; ".join(filter(None, remarks)))
    test, mean_a, mean_b, share = _paired(field, task, scale)
    if test is None:
        remarks.append("fewer than two common units: no test")
    return TaskResult(
        task, scale, test, mean_a, mean_b, share, by_rule, float("nan"), "; ".join(filter(None, remarks))
    )


def _paired(field: Field, task: Task, scale: Scale) -> tuple[TTest | None, float, float, ConfidenceInterval | None]:
    first, second = field.entrants
    layout = LAYOUTS[task.layout]
    try:
        both = [arrange(v, layout).units() for v in common_units(first.values, second.values)]
    except CouldNotMeasure:
        return None, float("nan"), float("nan"), None
    means = (float(both[0].mean()), float(both[1].mean()))
    test = pair_test(first, second, task)
    if test is None or test.n < 2:
        return None, *means, None
    sign = 1.0 if scale.higher_is_better else -1.0
    return test, *means, better_share(sign * both[0], sign * both[1])


def better_share(a: np.ndarray, b: np.ndarray) -> ConfidenceInterval:
    """Return P(A > B) + ½ P(A = B) over paired units; the interval is Wilson's, with ties lost below and won above.

    A bootstrap would claim certainty where one side wins every one of a few units.
    """
    wins, ties, n = int((a > b).sum()), int((a == b).sum()), len(a)
    low, high = wilson_interval(wins, n), wilson_interval(wins + ties, n)
    return replace(low, estimate=(wins + ties / 2) / n, high=high.high)


def _remark(entrant: Entrant) -> str:
    failed = sum(entrant.failures.values())
    if failed:
        return (
            f"{entrant.contender} failed in {failed} of {len(entrant.index)} trials ({', '.join(entrant.failures)})"
        )
    return f"{entrant.contender} lacks {plural(entrant.missing, 'trial')}" if entrant.missing else ""


def _any(task: Task, a: str, b: str, parts: Parts) -> bool:
    return (task.name, a) in parts or (task.name, b) in parts


def _absent(task: Task, a: str, b: str, parts: Parts) -> TaskResult:
    lacking = a if (task.name, a) not in parts else b
    scale = scale_of(task.ranked)
    nan = float("nan")
    return TaskResult(task, scale, None, nan, nan, None, "", nan, f"{lacking} has not been run")


def _nothing(a: str, b: str, suite: str, profile: str, shared: Sequence[Task], parts: Parts) -> str:
    have = {name: [t.name for t in shared if (t.name, name) in parts] for name in (a, b)}
    texts = "; ".join(f"{name} has records of {', '.join(tasks) or 'none'}" for name, tasks in have.items())
    wanted = next((tasks for tasks in have.values() if tasks), [shared[0].name])
    lacking = [name for name, tasks in have.items() if not tasks] or [b]
    options = " ".join([*(f"-t {t}" for t in wanted), *(f"-c {name}" for name in lacking)])
    return (
        f"no task of suite {suite} in profile {profile} has records of both: {texts}. "
        f"`bench run --suite {suite} --profile {profile} {options}` produces them."
    )


def render(comparison: ContenderComparison) -> str:
    """Return the comparison as plain text: a line a task, then the count of wins."""
    a, b = comparison.a, comparison.b
    tested = [r for r in comparison.results if r.test is not None]
    header = [
        "task",
        "metric",
        "A",
        "B",
        f"A {MINUS} B",
        "95 % interval",
        "p",
        "p (Holm)",
        "P(A better)",
        "over",
        "better",
    ]
    lines = [f"A = {a}, B = {b}: suite {comparison.suite}, profile {comparison.profile}"]
    if tested:
        lines += text_grid([header, *(_cells(comparison, result) for result in tested)], left=(0, 1, 10))
    for result in comparison.results:
        ruled = f"; {result.by_rule} is better by rule, without a test" if result.by_rule else ""
        if result.remark:
            lines.append(f"{result.task.name}: {result.remark}{ruled}")
    texts = [textwrap.fill(sentence, SENTENCE_WIDTH) for sentence in _summary(comparison, tested)]
    return "\n".join([*lines, "", *texts])


def _cells(comparison: ContenderComparison, result: TaskResult) -> list[str]:
    test, scale, share = result.test, result.scale, result.better_share
    if test is None or share is None:
        raise ValueError(f"task {result.task.name} has no test to show")
    return [
        result.task.name,
        ranked_header(result.task, scale),
        scale.value(result.mean_a),
        scale.value(result.mean_b),
        scale.difference(test.difference),
        f"[{scale.difference(test.interval.low)}, {scale.difference(test.interval.high)}]",
        p_value(test.p),
        p_value(result.p_holm),
        f"{share.estimate:.2f} [{share.low:.2f}, {share.high:.2f}]",
        test.interval.over,
        {comparison.a: "A", comparison.b: "B"}.get(comparison.winner(result), "tied"),
    ]


def _summary(comparison: ContenderComparison, tested: Sequence[TaskResult]) -> list[str]:
    a, b = comparison.a, comparison.b
    compared = [r for r in comparison.results if r.test is not None or r.by_rule]
    winners = [comparison.winner(r) for r in compared]
    ahead = sum((r.mean_a > r.mean_b) == r.scale.higher_is_better for r in tested if r.mean_a != r.mean_b)
    behind = sum(r.mean_a != r.mean_b for r in tested) - ahead
    tests = list(dict.fromkeys(r.test.method for r in tested if r.test is not None))
    ratios = dict.fromkeys(r.task.metric for r in tested if r.scale.kind == "log10")
    texts = [
        f"Of {plural(len(compared), 'task')} {a} is better on {winners.count(a)}, {b} on {winners.count(b)}, "
        f"{winners.count('')} tied (Holm over the tasks, α = {comparison.level:g}); "
        f"by the mean alone {a} leads on {ahead}, {b} on {behind}."
    ]
    if tests:
        texts.append(
            f"Tests: {', '.join(tests)}, on units that both have run; P(A better) with its Wilson interval."
        )
    if ratios:
        texts.append(f"Compared as log10: {', '.join(ratios)}; ×2 means that A's value is twice B's.")
    return texts
