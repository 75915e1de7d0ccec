"""Checks of inputs: every message names the argument, the value and the allowed values."""

import math
from collections.abc import Collection
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def as_mask(mask: ArrayLike, name: str = "mask", *, dimensions: int | None = 2) -> BoolArray:
    """Return a binary array as C-contiguous bool (a view where it is that already).

    Args:
        mask: bool, or numbers that are all 0 or 1.
        name: name of the argument, for the message.
        dimensions: required number of axes; None for any number from 1 on.

    Raises:
        ValueError: wrong number of axes, or a value other than 0 and 1.
    """
    array = np.asarray(mask)
    if array.ndim == 0 or (dimensions is not None and array.ndim != dimensions):
        allowed = "one axis or more" if dimensions is None else f"{dimensions} axes"
        raise ValueError(f"{name} must have {allowed}, got shape {array.shape}")
    if array.dtype != np.bool_:
        foreign = array[(array != 0) & (array != 1)]
        if foreign.size:
            raise ValueError(f"{name} must hold only 0 and 1, got {foreign.flat[0].item()!r}")
        array = array.astype(np.bool_)
    return np.ascontiguousarray(array)


def as_ordered(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return numbers as float64.

    Raises:
        ValueError: one of them is NaN: it has no rank.
    """
    array = np.asarray(values, dtype=np.float64)
    if np.isnan(array).any():
        raise ValueError(f"{name} must be comparable numbers, got nan at {_first(np.isnan(array))}")
    return array


def as_labels(labels: ArrayLike, rows: int) -> IntArray:
    """Return group labels, one a row; -1 marks a row without a group.

    Raises:
        ValueError: not one integer a row, or one below -1.
    """
    array = np.asarray(labels)
    if array.shape != (rows,):
        raise ValueError(f"labels must have shape ({rows},), one a row of the mask, got shape {array.shape}")
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"labels must be integers, got dtype {array.dtype}")
    if array.size and array.min() < -1:
        raise ValueError(f"labels must be >= -1, got {array.min()}")
    return array.astype(np.int64)


def check_count(value: Any, name: str, least: int = 1) -> int:
    """Return an integer that is at least `least`.

    Raises:
        ValueError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {value!r}")
    return int(value)


def check_number(value: Any, name: str, *, above: float = -math.inf, least: float = -math.inf) -> float:
    """Return a finite number within a bound.

    Raises:
        ValueError: it is not a finite number, not > `above` or not >= `least`.
    """
    bound = f" > {above:g}" if above > -math.inf else f" >= {least:g}" if least > -math.inf else ""
    number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    if not (number and math.isfinite(value) and value > above and value >= least):
        raise ValueError(f"{name} must be a finite number{bound}, got {value!r}")
    return float(value)


def check_within(value: Any, name: str, most: float) -> float:
    """Return a number in [0, most].

    Raises:
        ValueError: it is outside.
    """
    if check_number(value, name, least=0.0) > most:
        raise ValueError(f"{name} must be within [0, {most:g}], got {value!r}")
    return float(value)


def check_choice(value: Any, name: str, allowed: Collection[str]) -> str:
    """Return one of the allowed words.

    Raises:
        ValueError: it is another.
    """
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
    return str(value)


def _first(where: BoolArray) -> tuple[int, ...]:
    return tuple(int(index) for index in np.argwhere(where)[0])
