"""The report of a trial: predictions, and the facts for its record.

A worker's report is hostile input: the parent checks every part of it before it reads any.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from harness.errors import BadPrediction
from harness.payload import Payload

LIMIT = 1 << 63
"""Whole numbers of a report must be smaller: the store holds 64 bits."""

DEPTH = 16
"""Levels of lists and mappings that settings and facts may have; deeper ones would exhaust the parent's stack."""

FORK_SECONDS = 1.0
"""Seconds by which a worker may start before the parent notes it."""

DEVICE_FACTS: Mapping[str, str] = {
    "device": "a text",
    "peak_device_bytes": "a count",
    "nondeterministic_operations": "a list of texts",
}
"""Facts that a worker reports of its device, and what each must be."""


@dataclass(frozen=True)
class Report:
    """A worker's report of one trial.

    Attributes:
        predictions: named arrays that the parent scores.
        settings: the configuration that the search selected, as plain values.
        valid_loss: validation loss of the selected configuration.
        configurations_tried: number of configurations that the search fitted.
        fit_seconds: from the first call of ``fit`` to the last return.
        predict_seconds: inference on the test items.
        parameters: number of learned values; None where the model does not report it.
        measured: costs that the protocol measured and scores as metrics; not predictions, since a repeated trial
            measures other values.
        model: plain values that the model reports of itself.
        flags: short texts for the board, such as a fallback that the model took.
        device: deterministic algorithms and the device that the trial ran on, by the names of `DEVICE_FACTS`.
        curve: the learning curve, a row of named values a step.
    """

    predictions: Mapping[str, np.ndarray]
    settings: Mapping[str, Any]
    valid_loss: float
    configurations_tried: int
    fit_seconds: float
    predict_seconds: float
    parameters: int | None = None
    measured: Mapping[str, float] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    device: Mapping[str, Any] = field(default_factory=dict)
    curve: tuple[Mapping[str, float], ...] = ()

    def __getitem__(self, name: str) -> np.ndarray:
        """Return the predictions of that name.

        Raises:
            BadPrediction: there are none.
        """
        if name not in self.predictions:
            raise BadPrediction(f"expected an array {name!r}, got {sorted(self.predictions) or 'no array'}")
        return self.predictions[name]

    def costs(self, *patterns: str) -> dict[str, float]:
        """Return the measured costs.

        Args:
            patterns: globs of the names that the protocol measures.

        Raises:
            BadPrediction: another name is among them, which might replace a score.
        """
        for name in self.measured:
            if not any(fnmatchcase(name, pattern) for pattern in patterns):
                raise BadPrediction(f"expected measured costs named {', '.join(patterns)}, got {name!r}")
        return dict(self.measured)

    def payload(self) -> Payload:
        """Return the report as it travels from the worker to the parent."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "predictions"}
        return Payload(dict(self.predictions), {**plain, "flags": list(self.flags), "curve": list(self.curve)})

    @classmethod
    def from_payload(cls, payload: Payload, wall_seconds: float = math.inf) -> "Report":
        """Check and return the report of a worker.

        Args:
            wall_seconds: life of the worker by the parent's clock; fit and predict took no longer.

        Raises:
            BadPrediction: a part is missing, unknown, of another type or out of range.
        """
        if not isinstance(payload.facts, Mapping):
            raise BadPrediction(f"the worker's report must be a mapping, got {payload.facts!r:.80}")
        given, parts = dict(payload.facts), [one.name for one in fields(cls) if one.name != "predictions"]
        if lacking := [name for name in parts if name not in given]:
            raise BadPrediction(f"the worker's report lacks {lacking[0]!r}")
        if unknown := sorted(set(given).difference(parts)):
            raise BadPrediction(f"the worker's report has the unknown part {unknown[0]!r}")
        for name in ("settings", "measured", "model", "device"):
            _require(isinstance(given[name], Mapping), name, given[name], "a mapping")
        _require(_finite(given["valid_loss"]), "valid_loss", given["valid_loss"], "a finite number")
        for name in ("fit_seconds", "predict_seconds"):
            _require(_finite(given[name]) and given[name] > 0, name, given[name], "finite and above 0")
        seconds = given["fit_seconds"] + given["predict_seconds"]
        within = f"within the {wall_seconds:g} s of the worker"
        _require(seconds <= wall_seconds + FORK_SECONDS, "fit_seconds + predict_seconds", seconds, within)
        tried, parameters = given["configurations_tried"], given["parameters"]
        _require(_count(tried), "configurations_tried", tried, "a count")
        _require(parameters is None or _count(parameters), "parameters", parameters, "a count or none")
        for name, value in given["measured"].items():
            _require(_number(value) and not math.isnan(value), f"measured[{name!r}]", value, "a number")
        for name in ("settings", "model"):
            _require(_plain(given[name]), name, given[name], "a mapping of texts to finite, plain values")
        _require(
            "flags" not in given["model"], "model", given["model"], "a mapping without 'flags', a part of its own"
        )
        for name, value in given["device"].items():
            _require(name in DEVICE_FACTS, "device", name, f"a mapping of {', '.join(DEVICE_FACTS)}")
            _require(_is_a(value, DEVICE_FACTS[name]), f"device[{name!r}]", value, DEVICE_FACTS[name])
        flags, curve = given["flags"], given["curve"]
        _require(_is_a(flags, "a list of texts"), "flags", flags, "a list of texts")
        _require(isinstance(curve, list) and all(map(_row, curve)), "curve", curve, "a list of rows of numbers")
        given |= {"flags": tuple(flags), "curve": tuple(curve)}
        for name in ("valid_loss", "fit_seconds", "predict_seconds"):
            given[name] = float(given[name])
        return cls(predictions=dict(payload.arrays), **given)

    def record_facts(self) -> dict[str, Any]:
        """Return the facts for the record as plain values; times, curve and predictions are kept elsewhere."""
        model = {**self.model, **({"flags": list(self.flags)} if self.flags else {})}
        kept = {
            **self.device,
            "settings": dict(self.settings),
            "valid_loss": self.valid_loss,
            "configurations_tried": self.configurations_tried,
            "parameters": self.parameters,
            "measured": dict(self.measured),
            "model": model,
        }
        return {name: value for name, value in kept.items() if value is not None and value != {}}

    def with_surroundings(self, device: Mapping[str, Any], curve: list[dict[str, float]]) -> "Report":
        """Return the report completed by the worker: device and learning curve."""
        return replace(self, device=dict(device), curve=tuple(curve))


def model_report(model: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the plain values and the flags that a model reports in its optional ``facts``.

    Raises:
        BadPrediction: no mapping of texts to finite numbers, texts, truth values or lists of these.
    """
    given = getattr(model, "facts", {})
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise BadPrediction(f"model.facts must be a mapping with texts as names, got {given!r:.200}")
    values = {name: plain(name, value) for name, value in given.items()}
    flags = values.pop("flags", [])
    return values, tuple(flag for flag in flags if isinstance(flag, str)) if isinstance(flags, list) else ()


