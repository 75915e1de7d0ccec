"""Trials, records and their keys."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.trial import Fingerprints, Record, Trial, canonical, trial_key

TRIAL = Trial("mutag", "sep-g", 3, 7, "paper")
PRINTS = Fingerprints("d", "s", "c")


def test_the_key_does_not_depend_on_the_order_of_arguments() -> None:
    reordered = Trial(profile="paper", seed=7, fold=3, contender="sep-g", task="mutag")
    prints = Fingerprints(code="c", data="d", settings="s")
    assert trial_key(reordered, prints) == trial_key(TRIAL, PRINTS)
    assert len(trial_key(TRIAL, PRINTS)) == 32


@pytest.mark.parametrize(
    "change",
    [{"task": "ptc"}, {"contender": "gmt"}, {"fold": 4}, {"seed": 8}, {"profile": "smoke"}, {"fold": 7, "seed": 3}],
)
def test_every_part_of_a_trial_is_in_its_key(change: dict[str, object]) -> None:
    assert trial_key(replace(TRIAL, **change), PRINTS) != trial_key(TRIAL, PRINTS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change", [{"data": "x"}, {"settings": "x"}, {"code": "x"}, {"data": "s", "settings": "d"}]
)
def test_every_fingerprint_is_in_the_key(change: dict[str, str]) -> None:
    assert trial_key(TRIAL, replace(PRINTS, **change)) != trial_key(TRIAL, PRINTS)


def test_the_key_is_the_same_on_every_machine() -> None:
    assert trial_key(Trial("a", "b"), Fingerprints("d", "s", "c")) == "af712329eadec4ef4420fc9e3aa255b1"


def test_a_trial_reads_as_a_sentence() -> None:
    assert str(TRIAL) == "sep-g on mutag (fold 3, seed 7, paper)"


def test_trials_sort_by_task_first() -> None:
    assert sorted([Trial("b", "a"), Trial("a", "b"), Trial("a", "a", 1), Trial("a", "a")]) == [
        Trial("a", "a"),
        Trial("a", "a", 1),
        Trial("a", "b"),
        Trial("b", "a"),
    ]


@pytest.mark.parametrize("status", ["failed", "timeout", "memory", "killed", "done"])
def test_only_a_done_record_is_done(status: str) -> None:
    record = Record("k", TRIAL, PRINTS, status, "2026-01-01")  # type: ignore[arg-type]
    assert record.done == (status == "done")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=5), st.randoms())
def test_canonical_text_does_not_depend_on_the_order_of_keys(value: dict[str, object], random) -> None:  # type: ignore[no-untyped-def]
    keys = list(value)
    random.shuffle(keys)
    assert canonical({key: value[key] for key in keys}) == canonical(value)


@given(JSON, JSON)
def test_canonical_text_tells_values_apart(a: object, b: object) -> None:
    assert (canonical(a) == canonical(b)) == (repr(a) == repr(b)) or a == b
