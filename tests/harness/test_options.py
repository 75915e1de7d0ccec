"""The types of options: durations, sizes, lists of numbers."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.commands.options import ByteSize, Duration, Numbers
from harness.commands.run import run_options
from harness.environment import total_memory, usable_cores
from harness.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("1.5h", 5400), ("0.5", 0.5), (7, 7), (2.5, 2.5)],
)
def test_durations(text: object, seconds: float) -> None:
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "soon", "10 m", "10x", "-5", "m", "1h30", "0", "0m", "1e3", "ten"])
def test_bad_durations(text: str) -> None:
    with pytest.raises(click.BadParameter, match="expected a duration"):
        Duration().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "size"),
    [("512M", 512 << 20), ("4G", 4 << 30), ("1.5G", 3 << 29), ("8k", 8 << 10), ("1T", 1 << 40), ("2 GiB", 2 << 30)],
)
def test_sizes(text: str, size: int) -> None:
    assert ByteSize().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "4", "G", "-1G", "0M", "4X", "4GG", "1,5G"])
def test_bad_sizes(text: str) -> None:
    with pytest.raises(click.BadParameter, match="expected a size such as 512M or 4G"):
        ByteSize().convert(text, None, None)


@pytest.mark.parametrize(
    ("given_value", "numbers"),
    [
        ("0-4", (0, 1, 2, 3, 4)),
        ("0,2,5-7", (0, 2, 5, 6, 7)),
        ("3", (3,)),
        (" 1 , 2 ", (1, 2)),
        ("5,1,1-2", (1, 2, 5)),
        ([0, 2], (0, 2)),
        (["0-1", 4], (0, 1, 4)),
        (7, (7,)),
        ((1, 2), (1, 2)),
    ],
)
def test_numbers(given_value: object, numbers: tuple[int, ...]) -> None:
    assert Numbers().convert(given_value, None, None) == numbers


@pytest.mark.parametrize("text", ["", ",", "a", "1-", "-1", "4-2", "1.5", "0-1-2", "0--1", "0-20000"])
def test_bad_numbers(text: str) -> None:
    with pytest.raises(click.BadParameter, match="expected"):
        Numbers().convert(text, None, None)


@given(st.sets(st.integers(0, 10**6), min_size=1, max_size=20))
def test_numbers_come_back(numbers: set[int]) -> None:
    assert Numbers().convert(",".join(map(str, numbers)), None, None) == tuple(sorted(numbers))


def test_jobs_times_threads_fit_the_machine() -> None:
    cores = usable_cores()
    options = run_options(None, 1, 60.0, None)
    assert (options.jobs, options.threads, options.limits.seconds) == (cores, 1, 60.0)
    assert options.limits.memory == int(0.9 * total_memory() / cores)
    assert run_options(None, cores, 60.0, 1 << 20).jobs == 1
    with pytest.raises(UsageError, match=f"--jobs: {cores + 1} jobs of 1 thread.s. exceed {cores} cores"):
        run_options(cores + 1, 1, 60.0, None)
    with pytest.raises(UsageError, match=f"--threads: this machine has {cores} cores"):
        run_options(None, cores + 1, 60.0, None)
    with pytest.raises(UsageError, match="--memory: this machine has"):
        run_options(None, 1, 60.0, total_memory() + 1)
