"""Memory of a kernel's call or of a trial, and the number of parameters of a model.

The memory of a call is the peak above the memory that its process held before. It hardly varies, but a process that
keeps freed memory may hide a part of it. So it has grown only if *every* new process needs more than every process
of the reference and the median grew by more than 10 % and 4 MiB (the allocator's own steps stay below that); it is
measured a second time before it counts.

A trial's memory is the peak above that of its empty worker; 10 % and 16 MiB in every trial are growth. Growth
common to all contenders of a task belongs to the engine and is subtracted. A record says whether compilation and
late imports, which can take hundreds of MiB, are a part of its memory. Two records are compared only where both say
the same, so that compiled code found in a cache is no improvement.

Parameters are a count: more than 1 % above the reference is a regression where the same settings were chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from harness.regression.changes import Change, ChangeWord
from harness.statistics.intervals import plural
from harness.store import Entry
from harness.tables.words import count as number
from harness.trial import Resources

GROWTH, STEP = 0.10, 4 << 20
TRIAL_STEP = 16 << 20
PARAMETERS = 0.01
FEWEST_CONTENDERS = 3
UNKNOWN = "unknown"
OTHER_RULE = "compilation and imports may be a part of the memory on one side only; measure the reference again"

Entries = Mapping[tuple[int, int], Entry]


def call_memory(blank: Change, reference: Sequence[int], new: Sequence[int]) -> Change:
    """Compare the peak bytes of one implementation, a number a process; negative ones are not known."""
    before, after = ([peak for peak in side if peak >= 0] for side in (reference, new))
    if not before or not after:
        return replace(blank, reason="the system does not report the memory of a call")
    base = replace(blank, reference=_mebibytes(median(before)), new=_mebibytes(median(after)))
    reason = f"margin {100 * GROWTH:.0f} % and {STEP >> 20} MiB in every process"
    certainty = f"{len(after)} new processes above all {len(before)}"
    if min(after) > max(before) and _grown(median(before), median(after), GROWTH, STEP):
        return replace(base, word="regressed", change=_factor(before, after), certainty=certainty, reason=reason)
    if max(after) < min(before) and _grown(median(after), median(before), GROWTH, STEP):
        certainty = certainty.replace("above", "below")
        return replace(base, word="improved", change=_factor(before, after), certainty=certainty, reason=reason)
    return replace(base, word="same", change=_factor(before, after), reason=reason)


def trial_memory(task: str, sides: Mapping[str, tuple[Entries, Entries]]) -> list[Change]:
    """Compare the peak memory of a task's contenders: contender -> (reference, new) by (fold, seed)."""
    peaks = {name: _paired_peaks(*pair) for name, pair in sides.items()}
    known = {name: pairs for name, pairs in peaks.items() if pairs}
    apart = [name for name, pair in sides.items() if name not in known and _measured_apart(*pair)]
    growths = {name: median([after - before for before, after in pairs]) for name, pairs in known.items()}
    common = median(growths.values()) if len(growths) >= FEWEST_CONTENDERS else 0.0
    unknown = [Change("memory", task, name, "unmeasured", reason=OTHER_RULE) for name in apart]
    compared = [_trial_memory(Change("memory", task, name, "same"), pairs, common) for name, pairs in known.items()]
    return compared + unknown


def _trial_memory(blank: Change, pairs: Sequence[tuple[int, int]], common: float) -> Change:
    before, after = median([b for b, _ in pairs]), median([a for _, a in pairs])
    grown = [_grown(b, a - common, GROWTH, TRIAL_STEP) for b, a in pairs]
    shrunk = [_grown(a - common, b, GROWTH, TRIAL_STEP) for b, a in pairs]
    word: ChangeWord = "regressed" if all(grown) else "improved" if all(shrunk) else "same"
    own = f"; {common / 2**20:+.0f} MiB common to all contenders subtracted" if common else ""
    return replace(
        blank,
        word=word,
        reference=_mebibytes(before),
        new=_mebibytes(after),
        change=f"×{(after - common) / before:.2f}" if before else "",
        certainty=f"over {plural(len(pairs), 'trial')}",
        reason=f"margin {100 * GROWTH:.0f} % and {TRIAL_STEP >> 20} MiB in every trial{own}",
    )


def parameters(blank: Change, reference: Entries, new: Entries) -> Change | None:
    """Compare the numbers of parameters of a contender's models; None where one side recorded none."""
    pairs = [
        (before, after, reference[cell].record.facts.get("settings") == new[cell].record.facts.get("settings"))
        for cell in sorted({*reference} & {*new})
        if (before := _parameters(reference[cell])) is not None and (after := _parameters(new[cell])) is not None
    ]
    if not pairs:
        return None
    base = replace(
        blank,
        reference=number(median([b for b, _, _ in pairs])),
        new=number(median([a for _, a, _ in pairs])),
        certainty=f"counted in {plural(len(pairs), 'trial')}",
    )
    alike = [(before, after) for before, after, same in pairs if same]
    ratio = max((after / before for before, after in alike if before), default=1.0)
    if ratio > 1 + PARAMETERS:
        reason = f"margin {100 * PARAMETERS:.0f} % at the same settings"
        return replace(base, word="regressed", change=f"×{ratio:.3g}", reason=reason)
    if all(before == after for before, after, _ in pairs):
        return replace(base, word="same")
    smaller = alike and all(after <= before for before, after in alike) and any(a < b for b, a in alike)
    reason = "" if len(alike) == len(pairs) else "other settings were chosen, or exist now"
    return replace(base, word="improved" if smaller else "changed", reason=reason)


def _paired_peaks(reference: Entries, new: Entries) -> list[tuple[int, int]]:
    return [
        (b.peak_bytes, a.peak_bytes) for b, a in _both(reference, new) if b.first_call == a.first_call != UNKNOWN
    ]


def _measured_apart(reference: Entries, new: Entries) -> bool:
    """Return whether there are pairs of records, but of first calls they say different things, or nothing."""
    pairs = _both(reference, new)
    return bool(pairs) and not _paired_peaks(reference, new)


def _both(reference: Entries, new: Entries) -> list[tuple[Resources, Resources]]:
    """Return the resources of trials that both sides finished, where their memory is known."""
    both = [(reference[cell].record, new[cell].record) for cell in sorted({*reference} & {*new})]
    known = [(b.resources, a.resources) for b, a in both if b.done and a.done]
    return [(b, a) for b, a in known if b.peak_bytes > 0 and a.peak_bytes > 0]


def _parameters(entry: Entry) -> float | None:
    value = entry.record.facts.get("parameters")
    return float(value) if isinstance(value, int | float) and entry.record.done else None


def _grown(before: float, after: float, share: float, step: int) -> bool:
    return after - before > max(share * before, step)


def _mebibytes(value: float) -> str:
    return f"{value / 2**20:,.1f} MiB"


def _factor(before: Sequence[int], after: Sequence[int]) -> str:
    first = median(before)
    return f"×{median(after) / first:.2f}" if first else ""
