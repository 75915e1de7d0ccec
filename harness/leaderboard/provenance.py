"""Origin of a table's numbers: collected from the records, and written as sentences."""

import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.tables.values import Provenance
from harness.task import Task

if TYPE_CHECKING:
    from harness.store import Columns

Environments = Mapping[str, Mapping[str, Any]]


def collect(
    columns: "Columns",
    members: Mapping[str, np.ndarray],
    task: Task,
    environments: Environments,
    failed: int,
    command: Sequence[str],
) -> Provenance:
    """Gather the origin of a task's records, given the rows of each contender."""
    rows = np.concatenate(list(members.values()))
    created = columns.created[rows]
    codes = {name: len(set(columns.code[index])) for name, index in members.items()}
    settings = {name: len(set(columns.settings[index])) for name, index in members.items()}
    folds, seeds = (_whole(column[rows]) for column in (columns.fold, columns.seed))
    contention = columns.contention[rows]
    known = contention[~np.isnan(contention)]
    profile = str(columns.profile[rows[0]])
    return Provenance(
        command=shlex.join([*command, *_extent_options(task, profile, folds, seeds)]),
        profile=profile,
        records=len(rows),
        failed=failed,
        oldest=min(created),
        newest=max(created),
        environments={print_: environments.get(print_, {}) for print_ in sorted(set(columns.environment[rows]))},
        data=tuple(sorted(set(columns.data[rows]))),
        folds=folds,
        seeds=seeds,
        jobs=_whole(columns.jobs[rows]),
        threads=_whole(columns.threads[rows]),
        contention=float(known.mean()) if len(known) else math.nan,
        confined=int(columns.confined[rows].sum()),
        code_versions=max(codes.values()),
        mixed_code=tuple(name for name, count in codes.items() if count > 1),
        mixed_settings=tuple(name for name, count in settings.items() if count > 1),
    )


def _whole(values: np.ndarray) -> tuple[int, ...]:
    return tuple(int(v) for v in np.unique(values))


def _extent_options(task: Task, profile: str, folds: Sequence[int], seeds: Sequence[int]) -> list[str]:
    extent = task.extents.get(profile)
    options: list[str] = []
    if extent is None or list(folds) != list(range(extent.folds)):
        options += ["--folds", ranges(folds)]
    if extent is None or list(seeds) != list(range(extent.seeds)):
        options += ["--seeds", ranges(seeds)]
    return options


def ranges(numbers: Iterable[int]) -> str:
    """Write ascending whole numbers as the command line takes them: "0-4,7"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ",".join(str(p[0]) if len(p) == 1 else f"{p[0]}-{p[-1]}" for p in parts)


def sentences(provenance: Provenance) -> list[str]:
    """Return the origin of the numbers, one sentence a fact."""
    p = provenance
    failed = f", {p.failed} of them failed" if p.failed else ", none failed"
    texts = [
        f"{p.records} trials{failed}; folds {ranges(p.folds)}, seeds {ranges(p.seeds)}; profile {p.profile}.",
        f"Records from {_minute(p.oldest)} to {_minute(p.newest)} (UTC).",
        *(machine(content, print_) for print_, content in p.environments.items()),
        f"{_listed(p.jobs)} trial(s) at a time with {_listed(p.threads)} thread(s) each; "
        f"other processes kept {_percent(p.contention)} of the cores busy meanwhile; {_confinement(p)}.",
        f"Data fingerprint {', '.join(text[:12] for text in p.data)}.",
    ]
    if len(p.data) > 1:
        texts.append("The records are of different versions of the data.")
    texts.append(mixture(p) or "Each contender's records are of one version of its code and settings.")
    return texts


def machine(content: Mapping[str, Any], fingerprint: str) -> str:
    """Return the machine and the versions of an environment as a sentence."""
    if not content:
        return f"Environment {fingerprint or 'unknown'}: not in the store."
    names = ("torch", "torch-geometric", "numpy", "scipy", "numba")
    packages = content.get("packages", {})
    versions = ", ".join(f"{name} {packages[name]}" for name in names if name in packages)
    return (
        f"Machine: {content.get('cpu', 'unknown CPU')}, {content.get('cores', '?')} cores, "
        f"{content.get('memory_gib', '?')} GiB, {content.get('system', '?')}; "
        f"Python {content.get('python', '?')}{', ' if versions else ''}{versions}."
    )


def mixture(p: Provenance) -> str:
    """Return a warning that names contenders with several versions of code or settings; "" without any."""
    if not p.mixed_code and not p.mixed_settings:
        return ""
    mixed = []
    if p.mixed_code:
        mixed.append(f"code (up to {p.code_versions} versions): {', '.join(p.mixed_code)}")
    if p.mixed_settings:
        mixed.append(f"settings: {', '.join(p.mixed_settings)}")
    return f"Mixed within a contender, so rerun before publishing — {'; '.join(mixed)}."


def _confinement(p: Provenance) -> str:
    if p.confined == p.records:
        return "all workers were kept away from data and store by the kernel"
    if p.confined == 0:
        return "workers were not kept away from data and store by the kernel"
    return f"{p.confined} of {p.records} workers were kept away from data and store by the kernel"


def _minute(created: str) -> str:
    return created[:16].replace("T", " ")


def _listed(numbers: Sequence[int]) -> str:
    return " or ".join(map(str, numbers))


def _percent(share: float) -> str:
    return "an unknown share" if math.isnan(share) else f"{100 * share:.0f} %"
