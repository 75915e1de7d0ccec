"""Progress: durations as people write them, the estimate of what is left, plain lines in a pipe."""

import io

import pytest

from harness import progress as module
from harness.progress import Progress
from harness.tables.words import duration
from harness.trial import Fingerprints, Record, Resources, Trial, TrialFailure

TRIALS = [Trial("task", contender, seed=seed) for contender in ("fast", "slow") for seed in range(2)]
PAST = {("task", "fast", "standard"): 1.0, ("task", "slow", "standard"): 10.0}


def record(trial: Trial, wall: float, message: str | None = None) -> Record:
    failure = None if message is None else TrialFailure("ValueError", message)
    status = "done" if message is None else "failed"
    return Record("k", trial, Fingerprints("", "", ""), status, "", resources=Resources(wall), failure=failure)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (0.84, "0.8 s"),
        (9.94, "9.9 s"),
        (42.4, "42 s"),
        (60, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 00 min"),
        (4800, "1 h 20 min"),
        (90000, "25 h 00 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_time_left_is_the_sum_of_past_times() -> None:
    shown = Progress(PAST, TRIALS, jobs=1, quiet=True)
    assert shown.time_left() == pytest.approx(22.0)
    assert Progress(PAST, TRIALS, jobs=2, quiet=True).time_left() == pytest.approx(11.0)


def test_time_left_is_scaled_by_how_this_run_compares() -> None:
    shown = Progress(PAST, TRIALS, quiet=True)
    shown.start(4)
    shown.finished(record(TRIALS[0], 2.0))
    assert shown.time_left() == pytest.approx(2.0 * (1 + 10 + 10))
    shown.finished(record(TRIALS[2], 31.0))
    assert shown.time_left() == pytest.approx(33 / 11 * (1 + 10))


def test_time_left_without_past_is_the_mean_of_this_run() -> None:
    shown = Progress({}, TRIALS, quiet=True)
    shown.start(4)
    shown.finished(record(TRIALS[0], 2.0))
    shown.finished(record(TRIALS[1], 4.0))
    assert shown.time_left() == pytest.approx(2 * 3.0)


def test_lines_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    shown = Progress(PAST, TRIALS, stream=stream)
    shown.start(4)
    shown.running(TRIALS[:1])
    shown.finished(record(TRIALS[0], 2.0))
    monkeypatch.setattr(module, "LINE_SECONDS", -1.0)
    shown.finished(record(TRIALS[1], 2.0, "first line\nsecond line"))
    shown.interrupted(2)
    shown.stop()
    assert stream.getvalue().splitlines() == [
        "failed: fast on task (fold 0, seed 1, standard): ValueError: first line",
        "2/4 done, 1 failed, 40 s left; last: fast on task (fold 0, seed 1, standard)",
        "stopping: waiting for 2 running trial(s); a second Ctrl-C abandons them",
    ]
    assert "\x1b" not in stream.getvalue()


def test_quiet_says_nothing() -> None:
    stream = io.StringIO()
    shown = Progress(PAST, TRIALS, stream=stream, quiet=True)
    shown.start(4)
    shown.finished(record(TRIALS[0], 2.0, "no"))
    shown.stop()
    assert stream.getvalue() == ""


def test_a_failure_without_a_message_is_still_shown() -> None:
    stream = io.StringIO()
    shown = Progress({}, TRIALS, stream=stream)
    shown.start(4)
    shown.finished(record(TRIALS[0], 2.0, ""))
    assert "failed: fast on task (fold 0, seed 0, standard): ValueError: \n" in stream.getvalue()


def test_skipped_trials_do_not_count() -> None:
    shown = Progress(PAST, TRIALS, quiet=True)
    shown.start(4)
    shown.skipped(TRIALS[3])
    assert shown.total == 3
    assert shown.time_left() == pytest.approx(1 + 1 + 10)
