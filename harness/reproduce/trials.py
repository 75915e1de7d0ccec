"""Rerun published trials with the ordinary runner, and compare the results with the records."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness import catalog
from harness.data.access import DataAccess
from harness.data.datasets import fingerprint
from harness.errors import BenchError
from harness.identity import Identities
from harness.plan import Plan, PlannedTrial, TrialSelection
from harness.reproduce.findings import Reproduction, ReproductionWord
from harness.reproduce.published import Published
from harness.reproduce.tolerance import tolerance
from harness.runner import RunOptions, RunSummary, run
from harness.store import Entry, RunStore
from harness.tables.scales import scale_of
from harness.trial import Record, trial_key

if TYPE_CHECKING:
    from harness.progress import Progress

OTHER_DATA = "the data have changed since: other fingerprint"


def rerun(
    drawn: Sequence[Published],
    store: RunStore,
    access: DataAccess,
    options: RunOptions,
    progress: "Progress",
) -> tuple[list[Reproduction], bool]:
    """Rerun each trial into `store` with its published number of threads, and compare.

    Returns:
        a result for each trial, in the order drawn, and whether the run was interrupted; a trial that was not
        reached has no result.
    """
    identities = Identities(access.cache / "identity")
    found: dict[int, Reproduction] = {}
    planned: dict[int, PlannedTrial] = {}
    for number, published in enumerate(drawn):
        try:
            planned[number] = _planned(published.entry.record, identities, access)
        except BenchError as error:
            found[number] = Reproduction(str(published.entry.record.trial), "not compared", reason=str(error))
    identities.save()
    interrupted = False
    for threads in sorted({drawn[number].entry.record.resources.threads for number in planned}):
        chosen = [n for n in planned if drawn[n].entry.record.resources.threads == threads]
        if interrupted:
            break
        for number in chosen:
            if planned[number].fingerprints.data != drawn[number].entry.record.fingerprints.data:
                found[number] = Reproduction(str(planned[number].trial), "stale", reason=OTHER_DATA)
        runnable = [planned[n] for n in chosen if n not in found]
        summary = _run(runnable, store, access, replace(options, threads=threads), progress)
        interrupted = summary.interrupted
        results = {entry.record.trial: entry for entry in store.entries()}
        for number in chosen:
            trial = planned[number].trial
            if number in found:
                continue
            if trial in results:
                found[number] = compare(drawn[number], results[trial], len(drawn))
            elif trial.task in summary.unavailable:
                found[number] = Reproduction(
                    str(trial), "not compared", reason=str(summary.unavailable[trial.task])
                )
    return [found[number] for number in sorted(found)], interrupted


def _planned(record: Record, identities: Identities, access: DataAccess) -> PlannedTrial:
    """Return the trial with its present identity."""
    trial = record.trial
    task = catalog.task(trial.task)
    data = task.fingerprint(fingerprint(task.dataset, access))
    prints = identities.fingerprints(trial, data)
    return PlannedTrial(task, trial, trial_key(trial, prints), prints, cached=False)


def _run(
    trials: list[PlannedTrial], store: RunStore, access: DataAccess, options: RunOptions, progress: "Progress"
) -> RunSummary:
    if not trials:
        return RunSummary()
    first = trials[0].trial
    suite = next(s for s in catalog.suites().values() if first.task in {t.name for t in catalog.suite_tasks(s)})
    return run(Plan(TrialSelection(suite.name, first.profile), suite, trials), store, access, options, progress)


def compare(published: Published, again: Entry, comparisons: int) -> Reproduction:
    """Compare a rerun with the published record: to the bit in the same environment, else within the tolerance.

    Args:
        comparisons: number of all compared trials, which widens the tolerance of each.
    """
    old, new = published.entry.record, again.record
    task = catalog.task(old.trial.task)
    subject, before = str(old.trial), _text(task.metric, old)
    if not new.done:
        why = f"{new.failure.kind}: {new.failure.message}" if new.failure else new.status
        return Reproduction(subject, "failed", before, new.status, why)
    now = _text(task.metric, new)
    if same_bits(published.entry, again):
        return Reproduction(subject, "same bits", before, now, _stale(old, new))
    if stale := _stale(old, new):
        return _within(published, again, comparisons, "stale", stale)
    if old.environment == new.environment:
        differing = [name for name in old.metrics if not _equal(old.metrics[name], new.metrics.get(name, math.nan))]
        where = f"metrics {', '.join(differing)}" if differing else "predictions"
        return Reproduction(subject, "differs", before, now, f"same environment, but not the same bits: {where}")
    return _within(published, again, comparisons, "differs", "another environment")


def _within(
    published: Published, again: Entry, comparisons: int, otherwise: ReproductionWord, why: str
) -> Reproduction:
    """Return *agrees* if the ranked metric lies within the tolerance, *not compared* if none is known."""
    old, new = published.entry.record, again.record
    task = catalog.task(old.trial.task)
    scale = scale_of(task.ranked)
    before, now = _text(task.metric, old), _text(task.metric, new)
    first, second = scale.analysed(np.array([old.metrics[task.metric], new.metrics[task.metric]]))
    allowed = tolerance(published.table, first, comparisons)
    if allowed is None:
        reason = f"{why}; the published table is too small to give a tolerance"
        return Reproduction(str(old.trial), "not compared", before, now, reason)
    difference = abs(first - second)
    within = difference <= allowed.largest
    unit = " decades" if scale.kind == "log10" else ""
    sign = "≤" if within else ">"
    reason = f"{why}; difference {difference:.3g} {sign} {allowed.largest:.3g}{unit} ({allowed.origin})"
    return Reproduction(str(old.trial), "agrees" if within else otherwise, before, now, reason)


def same_bits(published: Entry, again: Entry) -> bool:
    """Return whether all metrics are equal to the last bit, and the predictions too if the record has a digest."""
    old, new = published.record.metrics, again.record.metrics
    metrics = old.keys() == new.keys() and all(_equal(old[name], new[name]) for name in old)
    return metrics and published.digest in ("", again.digest)


def _equal(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def _stale(old: Record, new: Record) -> str:
    """Return which fingerprints differ from the record's, or ''; if any, different results have no meaning."""
    before, now = old.fingerprints, new.fingerprints
    parts = [name for name in ("code", "settings") if getattr(before, name) != getattr(now, name)]
    return f"stale: {' and '.join(parts)} changed since" if parts else ""


def _text(metric: str, record: Record) -> str:
    return f"{metric} {record.metrics.get(metric, math.nan):.6g}"
