"""First calls stay out of what is measured: imports and compilation, and the memory of the empty worker."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.data.access import DataAccess
from harness.executors.first_calls import negligible, watched
from harness.executors.job import Job, Outcome, TrialLimits
from harness.executors.local import LocalExecutor
from harness.payload import Payload
from harness.rehearsal import Rehearsed, rehearse
from harness.trial import Trial
from harness.views import Views

MIB = 1 << 20
SLOW_SECONDS = 0.6
LATE = f"""
import time
import numpy as np
np.ones({80 * MIB} // 8)
time.sleep({SLOW_SECONDS})
"""
MODULE = """
import time
from pathlib import Path
import numpy as np
from numba import njit
from harness.contract.options import NoOptions
from harness.contract.report import Report

BALLAST = np.ones(150 << 17)  # 150 MiB of the fork server


@njit(cache=True)
def total(values):
    result = 0.0
    for value in values:
        result += value
    return result


class Timed:
    Options = NoOptions

    def check(self, contender, name):
        pass

    def run(self, contender, inputs, view, reveal, context):
        started = time.perf_counter()
        found = contender.fit(context)
        seconds = time.perf_counter() - started
        reveal()
        arrays = {"found": np.array(found), "drawn": np.random.default_rng(context.seed("init")).random(3)}
        return Report(arrays, settings={}, valid_loss=0.0, configurations_tried=1, fit_seconds=seconds,
                      predict_seconds=1e-6)


class Nothing:
    streams = ("init",)

    def fit(context):
        return 0.0


class Imports(Nothing):
    def fit(context):
        import late_module
        return 1.0


class Compiles(Nothing):
    def fit(context):
        return total(np.arange(10.0))


class Allocates(Nothing):
    def fit(context):
        return float(np.ones(100 << 17).sum())  # 100 MiB


class Keeps(Nothing):
    def fit(context):
        file = Path(context.cache) / "kept"
        found = file.exists()
        file.write_text("kept")
        if found:
            import late_module
        return float(found)
"""
Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs one contender in a new executor, whose cache stays."""
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "timed_protocol.py").write_text(MODULE)
    (packages / "late_module.py").write_text(LATE)
    monkeypatch.syspath_prepend(str(packages))
    for name in ("inputs", "view"):
        Payload({"x": np.arange(3)}).save(tmp_path / name)

    def one(contender: str, preload: tuple[str, ...] = (), *, rehearsal: bool = False, threads: int = 1) -> Outcome:
        job = Job(
            0,
            Trial("task", contender),
            f"timed_protocol:{contender}",
            "timed_protocol:Timed",
            tmp_path / "inputs",
            tmp_path / "view",
            lambda: Payload({"z": np.arange(3)}),
            TrialLimits(120.0, 1 << 31),
            rehearsal=rehearsal,
        )
        with LocalExecutor(
            jobs=1,
            threads=threads,
            work=tmp_path / "work",
            cache=tmp_path / "cache",
            preload=("timed_protocol", *preload),
        ) as executor:
            executor.submit(job)
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline:
                for outcome in executor.wait(1.0):
                    assert outcome.failure is None, outcome.failure
                    return outcome
        raise AssertionError("the trial did not end")

    return one


def fit(outcome: Outcome) -> float:
    return outcome.resources.fit_seconds


def test_a_slow_import_is_no_part_of_the_time_or_memory_after_a_rehearsal(run: Run) -> None:
    cold = run("Imports")
    assert cold.resources.first_call == "included"
    assert fit(cold) >= SLOW_SECONDS
    assert cold.resources.peak_bytes > 75 * MIB
    rehearsal = run("Imports", rehearsal=True)
    assert "late_module" in rehearsal.modules
    warm = run("Imports", rehearsal.modules)
    assert warm.resources.first_call == "excluded"
    assert fit(warm) < SLOW_SECONDS / 3
    assert warm.resources.peak_bytes < 20 * MIB
    assert warm.modules == cold.modules == ()  # only a rehearsal names its imports
    assert warm.report is not None
    assert cold.report is not None
    for name, array in cold.report.predictions.items():
        assert array.tobytes() == warm.report[name].tobytes()


