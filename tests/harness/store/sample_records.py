"""Records for the tests of the run store: made by hand, and drawn by Hypothesis."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from harness.payload import Payload
from harness.trial import PROFILES, Fingerprints, Record, Resources, Trial, TrialFailure, trial_key

DONE = {"accuracy": 0.75}
CRASH = TrialFailure("RuntimeError", "it broke", "Traceback ...", "stderr")


def make(
    trial: Trial | None = None,
    *,
    code: str = "c1",
    status: str = "done",
    minute: int = 0,
    metrics: Mapping[str, float] = DONE,
    environment: str = "",
    **other: Any,
) -> Record:
    """Return a record whose key fits; `minute` of one hour is when it was made."""
    trial = trial or Trial("graph/MUTAG", "sep")
    prints = Fingerprints("d1", "s1", code)
    return Record(
        key=trial_key(trial, prints),
        trial=trial,
        fingerprints=prints,
        status=status,  # type: ignore[arg-type]
        created=f"2026-01-01T12:{minute:02d}:00+00:00",
        metrics=metrics if status == "done" else {},
        environment=environment,
        failure=None if status == "done" else CRASH,
        **other,
    )


def many(number: int, **other: Any) -> list[Record]:
    """Return records of different trials."""
    return [make(Trial("graph/MUTAG", "sep", fold=i % 10, seed=i // 10), **other) for i in range(number)]


def scores(*values: float) -> Payload:
    return Payload({"scores": np.array(values, dtype=np.float32)}, {"classes": ["a", "b"]})


texts = st.text(max_size=12)
anything = st.text(st.characters(), max_size=12)  # lone surrogates too: a worker may print any bytes
numbers = st.floats() | st.integers(-(2**40), 2**40)
facts = st.recursive(
    st.none() | st.booleans() | numbers | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
trials = st.builds(
    Trial, texts, texts, st.integers(0, 99), st.integers(-(2**63), 2**63 - 1), st.sampled_from(PROFILES)
)
seconds = st.floats().map(lambda value: value + 0.0)  # a column does not keep the sign of zero
resources = st.builds(
    Resources,
    *[seconds] * 4,
    st.integers(0, 2**62),
    seconds,
    st.integers(1, 64),
    st.integers(1, 64),
    st.booleans(),
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    trial = draw(trials)
    prints = draw(st.builds(Fingerprints, texts, texts, texts))
    status = draw(st.sampled_from(["done", "failed", "timeout", "memory", "killed"]))
    return Record(
        key=trial_key(trial, prints),
        trial=trial,
        fingerprints=prints,
        status=status,
        created=draw(st.datetimes(timezones=st.none() | st.timezones())).isoformat(),
        metrics=draw(st.dictionaries(anything, numbers, max_size=4)),
        facts=draw(st.dictionaries(anything, facts, max_size=4)),
        resources=draw(resources),
        environment=draw(texts),
        failure=None if status == "done" else draw(st.builds(TrialFailure, anything, anything, anything, anything)),
        log=draw(anything),
        curve=tuple(draw(st.lists(st.dictionaries(anything, numbers, max_size=3), max_size=4))),
    )


_kinds = st.sampled_from(["?", "i1", "<u4", ">i8", "<f2", "<f8", "<c16", "<U3", "S2", "<M8[s]"])


@st.composite
def payloads(draw: st.DrawFn) -> Payload:
    arrays = {}
    for name in draw(st.lists(texts, max_size=3, unique=True)):
        shape = tuple(draw(st.lists(st.integers(0, 4), max_size=3)))
        dtype = np.dtype(draw(_kinds))
        size = int(np.prod(shape)) * dtype.itemsize
        raw = draw(st.binary(min_size=size, max_size=size))
        if dtype.kind == "U":
            raw = np.array(list(raw[: size // 4]), dtype="<u4").tobytes()
        elif dtype.kind == "b":
            raw = bytes(byte & 1 for byte in raw)
        arrays[name] = (np.frombuffer(raw, dtype) if raw else np.empty(0, dtype)).reshape(shape)
    return Payload(arrays, draw(st.dictionaries(texts, st.integers() | texts, max_size=2)))
