"""The columns of a kernel's tables as text, shared by the terminal and markdown."""

import math
from collections.abc import Callable, Sequence
from functools import partial

from harness.kernels.order import ordered
from harness.kernels.results import CaseBoard, KernelBoard, KernelRow
from harness.kernels.verdicts import TargetVerdict
from harness.tables.columns import ABSENT, Column
from harness.tables.words import memory_text, ratio_text, three_digits, time_text

MEASURES = {
    "ratio": "× as fast as {against}",
    "limit": "of the machine's limit",
    "scaling": "× with all threads",
    "seconds": "s",
    "quality": "{quality}",
    "memory": "MiB",
}


def case_columns(board: KernelBoard, case: CaseBoard) -> list[Column]:
    """Return the columns of a case; those in which no row has anything are left out."""
    rows = [row for row in ordered(board, case) if row.timings or row.failed]

    def column(
        name: str, header: str, text: Callable[[KernelRow], str], align: str = "right", skip_untimed: bool = True
    ) -> Column:
        cells = tuple(ABSENT if skip_untimed and not row.timings else text(row) for row in rows)
        return Column(name, header, "left" if align == "left" else "right", cells)

    columns = [column("implementation", "implementation", _name, "left", False)]
    columns.append(column("role", "role", lambda r: r.implementation.role, "left", False))
    for count in board.threads:
        label = _threads(count)
        columns += [
            column(f"time{count}", f"time, {label}", partial(_time, count), skip_untimed=False),
            column(f"ratio{count}", f"÷ {board.kernel.headline}, {label}", partial(_ratio, count)),
        ]
    quality = board.kernel.quality_name
    columns += [
        column("scaling", f"× with {_threads(max(board.threads, default=1))}", lambda r: ratio_text(r.scaling)),
        column("limit", "of limit", _limit),
        column("quality", quality or "quality", lambda r: _quality(r, quality)),
        column("memory", "extra memory", lambda r: memory_text(r.peak_bytes)),
        column(
            "compilation", "compilation", lambda r: time_text(r.compile_seconds) if r.compile_seconds else ABSENT
        ),
    ]
    return [c for c in columns if not c.empty]


def untimed(case: CaseBoard) -> list[str]:
    """Return a sentence for each reason why implementations have no time: their names and the reason."""
    reasons: dict[str, list[str]] = {}
    for row in case.rows:
        if not row.timings:
            reasons.setdefault(row.reason, []).append(row.implementation.name)
    return [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]


def verdict_columns(verdicts: Sequence[TargetVerdict]) -> list[Column]:
    """Return the table of targets: the required ratio, the measured ratio and the verdict."""
    return [
        Column("case", "case", "left", tuple(v.case for v in verdicts)),
        Column("target", "target", "left", tuple(target_text(v) for v in verdicts)),
        Column("figure", "measured", "right", tuple(_figure(v) for v in verdicts)),
        Column("verdict", "verdict", "left", tuple(v.word for v in verdicts)),
    ]


def target_text(verdict: TargetVerdict) -> str:
    """Return the required ratio as text, e.g. "≥ 20.0 × as fast as topk"."""
    target = verdict.target
    sign, bound = ("≥", target.at_least) if target.at_least is not None else ("≤", target.at_most)
    assert bound is not None
    what = MEASURES[target.measure].format(against=target.against, quality=target.quality)
    who = f"{target.name}: " if target.name else ""
    threads = "" if target.threads == 1 or target.measure == "scaling" else ", all threads"
    return f"{who}{sign} {three_digits(bound)} {what}{threads}"


def limit_text(case: CaseBoard) -> str:
    """Return the limits of the machine, measured while a case was timed, as text."""
    parts = [
        f"{_threads(count)}: {rates.read / 1e9:.1f} GB/s read, {rates.copy / 1e9:.1f} GB/s copied, "
        f"{rates.float32 / 1e9:.0f} / {rates.float64 / 1e9:.0f} Gflop/s in float32 / float64"
        for count, rates in case.limits.items()
    ]
    return "; ".join(parts)


def _name(row: KernelRow) -> str:
    share = "" if row.share == 1 else f" (timed on {row.share:.2g} of the work)"
    return row.implementation.name + share


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _time(count: int, row: KernelRow) -> str:
    if row.failed:
        return "failed"
    timing = row.timings.get(count)
    return ABSENT if timing is None else time_text(timing.seconds)


def _ratio(count: int, row: KernelRow) -> str:
    timing = row.timings.get(count)
    if timing is None or timing.ratio is None:
        return ABSENT
    if timing.unmeasured == "too noisy":
        return "could not measure"
    return ratio_text(timing.ratio)


def _limit(row: KernelRow) -> str:
    timing = row.timings[min(row.timings)]
    return f"{100 * timing.limit:.0f} %" if timing.limit >= 0.01 else f"{100 * timing.limit:.2g} %"


def _quality(row: KernelRow, name: str) -> str:
    value = row.quality.get(name, math.nan)
    return f"{value:.4g}" if math.isfinite(value) else ABSENT


def _figure(verdict: TargetVerdict) -> str:
    if verdict.interval is not None:
        return ratio_text(verdict.interval)
    if verdict.target.measure == "limit":
        return f"{verdict.figure:.2f}"
    return three_digits(verdict.figure)
