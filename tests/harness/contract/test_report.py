"""The report of a trial: what travels comes back to the bit, and what a hostile worker writes is refused."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.contract.report import LIMIT, Report
from harness.errors import BadPrediction
from harness.payload import FACTS_FILE, Payload
from tests.reports import report_of

FINITE = st.floats(allow_nan=False, allow_infinity=False)
TIMES = st.floats(0, 1e9, exclude_min=True)
PLAIN = st.integers(1 - LIMIT, LIMIT - 1) | FINITE | st.text(max_size=5) | st.booleans()
DEVICES = st.fixed_dictionaries(
    {},
    optional={
        "device": st.text(max_size=5),
        "peak_device_bytes": st.integers(0, LIMIT - 1),
        "nondeterministic_operations": st.lists(st.text(max_size=5), max_size=2),
    },
)
NAMES_OF_FACTS = st.text(max_size=5).filter(lambda name: name != "flags")
FACTS = st.dictionaries(NAMES_OF_FACTS, PLAIN | st.lists(PLAIN, max_size=3), max_size=3)
DTYPES = arrays.boolean_dtypes() | arrays.integer_dtypes() | arrays.floating_dtypes(sizes=(32, 64))
PREDICTIONS = st.dictionaries(
    st.sampled_from(["scores", "labels", "epoch_classes"]),
    arrays.arrays(DTYPES, arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=3)),
)
ROWS = st.dictionaries(st.text(max_size=5), st.floats() | st.integers(0, 9), max_size=3)
REPORTS = st.builds(
    Report,
    predictions=PREDICTIONS,
    settings=FACTS,
    valid_loss=FINITE,
    configurations_tried=st.integers(0, LIMIT - 1),
    fit_seconds=TIMES,
    predict_seconds=TIMES,
    parameters=st.none() | st.integers(0, LIMIT - 1),
    measured=st.dictionaries(st.text(max_size=5), st.floats(allow_nan=False), max_size=3),
    model=FACTS,
    flags=st.lists(st.text(max_size=9), max_size=3).map(tuple),
    device=DEVICES,
    curve=st.lists(ROWS, max_size=3).map(tuple),
)  # fmt: skip
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
SOUND = report_of({"scores": np.eye(2)}).payload()
PARTS = sorted(SOUND.facts)


def travelled(payload: Payload) -> Payload:
    """Return a payload as the parent reads it: from files, without pickle."""
    with TemporaryDirectory() as folder:
        payload.save(Path(folder))
        read = Payload.load(Path(folder))
        return Payload({name: np.array(array) for name, array in read.arrays.items()}, read.facts)


def same(a: Any, b: Any) -> bool:
    """Return whether two plain values are the same, types, NaN and the sign of zero included."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


@given(REPORTS)
def test_a_report_comes_back_to_the_bit(report: Report) -> None:
    back = Report.from_payload(travelled(report.payload()))
    assert back.predictions.keys() == report.predictions.keys()
    for name, array in report.predictions.items():
        assert (back[name].dtype, back[name].shape) == (array.dtype, array.shape)
        assert back[name].tobytes() == array.tobytes()
    for part in PARTS:
        assert same(getattr(back, part), getattr(report, part)), part
    assert isinstance(back.flags, tuple)
    assert isinstance(back.curve, tuple)


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_part_is_named(part: str) -> None:
    facts = {name: value for name, value in SOUND.facts.items() if name != part}
    with pytest.raises(BadPrediction, match=f"^the worker's report lacks '{part}'$"):
        Report.from_payload(Payload(SOUND.arrays, facts))


@pytest.mark.parametrize("part", ["metrics", "accuracy", "predictions", "Settings", ""])
def test_an_unknown_part_is_named(part: str) -> None:
    with pytest.raises(BadPrediction, match=f"^the worker's report has the unknown part '{part}'$"):
        Report.from_payload(Payload(SOUND.arrays, {**SOUND.facts, part: {}}))


NO_MAPPING = [None, 1, "text", [], [["a", 1]]]
NO_NUMBER = [None, "1.0", True, [1.0], {}, 1 << 64, -(10**400)]
NO_COUNT = [1.5, "1", True, [1], -1, LIMIT, 10**400, math.nan]
WRONG = {
    **dict.fromkeys(("settings", "measured", "model", "device"), ("a mapping", NO_MAPPING)),
    "valid_loss": ("a finite number", [*NO_NUMBER, math.nan, math.inf, -math.inf]),
    **{
        name: ("finite and above 0", [*NO_NUMBER, math.nan, math.inf, -1e-9, 0.0])
        for name in ("fit_seconds", "predict_seconds")
    },
    "configurations_tried": ("a count", [None, *NO_COUNT]),
    "parameters": ("a count or none", NO_COUNT),
    "flags": ("a list of texts", [None, "text", {}, [1], ["a", None], [["a"]]]),
    "curve": (
        "a list of rows of numbers",
        [None, "text", {}, [1], [None], [{"a": "b"}], [{"a": None}], [{"a": [1]}]],
    ),
}


