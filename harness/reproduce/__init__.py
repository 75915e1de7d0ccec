"""Reproduction of published records: draw some at random, rerun them, and report whether they agree."""

from harness.reproduce.findings import Reproduction, exit_code
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
    "Reproduction",
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
