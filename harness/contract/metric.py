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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import Literal, get_args

from harness.contract.parameter import PLACE, Parameter, common_name
from harness.errors import BadPrediction, ProtocolFault, suggestion

Kind = Literal["share", "score", "error", "time", "size", "rate", "factor", "count", "number"]
Better = Literal["higher", "lower"]
ScaleKind = Literal["linear", "log"]
TableLayout = Literal["columns", "matrix"]

_UNITS: Mapping[Kind, str] = {"share": "%", "time": "ms", "size": "bytes", "rate": "Gbit/s", "factor": "×"}
_LOGARITHMIC = frozenset({"error", "time", "size", "rate", "factor"})


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
        scale: ``log`` values are ranked, tested and compared as logarithms; by default that of the kind.
        bounds: smallest and largest possible value; by default those of the kind.
        floor: on the log scale, values below it count as it, such as the rounding of a perfect prediction; 0: none.
        zero: text that tables show for the value 0; "" for the number.
        counts_items: whether the value is a count of test items divided by their number, as accuracy is; its
            interval is then at least as wide as counting so few items allows.
        beside: name of the metric in whose cells this one stands in brackets; "" for a column of its own.
        values: values of the parameters, once the name is resolved.
        place: position of the column in its table, once resolved.

    Raises:
        ValueError: braces and parameters differ, or a direction, kind, scale, floor or bounds are not allowed.
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
    floor: float = 0.0
    zero: str = ""
    counts_items: bool = False

    def __post_init__(self) -> None:
        for fault in self._contradictions():
            raise ValueError(f"metric {self.name!r}: {fault}")
        if not self.unit:
            object.__setattr__(self, "unit", _UNITS.get(self.kind, ""))
        if not self.header:
            object.__setattr__(self, "header", f"{self.title} {self.unit}" if self.unit else self.title)
        if self.scale is None:
            object.__setattr__(self, "scale", "log" if self.kind in _LOGARITHMIC else "linear")
        if self.bounds is None:
            object.__setattr__(self, "bounds", _bounds(self.kind))
        for fault in self._limits():
            raise ValueError(f"metric {self.name!r}: {fault}")

    def _contradictions(self) -> Iterator[str]:
        """Yield what is wrong with the texts, the parameters and the named kinds."""
        texts = {"name": self.name, "title": self.title, "header": self.header, "beside": self.beside}
        for part, text in texts.items():
            if not isinstance(text, str) or (part in ("name", "title") and not text.strip()):
                yield f"its {part} must be a text, got {text!r}"
        named = [place.strip("{}") for place in PLACE.findall(self.name)]
        given = [parameter.name for parameter in self.parameters]
        if named != given:
            yield f"expected the parameters {named}, got {self.parameters}"
        if repeated := {name for name in named if named.count(name) > 1}:
            yield f"the parameters {', '.join(sorted(repeated))} stand in its name twice"
        if not self.values:  # of a resolved metric, titles of choices may have braces
            if foreign := _placeholders(self.title, self.header, self.beside) - set(named):
                yield f"its title, header or beside names no parameter {foreign}"
            for part, text in texts.items():
                if set("{}") & set(PLACE.sub("", text)):
                    yield f"a brace of its {part} is not closed or not opened, got {text!r}"
        if self.better not in ("higher", "lower", None):
            yield f"better must be 'higher', 'lower' or None, got {self.better!r}"
        if self.kind not in get_args(Kind):
            yield f"kind must be one of {get_args(Kind)}, got {self.kind!r}"
        if self.scale not in (*get_args(ScaleKind), None):
            yield f"scale must be one of {get_args(ScaleKind)}, got {self.scale!r}"

    def _limits(self) -> Iterator[str]:
        """Yield what is wrong with bounds and floor, once the defaults are filled in."""
        pair = self.bounds
        if not (isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(b, int | float) for b in pair)):
            yield f"bounds must be two numbers, got {pair!r}"
        elif not pair[0] < pair[1]:
            yield f"bounds must rise, got {pair}"
        elif self.scale == "log" and pair[0] < 0:
            yield f"the log scale needs bounds of 0 or more, got {pair}"
        if not (isinstance(self.floor, int | float) and 0 <= self.floor < math.inf):
            yield f"floor must be a number of 0 or more, got {self.floor!r}"
        elif self.floor and self.scale != "log":
            yield f"a floor belongs to the log scale, got {self.floor!r} with scale {self.scale!r}"
        if self.counts_items and self.kind != "share":
            yield f"only a share counts items, got kind {self.kind!r}"

    @property
    def higher_is_better(self) -> bool | None:
        """Whether larger values are better; None where neither direction is."""
        return None if self.better is None else self.better == "higher"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression of the names that this declaration covers."""
        parts = PLACE.split(self.name)
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
        shown: whether pages and terminals show it; if not, a chart does.

    Raises:
        ValueError: no name, or an unknown layout.
    """

    name: str
    title: str
    layout: TableLayout = "columns"
    remark: str = ""
    shown: bool = True

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a table of metrics needs a name, got ''")
        if self.layout not in get_args(TableLayout):
            raise ValueError(
                f"table {self.name!r}: layout must be one of {get_args(TableLayout)}, got {self.layout!r}"
            )


@dataclass(frozen=True)
class MetricSet:
    """The metrics and tables of a protocol, looked up by scored name.

    Raises:
        ValueError: two declarations cover one name, two tables have one name, or a table is not declared.
    """

    declared: tuple[Metric, ...]
    tables: tuple[MetricTable, ...] = ()

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.declared]
        if repeated := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"metrics are declared twice: {', '.join(sorted(repeated))}")
        for one, other in combinations(self.declared, 2):
            if name := common_name(one.name, one.parameters, other.name, other.parameters):
                raise ValueError(f"metric {name!r} is declared twice: {one.name} and {other.name}")
        tables = [table.name for table in self.tables]
        if repeated := {name for name in tables if tables.count(name) > 1}:
            raise ValueError(f"tables are declared twice: {', '.join(sorted(repeated))}")
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
        """Return the metric of a scored name, None if it is not declared."""
        if name not in self._found:
            covering = (one.resolved(name, number) for number, one in enumerate(self.declared))
            self._found[name] = next(filter(None, covering), None)
        return self._found[name]

    def check(self, scored: Mapping[str, float], owner: str) -> None:
        """Verify the scored metrics of a trial.

        Raises:
            ProtocolFault: a metric is scored and not declared.
            BadPrediction: a value lies outside the bounds of its metric.
        """
        for name, value in scored.items():
            metric = self.find(name)
            if metric is None:
                near = suggestion(name, self.names)
                raise ProtocolFault(f"{owner} scores the metric {name!r}, which its family does not declare{near}")
            if not metric.allows(value):
                raise BadPrediction(f"{name} is {value:g}, outside its bounds {metric.bounds}")

    @cached_property
    def _found(self) -> dict[str, Metric | None]:
        return {}

    def __getitem__(self, name: str) -> Metric:
        """Return the metric of a scored name.

        An undeclared name, which only records of other code hold, is a number without direction or table.
        """
        found = self.find(name)
        if found is not None:
            return found
        plain = name.replace("{", "(").replace("}", ")")
        return Metric(plain, plain, "number", None) if plain.strip() else Metric("?", "?", "number", None)