@pytest.mark.parametrize(
    ("part", "value"), [(part, value) for part, (_, values) in WRONG.items() for value in values]
)
def test_a_malformed_part_is_named_with_what_was_expected(part: str, value: Any) -> None:
    with pytest.raises(BadPrediction) as error:
        Report.from_payload(Payload(SOUND.arrays, {**SOUND.facts, part: value}))
    assert str(error.value).startswith(f"the worker's report: {part} must be {WRONG[part][0]}, got ")
    assert len(str(error.value)) < 300


def test_every_part_of_a_report_is_checked() -> None:
    assert sorted(WRONG) == PARTS


@pytest.mark.parametrize("value", [*NO_NUMBER, math.nan])
def test_a_measured_cost_is_a_number(value: Any) -> None:
    with pytest.raises(BadPrediction, match=r"measured\['step_ms'\] must be a number"):
        Report.from_payload(Payload(SOUND.arrays, {**SOUND.facts, "measured": {"step_ms": value}}))


@given(st.sampled_from(PARTS), JSON)
@example("configurations_tried", 10**400)
@example("fit_seconds", 10**400)
def test_any_value_of_a_part_is_read_or_refused_by_name(part: str, value: Any) -> None:
    facts = {**SOUND.facts, part: value}
    report, refused = None, ""
    try:
        report = Report.from_payload(Payload(SOUND.arrays, facts))
    except BadPrediction as error:
        refused = str(error)
    if report is None:
        assert refused.startswith(f"the worker's report: {part}")
        return
    again = Report.from_payload(travelled(report.payload()))
    assert all(same(getattr(again, name), getattr(report, name)) for name in PARTS)
    json.dumps(report.record_facts())


@given(JSON)
def test_any_facts_are_read_or_refused(facts: Any) -> None:
    with pytest.raises(BadPrediction, match="the worker's report"):
        Report.from_payload(Payload({}, facts))


NAMES = ["5", '[""]', "[5]", '["absent"]', '["../secret"]', '["/secret"]', r'["a\u0000"]', "[[]]", "{}"]
FILES = ["", "{", "null", "5", '"text"', "[]", "{}", '{"arrays": []}', '{"facts": {}}', "[" * 100_000]
FILES += [f'{{"arrays": {names}, "facts": 1}}' for names in NAMES[:-1]]


@pytest.mark.parametrize("content", FILES, ids=lambda content: content[:40] or "empty")
def test_files_that_hold_no_report_are_refused(content: str, tmp_path: Path) -> None:
    np.save(tmp_path / "secret.npy", np.arange(3))
    folder = tmp_path / "output"
    folder.mkdir()
    (folder / FACTS_FILE).write_text(content)
    with pytest.raises((OSError, ValueError)):  # both are met by every executor
        Payload.load(folder)


def test_an_array_may_not_be_a_link_to_a_file_that_its_writer_cannot_read(tmp_path: Path) -> None:
    np.save(tmp_path / "targets.npy", np.arange(3))
    SOUND.save(tmp_path / "output")
    (tmp_path / "output" / "scores.npy").unlink()
    (tmp_path / "output" / "scores.npy").symlink_to(tmp_path / "targets.npy")
    with pytest.raises(ValueError, match="is a link"):
        Payload.load(tmp_path / "output")


