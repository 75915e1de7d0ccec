"""Records written down by value, so that every figure of a board can be computed by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.trial import Fingerprints, Record, Resources, Trial, TrialFailure, trial_key

ENVIRONMENT = {
    "cpu": "Test CPU",
    "cores": 2,
    "memory_gib": 8.0,
    "system": "Linux",
    "python": "3.11.1",
    "packages": {"torch": "2.4.0", "numpy": "2.0.0"},
}


def make_record(
    task: str,
    contender: str,
    value: float | None,
    *,
    fold: int = 0,
    seed: int = 0,
    profile: str = "standard",
    metric: str = "accuracy",
    failure: str = "",
    code: str = "c1",
    created: str = "2026-01-01T00:00:00.000+00:00",
    metrics: Mapping[str, float] | None = None,
    curve: Sequence[Mapping[str, float]] = (),
    **resources: Any,
) -> Record:
    """A record with a metric, or one that failed."""
    trial = Trial(task, contender, fold, seed, profile)
    prints = Fingerprints("d" * 32, f"s-{contender}", code)
    cost = {"fit_seconds": 10.0, "predict_seconds": 0.01, "peak_bytes": 300 << 20, "contention": 0.1} | resources
    return Record(
        trial_key(trial, prints),
        trial,
        prints,
        "failed" if failure else "done",
        created,
        {} if value is None or failure else {metric: value, **(metrics or {})},
        {"parameters": 1000, "configurations_tried": 1},
        Resources(**cost),
        "env1",
        TrialFailure(failure, "it broke") if failure else None,
        curve=curve,
    )


def folds_of(task: str, contender: str, values: Sequence[float], **options: Any) -> list[Record]:
    """One record a fold."""
    return [make_record(task, contender, value, fold=fold, **options) for fold, value in enumerate(values)]


def seeds_of(task: str, contender: str, values: Sequence[float], **options: Any) -> list[Record]:
    """One record a seed."""
    return [make_record(task, contender, value, seed=seed, **options) for seed, value in enumerate(values)]