def plain(name: str, value: Any) -> Any:
    """Return a value as plain JSON; raises BadPrediction that names it."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(name, item) for item in value]
    if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise BadPrediction(f"model.facts[{name!r}] must be finite numbers, texts or lists of them, got {value!r:.200}")


def _require(holds: bool, name: str, got: Any, expected: str) -> None:
    if not holds:
        raise BadPrediction(f"the worker's report: {name} must be {expected}, got {got!r:.80}")


def _number(value: Any) -> bool:
    """Return whether a value is a number that a float can hold; NaN and infinities are."""
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < LIMIT
    return whole or isinstance(value, float)


def _finite(value: Any) -> bool:
    return _number(value) and math.isfinite(value)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LIMIT


def _row(row: Any) -> bool:
    return isinstance(row, Mapping) and all(isinstance(k, str) and _number(v) for k, v in row.items())


def _is_a(value: Any, expected: str) -> bool:
    """Return whether a value is what `DEVICE_FACTS` names."""
    if expected == "a list of texts":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return _count(value) if expected == "a count" else isinstance(value, str)


def _plain(value: Any, depth: int = DEPTH) -> bool:
    """Return whether a value is plain and finite: none, a truth value, number or text, or lists and mappings."""
    if isinstance(value, list | tuple | Mapping) and depth:
        texts = not isinstance(value, Mapping) or all(isinstance(name, str) for name in value)
        inner = value.values() if isinstance(value, Mapping) else value
        return texts and all(_plain(item, depth - 1) for item in inner)
    return value is None or isinstance(value, bool | str) or _finite(value)