def test_an_archive_or_a_header_that_promises_too_much_is_no_array(tmp_path: Path) -> None:
    SOUND.save(tmp_path)
    np.savez(tmp_path / "other.npz", scores=np.eye(2))
    (tmp_path / "other.npz").replace(tmp_path / "scores.npy")
    with pytest.raises(ValueError, match="holds no array"):
        Payload.load(tmp_path)
    with (tmp_path / "scores.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)})
    with pytest.raises(ValueError, match="holds no payload: MemoryError"):
        Payload.load(tmp_path)


@given(st.text(max_size=12))
def test_a_cost_of_another_name_cannot_replace_a_score(name: str) -> None:
    report = report_of(measured={"step_ms": 1.0, name: 1.0})
    if name.endswith("_ms"):
        assert report.costs("*_ms") == {"step_ms": 1.0, name: 1.0}
    else:
        with pytest.raises(BadPrediction) as error:
            report.costs("*_ms")
        assert str(error.value) == f"expected measured costs named *_ms, got {name!r}"


@pytest.mark.parametrize("name", ["accuracy", "nll", "accuracy_at_25", "mse"])
def test_a_cost_named_like_a_score_is_refused_by_name(name: str) -> None:
    with pytest.raises(BadPrediction, match=rf"^expected measured costs named time_ratio_at_\*, got '{name}'$"):
        report_of(measured={name: 1.0}).costs("time_ratio_at_*")


def test_absent_predictions_are_named() -> None:
    with pytest.raises(BadPrediction, match=r"^expected an array 'scores', got no array$"):
        report_of()["scores"]
    with pytest.raises(BadPrediction, match=r"^expected an array 'scores', got \['labels', 'other'\]$"):
        report_of({"other": np.eye(1), "labels": np.eye(1)})["scores"]


def test_the_record_keeps_what_the_report_holds_and_has_no_empty_parts() -> None:
    report = report_of(
        {"scores": np.eye(2)}, settings={"width": 8}, parameters=7, measured={"step_ms": 1.0}, model={"rounds": 2},
        flags=("a fallback",), device={"device": "GPU"},
    )  # fmt: skip
    assert report.record_facts() == {
        "device": "GPU",
        "settings": {"width": 8},
        "valid_loss": 0.5,
        "configurations_tried": 1,
        "parameters": 7,
        "measured": {"step_ms": 1.0},
        "model": {"rounds": 2, "flags": ["a fallback"]},
    }
    assert report_of().record_facts() == {"valid_loss": 0.5, "configurations_tried": 1}


@pytest.mark.parametrize("part", ["valid_loss", "configurations_tried", "parameters", "settings", "model"])
def test_what_a_worker_says_of_its_device_replaces_no_checked_part(part: str) -> None:
    report = report_of(settings={"width": 8}, parameters=7, model={"rounds": 2})
    forged = replace(report, device={part: "forged", "device": "GPU"})
    assert forged.record_facts() == {**report.record_facts(), "device": "GPU"}


FORGED_DEVICES = {
    "restarts": (77, "device must be a mapping of device, peak_device_bytes, nondeterministic_operations"),
    "findings": ({"a": 1}, "device must be a mapping of device, peak"),
    "device": (7, r"device\['device'\] must be a text"),
    "peak_device_bytes": (math.nan, r"device\['peak_device_bytes'\] must be a count"),
    "nondeterministic_operations": ([1], r"device\['nondeterministic_operations'\] must be a list of texts"),
}


@pytest.mark.parametrize("name", FORGED_DEVICES)
def test_a_device_has_known_facts_only(name: str) -> None:
    value, message = FORGED_DEVICES[name]
    with pytest.raises(BadPrediction, match=f"^the worker's report: {message}"):
        Report.from_payload(Payload(SOUND.arrays, {**SOUND.facts, "device": {name: value}}))


DEEP: Any = 0
for _ in range(200):
    DEEP = [DEEP]


@pytest.mark.parametrize("part", ["settings", "model"])
@pytest.mark.parametrize("value", [math.nan, -math.inf, [1.0, math.nan], {"rate": math.nan}, 1 << 64, DEEP])
def test_settings_and_facts_are_plain_and_finite(part: str, value: Any) -> None:
    with pytest.raises(BadPrediction, match=f"^the worker's report: {part} must be a mapping of texts to finite"):
        Report.from_payload(Payload(SOUND.arrays, {**SOUND.facts, part: {"value": value}}))


def test_flags_are_a_part_of_their_own() -> None:
    with pytest.raises(BadPrediction, match="model must be a mapping without 'flags', a part of its own"):
        Report.from_payload(Payload(SOUND.arrays, {**SOUND.facts, "model": {"flags": 5}}))


@pytest.mark.parametrize("part", ["fit_seconds", "predict_seconds"])
def test_a_trial_fits_and_predicts_within_the_life_of_its_worker(part: str) -> None:
    facts = {**SOUND.facts, "fit_seconds": 2.0, "predict_seconds": 2.0}
    assert Report.from_payload(Payload(SOUND.arrays, facts), 4.0).fit_seconds == 2.0
    with pytest.raises(BadPrediction, match=r"report: fit_seconds \+ predict_seconds must be within the 4 s"):
        Report.from_payload(Payload(SOUND.arrays, {**facts, part: 1e300}), 4.0)