def test_compilation_is_no_part_of_the_time_or_memory_after_a_rehearsal(run: Run) -> None:
    cold, warm = run("Compiles", rehearsal=True), run("Compiles")
    assert cold.compiled
    assert cold.resources.first_call == "included"
    assert not warm.compiled
    assert warm.resources.first_call == "excluded"
    assert fit(warm) < 0.25 * fit(cold)
    assert warm.resources.peak_bytes < 10 * MIB < cold.resources.peak_bytes
    assert cold.report is not None
    assert warm.report is not None
    assert cold.report["found"] == warm.report["found"] == 45.0
    assert cold.report["drawn"].tobytes() == warm.report["drawn"].tobytes()


def test_memory_is_that_above_the_empty_worker(run: Run) -> None:
    assert run("Nothing").resources.peak_bytes < 5 * MIB
    assert run("Allocates").resources.peak_bytes == pytest.approx(100 * MIB, abs=5 * MIB)


def test_a_rehearsal_leaves_no_intermediate_results(run: Run) -> None:
    outcomes = [run("Keeps", rehearsal=rehearsal) for rehearsal in (True, True, False, False)]
    found = [float(outcome.report["found"]) for outcome in outcomes if outcome.report is not None]
    assert found == [0.0, 0.0, 0.0, 1.0]


def test_a_rehearsal_also_knows_the_way_from_intermediate_results(run: Run) -> None:
    rehearsal = run("Keeps", rehearsal=True)
    assert "late_module" in rehearsal.modules
    assert [run("Keeps", rehearsal.modules).resources.first_call for _ in range(2)] == ["excluded"] * 2


def test_a_rehearsal_never_sees_the_true_targets(tmp_path: Path) -> None:
    access = DataAccess(None, tmp_path, offline=True)
    views = Views(access, tmp_path / "views")
    with pytest.raises(ValueError, match="permute"):
        rehearse({"gcn": "memo"}, Rehearsed(tmp_path / "file"), views, TrialLimits(1.0, 1), _refuse, lambda: False)


def _refuse() -> LocalExecutor:
    raise AssertionError("no executor is needed")


def test_imports_are_watched_once_and_only_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outer_import.py").write_text("import time\nimport inner_import\ntime.sleep(0.1)\n")
    (tmp_path / "inner_import.py").write_text("import time\ntime.sleep(0.1)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        with watched() as first:
            __import__("outer_import")
        assert 0.2 <= first.imports < 0.4  # the nested import counts once
        assert {"outer_import", "inner_import"} <= set(first.modules)
        with watched() as second:
            __import__("outer_import")
        assert (second.imports, second.modules) == (0.0, ())
    finally:
        for name in ("outer_import", "inner_import"):
            sys.modules.pop(name, None)


def test_a_failed_import_is_watched_and_still_fails() -> None:
    with watched() as first, pytest.raises(ModuleNotFoundError, match="no_such_module"):
        __import__("no_such_module")
    assert first.imports > 0


def test_negligible_first_calls() -> None:
    assert negligible(0.02, 0.0)
    assert not negligible(0.03, 1.0)
    assert negligible(0.09, 10.0)
    assert not negligible(0.2, 10.0)


def test_rehearsals_are_remembered_while_numba_keeps_its_code(tmp_path: Path) -> None:
    access = DataAccess(None, tmp_path, offline=True)
    (access.derived / "numba").mkdir(parents=True)
    known = Rehearsed.load(access)
    known.modules["memo"] = ("a.b", "c")
    known.save()
    assert Rehearsed.load(access).modules == {"memo": ("a.b", "c")}
    (access.derived / "numba").rmdir()
    assert Rehearsed.load(access).modules == {}
    (access.derived / "numba").mkdir()
    replace(known).file.write_text("[damaged")
    assert Rehearsed.load(access).modules == {}
