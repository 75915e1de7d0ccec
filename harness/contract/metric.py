"""A metric is declared once, by the protocol that scores it; tables, tests, claims and charts read the declaration.

    Metric("accuracy", "accuracy", "share", "higher")
    Metric("step_ms", "time of a step", "time", "lower", table="traffic", header="step")
    Metric("accuracy_at_{density}", "accuracy at {density} % kept", "share", "higher", table="levels",
           header="≈ {density} % kept", parameters=(Parameter("density", "integer", descending=True),))

A name in braces is a typed parameter: one declaration covers ``accuracy_at_51`` and ``accuracy_at_7``, and no name
whose parameter has another type. No numerical library is imported here.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, get_args

from harness.errors import BadPrediction, ContractError, suggestion

Kind = Literal["share", "score", "error", "time", "size", "rate", "factor", "count", "number"]
Better = Literal["higher", "lower"]
ScaleKind = Literal["linear", "log"]
ParameterKind = Literal["integer", "decimal", "name"]

_UNITS: Mapping[Kind, str] = {"share": "%", "time": "ms", "size": "bytes", "rate": "Gbit/s", "factor": "×"}
_LOGARITHMIC = frozenset({"error", "time", "size", "rate", "factor"})
_PATTERNS: Mapping[ParameterKind, str] = {"integer": r"[0-9]+", "decimal": r"[0-9]+(?:p[0-9]+)?", "name": r".+"}


@dataclass(frozen=True)
class Parameter:
    """A typed part of a metric's name.

    Attributes:
        kind: ``integer`` (``26``), ``decimal`` (``0p1`` is 0.1) or ``name``.
        choices: allowed values with their titles, in the order of the columns; empty allows any of the kind.
        descending: whether columns go from the largest number to the smallest.
    """

    name: str
    kind: ParameterKind = "name"
    choices: Mapping[str, str] = field(default_factory=dict)
    descending: bool = False

    @property
    def pattern(self) -> str:
        """The regular expression of the parameter's values."""
        return "|".join(map(re.escape, self.choices)) if self.choices else _PATTERNS[self.kind]

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


