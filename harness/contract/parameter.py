"""Typed parts of the names of metrics, and whether two such names have a spelling in common."""

import math
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, get_args

ParameterKind = Literal["integer", "decimal", "name"]

PLACE = re.compile(r"\{\w+\}")
"""A parameter in a name or a title."""

_PATTERNS: Mapping[ParameterKind, str] = {"integer": r"[0-9]+", "decimal": r"[0-9]+(?:p[0-9]+)?", "name": r".+"}

_DIGITS, _ANY = "0-9+", "any+"
_SPELLINGS: Mapping[ParameterKind, tuple[tuple[str, ...], ...]] = {
    "integer": ((_DIGITS,),),
    "decimal": ((_DIGITS,), (_DIGITS, "p", _DIGITS)),
    "name": ((_ANY,),),
}
"""The patterns as sequences of single characters and of repeated classes of characters."""


@dataclass(frozen=True)
class Parameter:
    """A typed part of a metric's name.

    Attributes:
        kind: ``integer`` (``26``), ``decimal`` (``0p1`` is 0.1) or ``name``.
        choices: allowed values with their titles, in the order of the columns; empty allows any of the kind.
        descending: whether columns go from the largest number to the smallest.

    Raises:
        ValueError: the name is no identifier, the kind is unknown, or a choice is not of the kind.
    """

    name: str
    kind: ParameterKind = "name"
    choices: Mapping[str, str] = field(default_factory=dict)
    descending: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ValueError(f"parameter {self.name!r}: the name must be an identifier")
        if self.kind not in get_args(ParameterKind):
            raise ValueError(
                f"parameter {self.name!r}: kind must be one of {get_args(ParameterKind)}, got {self.kind!r}"
            )
        if not isinstance(self.choices, Mapping):
            raise ValueError(f"parameter {self.name!r}: choices must map values to titles, got {self.choices!r}")
        for choice in self.choices:
            if not isinstance(choice, str) or not re.fullmatch(_PATTERNS[self.kind], choice):
                raise ValueError(f"parameter {self.name!r}: expected choices of kind {self.kind}, got {choice!r}")

    @property
    def pattern(self) -> str:
        """The regular expression of the parameter's values."""
        return "|".join(map(re.escape, self.choices)) if self.choices else _PATTERNS[self.kind]

    @property
    def spellings(self) -> Sequence[tuple[str, ...]]:
        """All values as sequences of single characters and of repeated classes of characters."""
        return [tuple(choice) for choice in self.choices] if self.choices else _SPELLINGS[self.kind]

    def title(self, value: str) -> str:
        """Return a value as text for readers."""
        return (
            value.replace("p", ".") if self.kind == "decimal" else self.choices.get(value, value.replace("_", " "))
        )

    def number(self, value: str) -> float:
        """Return a value as a number; NaN for a name."""
        return math.nan if self.kind == "name" else float(value.replace("p", "."))

    def place(self, value: str) -> float:
        """Return the position of a value among the columns; unlisted names come last."""
        if self.kind != "name":
            return -self.number(value) if self.descending else self.number(value)
        known = list(self.choices)
        return float(known.index(value) if value in known else len(known))


def common_name(one: str, of_one: Sequence[Parameter], other: str, of_other: Sequence[Parameter]) -> str | None:
    """Return a shortest name that two names with parameters in braces both cover; None if there is none."""
    pairs = product(_spellings(one, of_one), _spellings(other, of_other))
    return next((name for a, b in pairs if (name := _meeting(a, b)) is not None), None)


def _spellings(name: str, parameters: Sequence[Parameter]) -> Iterator[tuple[str, ...]]:
    texts = PLACE.split(name)
    for values in product(*(parameter.spellings for parameter in parameters)):
        spelling = tuple(texts[0])
        for value, text in zip(values, texts[1:], strict=True):
            spelling += (*value, *text)
        yield spelling


def _meeting(a: tuple[str, ...], b: tuple[str, ...]) -> str | None:
    """Return a shortest text of two spellings: a search over pairs of places in them, character by character."""
    queue, seen = deque([(0, 0, "")]), {(0, 0)}
    while queue:
        i, j, text = queue.popleft()
        if (i, j) == (len(a), len(b)):
            return text
        if i == len(a) or j == len(b) or (character := _common(a[i], b[j])) is None:
            continue
        for place in product(_next(a, i), _next(b, j)):
            if place not in seen:
                seen.add(place)
                queue.append((*place, text + character))
    return None


def _next(spelling: tuple[str, ...], place: int) -> tuple[int, ...]:
    return (place + 1, place) if spelling[place] in (_DIGITS, _ANY) else (place + 1,)


def _common(one: str, other: str) -> str | None:
    """Return a character that two parts of a spelling may both be."""
    narrow, wide = sorted((one, other), key=(_DIGITS, _ANY).__contains__)
    if narrow not in (_DIGITS, _ANY):
        fits = narrow == wide or wide == _ANY or (wide == _DIGITS and narrow in "0123456789")
        return narrow if fits else None
    return "0" if _DIGITS in (narrow, wide) else "x"
