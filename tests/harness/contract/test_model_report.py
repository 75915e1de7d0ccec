"""The values and flags that a model may report of itself: plain ones, for the record and the board."""

import json
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.report import model_report
from harness.errors import BadPrediction


def reported(**facts: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    return model_report(SimpleNamespace(facts=facts))


def test_a_model_may_report_plain_values() -> None:
    facts = {
        "density": np.float64(0.25),
        "rounds": np.int32(3),
        "layers": (1, 2.5),
        "rule": "ratio",
        "fallback": np.True_,
        "widths": np.arange(3),
    }
    values, flags = reported(**facts)
    assert values == {
        "density": 0.25,
        "rounds": 3,
        "layers": [1, 2.5],
        "rule": "ratio",
        "fallback": True,
        "widths": [0, 1, 2],
    }
    assert type(values["density"]) is float
    assert type(values["rounds"]) is int
    assert flags == ()
    assert model_report(object()) == ({}, ())


@pytest.mark.parametrize("facts", [[1], {1: 2}, {"a": math.nan}, {"a": [math.inf]}, {"a": {"b": 1}}, {"a": None}])
def test_a_model_may_not_report_anything_else(facts: object) -> None:
    with pytest.raises(BadPrediction, match=r"model\.facts"):
        model_report(SimpleNamespace(facts=facts))


@pytest.mark.parametrize(
    ("given", "flags"),
    [(["a", "b"], ("a", "b")), (("a", 1, True), ("a",)), ("text", ()), ([], ()), ([["a"]], ()), (7, ())],
)
def test_flags_are_the_texts_of_a_list_and_no_values(given: object, flags: tuple[str, ...]) -> None:
    assert reported(flags=given, rounds=2) == ({"rounds": 2}, flags)


VALUES = st.integers() | st.text() | st.lists(st.floats(allow_nan=False, allow_infinity=False))


@given(st.dictionaries(st.text().filter(lambda name: name != "flags"), VALUES))
def test_reported_values_are_json(facts: dict[str, Any]) -> None:
    values, flags = model_report(SimpleNamespace(facts=facts))
    assert json.loads(json.dumps(values)) == facts
    assert flags == ()