@dataclass(frozen=True)
class Metric:
    """A declared metric, or a family of metrics whose name has parameters.

    Attributes:
        name: as scored; parts in braces are `parameters`.
        title: title in words; may name the parameters in braces.
        kind: a share is a fraction that is shown in percent; an error, time, size, rate or factor is positive.
        better: the better direction; None where neither is.
        table: the table below a ranking that it belongs to; "" for none.
        header: header of its column in a table; by default the title with the unit.
        unit: unit of shown values; by default that of the kind.
        scale: ``log`` values are averaged, tested and compared as logarithms; by default that of the kind.
        bounds: smallest and largest possible value; by default those of the kind.
        beside: name of the metric in whose cells this one stands in brackets; "" for a column of its own.
        values: values of the parameters, once the name is resolved.
        place: position of the column in its table, once resolved.

    Raises:
        ValueError: braces and parameters differ, or a direction, kind or bounds are not allowed.
    """

    name: str
    title: str
    kind: Kind
    better: Better | None
    table: str = ""
    header: str = ""
    unit: str = ""
    scale: ScaleKind | None = None
    bounds: tuple[float, float] | None = None
    parameters: tuple[Parameter, ...] = ()
    beside: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    place: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        named = re.findall(r"\{(\w+)\}", self.name)
        if named != [parameter.name for parameter in self.parameters]:
            raise ValueError(f"metric {self.name!r}: expected the parameters {named}, got {self.parameters}")
        if not self.values and (foreign := _placeholders(self.title, self.header, self.beside) - set(named)):
            raise ValueError(f"metric {self.name!r}: its title, header or beside names no parameter {foreign}")
        if self.better not in ("higher", "lower", None):
            raise ValueError(f"metric {self.name!r}: better must be 'higher', 'lower' or None, got {self.better!r}")
        if self.kind not in get_args(Kind):
            raise ValueError(f"metric {self.name!r}: kind must be one of {get_args(Kind)}, got {self.kind!r}")
        if not self.unit:
            object.__setattr__(self, "unit", _UNITS.get(self.kind, ""))
        if not self.header:
            object.__setattr__(self, "header", f"{self.title} {self.unit}" if self.unit else self.title)
        if self.scale is None:
            object.__setattr__(self, "scale", "log" if self.kind in _LOGARITHMIC else "linear")
        if self.bounds is None:
            object.__setattr__(self, "bounds", _bounds(self.kind))
        elif not self.bounds[0] < self.bounds[1]:
            raise ValueError(f"metric {self.name!r}: bounds must rise, got {self.bounds}")

    @property
    def higher_is_better(self) -> bool | None:
        """Whether larger values are better; None where neither direction is."""
        return None if self.better is None else self.better == "higher"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression of the names that this declaration covers."""
        parts = re.split(r"\{\w+\}", self.name)
        groups = [f"(?P<{parameter.name}>{parameter.pattern})" for parameter in self.parameters]
        return re.compile(
            re.escape(parts[0]) + "".join(g + re.escape(p) for g, p in zip(groups, parts[1:], strict=True))
        )

    @property
    def at(self) -> float:
        """The number in a resolved name: a level, a bandwidth; NaN without one."""
        numbers = [p.number(self.values[p.name]) for p in self.parameters if p.name in self.values]
        return next((number for number in numbers if not math.isnan(number)), math.nan)

    def allows(self, value: float) -> bool:
        """Return whether a value lies within the bounds; NaN does."""
        assert self.bounds is not None
        return math.isnan(value) or self.bounds[0] <= value <= self.bounds[1]

    def resolved(self, name: str, number: int) -> "Metric | None":
        """Return the metric of a scored name, None if this declaration does not cover it.

        Args:
            number: position of the declaration among its protocol's, the first key of the columns' order.
        """
        match = self.pattern.fullmatch(name)
        if match is None:
            return None
        words = {p.name: p.title(match[p.name]) for p in self.parameters}
        title, header = self.title.format(**words), self.header.format(**words)
        order = tuple(p.place(match[p.name]) for p in self.parameters)
        found = replace(self, title=title, header=header, values=match.groupdict(), place=(float(number), *order))
        object.__setattr__(found, "name", name)  # after the check that braces and parameters agree
        return found


def _placeholders(*texts: str) -> set[str]:
    return {name for text in texts for name in re.findall(r"\{([^}]*)\}", text)}


def _bounds(kind: Kind) -> tuple[float, float]:
    if kind == "share":
        return 0.0, 1.0
    return (-math.inf, math.inf) if kind in ("score", "number") else (0.0, math.inf)


@dataclass(frozen=True)
class MetricTable:
    """A table of related metrics below a ranking.

    Attributes:
        name: as in `Metric.table`.
        layout: ``columns`` has one column a metric; ``matrix`` joins the metrics that share their first parameter
            into one column, their second parameter in the order of the header.
        remark: a sentence for its notes.
    """

    name: str
    title: str
    layout: Literal["columns", "matrix"] = "columns"
    remark: str = ""


@dataclass(frozen=True)
class MetricSet:
    """The metrics and tables of a protocol, looked up by scored name.

    Raises:
        ValueError: a name is declared twice, or a table is named that is not declared.
    """

    declared: tuple[Metric, ...]
    tables: tuple[MetricTable, ...] = ()

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.declared]
        if repeated := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"metrics are declared twice: {', '.join(sorted(repeated))}")
        if missing := {m.table for m in self.declared if m.table} - {table.name for table in self.tables}:
            raise ValueError(f"tables are named by metrics and not declared: {', '.join(sorted(missing))}")
        matrices = {table.name for table in self.tables if table.layout == "matrix"}
        for metric in self.declared:
            if metric.table in matrices and len(metric.parameters) != 2:
                raise ValueError(f"metric {metric.name!r} of a matrix needs two parameters")
            if metric.beside and metric.beside not in names:
                raise ValueError(f"metric {metric.name!r} stands beside {metric.beside!r}, which is not declared")

    @property
    def names(self) -> list[str]:
        """The declared names, parameters in braces."""
        return [metric.name for metric in self.declared]

    def find(self, name: str) -> Metric | None:
        """Return the metric of a scored name, None if it is not declared.

        Raises:
            ContractError: two declarations cover the name.
        """
        if name in self._found:
            return self._found[name]
        covering = [m for number, one in enumerate(self.declared) if (m := one.resolved(name, number))]
        if len(covering) > 1:
            both = " and ".join(one.name for one in self.declared if one.pattern.fullmatch(name))
            raise ContractError(f"metric {name!r} is declared twice: {both}")
        found = self._found[name] = covering[0] if covering else None
        return found

    def check(self, scored: Mapping[str, float], owner: str) -> None:
        """Verify the scored metrics of a trial.

        Raises:
            ContractError: a metric is scored and not declared, or declared twice.
            BadPrediction: a value lies outside the bounds of its metric.
        """
        for name, value in scored.items():
            try:
                metric = self.find(name)
            except ContractError as error:
                raise ContractError(f"{owner}: {error}") from error
            if metric is None:
                near = suggestion(name, self.names)
                raise ContractError(f"{owner} scores the metric {name!r}, which its family does not declare{near}")
            if not metric.allows(value):
                raise BadPrediction(f"{name} is {value:g}, outside its bounds {metric.bounds}")

    @cached_property
    def _found(self) -> dict[str, Metric | None]:
        return {}

    def __getitem__(self, name: str) -> Metric:
        """Return the metric of a scored name.

        An undeclared name, which only records of other code hold, is a number without direction or table.
        """
        plain = name.replace("{", "(").replace("}", ")")
        return self.find(name) or Metric(plain, plain, "number", None)
