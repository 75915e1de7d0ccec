"""Thousands of malformed files and options: accepted, or one clear error; never a traceback or a changed store.

``BENCH_FUZZ=10000 pytest tests/harness/fuzz`` runs them all; by default a part of them, the same each time.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.harness.fuzz.targets import TARGETS, attempt

TOTAL = sum(number for _, number in TARGETS.values())
WANTED = int(os.environ.get("BENCH_FUZZ", "1500"))


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.filterwarnings("ignore")
def test_malformed_input_ends_in_one_clear_error_or_is_accepted(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    target, share = TARGETS[name]
    counted: Counter[bool] = Counter()
    for number in range(max(1, share * WANTED // TOTAL)):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            counted[attempt(target, Random(f"{name} {number}"), folder)] += 1
        except Exception as error:
            pytest.fail(f"{name}, input {number} (kept in {folder}): {type(error).__name__}: {error}")
        shutil.rmtree(folder)
    capsys.readouterr()
    record_property("accepted", counted[True])
    record_property("refused", counted[False])
    assert counted[False], "no input of this target was malformed enough to be refused"
