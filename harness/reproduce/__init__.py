"""Reproduction of published records: draw some at random, run them again, say whether they agree."""

from harness.reproduce.findings import RerunFinding, exit_code
from harness.reproduce.kernels import Remeasurement, plan_again, remeasure
from harness.reproduce.published import (
    Published,
    finished_trials,
    open_published,
    published_cases,
    published_trial,
)
from harness.reproduce.sample import draw
from harness.reproduce.trials import rerun

__all__ = [
    "Published",
    "Remeasurement",
    "RerunFinding",
    "draw",
    "exit_code",
    "finished_trials",
    "open_published",
    "plan_again",
    "published_cases",
    "published_trial",
    "remeasure",
    "rerun",
]
