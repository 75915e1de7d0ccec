"""Declarations of metrics: names with typed parameters, kinds, bounds, and the order of columns."""

import math
from collections.abc import Mapping
from itertools import product
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.contract.metric import Kind, Metric, MetricSet, MetricTable, Parameter
from harness.families import protocol_entries
from harness.tables.measured import measured
from harness.tables.scales import scale_of
from harness.tables.values import Measure

INTEGERS = st.from_regex(r"[0-9]{1,6}", fullmatch=True)
DECIMALS = st.from_regex(r"[0-9]{1,4}(p[0-9]{1,4})?", fullmatch=True)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)
CHOICES = {"clean": "clean", "linf": "l∞", "l1": "l1"}
OF_KIND: Mapping[str, st.SearchStrategy[str]] = {"integer": INTEGERS, "decimal": DECIMALS, "name": NAMES}


def one_of(*parameters: Parameter, name: str = "", **fields: Any) -> MetricSet:
    """Return the declaration of one metric, by default ``m_at_{a}`` with a parameter ``a``."""
    braces = "_at_".join(f"{{{parameter.name}}}" for parameter in parameters)
    metric = Metric(name or f"m_at_{braces}", f"m of {braces}", "share", "higher", parameters=parameters, **fields)
    return MetricSet((metric,))


@given(st.data())
def test_a_resolved_name_is_the_scored_name_and_its_values_make_it_again(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from([*OF_KIND, "choice"]), min_size=1, max_size=3))
    parameters, values = [], {}
    for letter, kind in zip("abc", kinds, strict=False):
        choices = CHOICES if kind == "choice" else {}
        parameters.append(Parameter(letter, "name" if kind == "choice" else kind, choices))  # type: ignore[arg-type]
        values[letter] = data.draw(st.sampled_from(sorted(CHOICES)) if kind == "choice" else OF_KIND[kind])
    assume(not any("_at_" in value for value in values.values()))
    metrics = one_of(*parameters)
    name = metrics.declared[0].name.format(**values)
    found = metrics.find(name)
    assert found is not None
    assert found.name == name
    assert found.values == values
    assert metrics.declared[0].name.format(**found.values) == name
    assert metrics[name] == found
    for parameter in parameters:
        assert parameter.title(values[parameter.name]) in found.title
    assert (found.kind, found.better, found.unit, found.bounds) == ("share", "higher", "%", (0.0, 1.0))


@given(st.text(max_size=8))
def test_an_integer_matches_digits_only(text: str) -> None:
    found = one_of(Parameter("level", "integer"), name="m_at_{level}").find(f"m_at_{text}")
    if text and all(character in "0123456789" for character in text):
        assert found is not None
        assert found.at == int(text)
    else:
        assert found is None


@given(st.text(max_size=8))
def test_a_decimal_is_digits_with_at_most_one_point(text: str) -> None:
    found = one_of(Parameter("rate", "decimal"), name="m_{rate}gbit").find(f"m_{text}gbit")
    parts = text.split("p")
    if len(parts) <= 2 and all(part and all(c in "0123456789" for c in part) for part in parts):
        assert found is not None
        assert found.at == float(".".join(parts))
    else:
        assert found is None


@given(st.text(max_size=8))
def test_choices_match_themselves_only(text: str) -> None:
    found = one_of(Parameter("attack", choices=CHOICES), name="m_{attack}").find(f"m_{text}")
    assert (found is not None) == (text in CHOICES)


def test_words_replace_the_values_of_parameters() -> None:
    pair = (Parameter("true", choices=CHOICES), Parameter("rate", "decimal"))
    declared = Metric("{true}_at_{rate}", "{true} at {rate}", "number", None, header="{rate}", parameters=pair)
    metrics = MetricSet((declared,))
    found = metrics["linf_at_0p25"]
    assert (found.title, found.header, found.at) == ("l∞ at 0.25", "0.25", 0.25)
    assert metrics.find("l2_at_0p25") is None
    assert Parameter("x").title("held_out_eps") == "held out eps"
    assert math.isnan(metrics.declared[0].at)


@given(st.lists(st.integers(0, 999), min_size=1, unique=True), st.booleans())
def test_columns_of_numbers_rise_or_fall(levels: list[int], descending: bool) -> None:
    metrics = one_of(Parameter("level", "integer", descending=descending), name="m_at_{level}")
    found = sorted((metrics[f"m_at_{level}"] for level in levels), key=lambda metric: metric.place)
    assert [int(metric.at) for metric in found] == sorted(levels, reverse=descending)


@given(st.permutations(["second", "first_clean", "first_linf", "first_l1", "third_7", "third_26"]))
def test_columns_stand_in_the_order_of_declarations_then_of_choices(names: list[str]) -> None:
    metrics = MetricSet(
        (
            Metric("first_{a}", "first {a}", "share", "higher", parameters=(Parameter("a", choices=CHOICES),)),
            Metric("second", "second", "share", "higher"),
            Metric("third_{n}", "third {n}", "share", "higher", parameters=(Parameter("n", "integer"),)),
        )
    )
    found = sorted((metrics[name] for name in names), key=lambda metric: metric.place)
    assert [metric.name for metric in found] == [
        *("first_clean", "first_linf", "first_l1", "second", "third_7", "third_26")
    ]


def test_unlisted_names_come_after_the_choices() -> None:
    parameter = Parameter("a", choices=CHOICES)
    assert [parameter.place(value) for value in ("clean", "linf", "l1", "other")] == [0, 1, 2, 3]


UNITS = {"share": "%", "time": "ms", "size": "bytes", "rate": "Gbit/s", "factor": "×"}
RANGES = {"share": (0.0, 1.0), **dict.fromkeys(("score", "number"), (-math.inf, math.inf))}
LOGARITHMIC = {"error", "time", "size", "rate", "factor"}


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_kind_has_a_unit_a_scale_and_bounds(kind: Kind) -> None:
    metric = Metric("m", "title", kind, "lower")
    assert metric.unit == UNITS.get(kind, "")
    assert metric.header == f"title {metric.unit}".strip()
    assert metric.scale == ("log" if kind in LOGARITHMIC else "linear")
    assert metric.bounds == RANGES.get(kind, (0.0, math.inf))
    own = Metric("m", "title", kind, "lower", unit="MW", scale="linear", bounds=(-2.0, 3.0), header="column")
    assert (own.unit, own.scale, own.bounds, own.header) == ("MW", "linear", (-2.0, 3.0), "column")


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(get_args(Kind)))
def test_values_outside_the_bounds_are_not_allowed(value: float, kind: Kind) -> None:
    metric = Metric("m", "title", kind, "lower")
    assert metric.bounds is not None
    low, high = metric.bounds
    assert metric.allows(value) == (math.isnan(value) or low <= value <= high)


LEVEL = (Parameter("level", "integer"),)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "m_{level}"}, r"metric 'm_\{level\}': expected the parameters \['level'\], got \(\)"),
        ({"parameters": LEVEL}, r"metric 'm': expected the parameters \[\], got \(Parameter"),
        ({"better": "up"}, "metric 'm': better must be 'higher', 'lower' or None, got 'up'"),
        ({"kind": "percent"}, "metric 'm': kind must be one of .*, got 'percent'"),
        ({"title": "at {level}"}, r"metric 'm': its title, header or beside names no parameter \{'level'\}"),
        ({"header": "{p||q}"}, r"metric 'm': its title, header or beside names no parameter \{'p\|\|q'\}"),
        ({"beside": "n_{level}"}, r"metric 'm': its title, header or beside names no parameter \{'level'\}"),
        ({"bounds": (1.0, 0.0)}, r"metric 'm': bounds must rise, got \(1\.0, 0\.0\)"),
        ({"bounds": (0.0, math.nan)}, r"metric 'm': bounds must rise"),
        ({"bounds": 5}, "metric 'm': bounds must be two numbers, got 5"),
        ({"bounds": (0, 1, 2)}, r"metric 'm': bounds must be two numbers, got \(0, 1, 2\)"),
        ({"name": ""}, "metric '': its name must be a text, got ''"),
        ({"title": " "}, "metric 'm': its title must be a text, got ' '"),
        ({"title": "a {"}, r"metric 'm': a brace of its title is not closed or not opened, got 'a \{'"),
        ({"header": "gap } b"}, r"metric 'm': a brace of its header is not closed or not opened, got 'gap \} b'"),
        ({"scale": "logg"}, r"metric 'm': scale must be one of \('linear', 'log'\), got 'logg'"),
        (
            {"kind": "score", "scale": "log"},
            r"metric 'm': the log scale needs bounds of 0 or more, got \(-inf",
        ),
        ({"kind": "error", "bounds": (-1.0, 1.0)}, "metric 'm': the log scale needs bounds of 0 or more"),
        ({"floor": 1e-3}, "metric 'm': a floor belongs to the log scale, got 0.001 with scale 'linear'"),
        ({"kind": "error", "floor": -1.0}, "metric 'm': floor must be a number of 0 or more, got -1.0"),
        ({"kind": "error", "counts_items": True}, "metric 'm': only a share counts items, got kind 'error'"),
        (
            {"name": "m_{level}_{level}", "parameters": LEVEL * 2},
            r"metric 'm_\{level\}_\{level\}': the parameters level stand in its name twice",
        ),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        Metric(**{"name": "m", "title": "title", "kind": "share", "better": "higher", **fields})


def test_tables_and_neighbours_must_be_declared() -> None:
    with pytest.raises(ValueError, match="tables are named by metrics and not declared: levels"):
        MetricSet((Metric("m", "m", "share", "higher", table="levels"),))
    with pytest.raises(ValueError, match="metric 'm' stands beside 'n', which is not declared"):
        MetricSet((Metric("m", "m", "share", "higher", beside="n"),))
    with pytest.raises(ValueError, match="metric 'm' of a matrix needs two parameters"):
        MetricSet((Metric("m", "m", "share", None, table="t"),), (MetricTable("t", "T", "matrix"),))


@given(st.text(max_size=30))
def test_an_undeclared_name_is_a_number_without_direction_or_table(name: str) -> None:
    assume(name != "m")
    metrics = MetricSet((Metric("m", "m", "share", "higher"),))
    assert metrics.find(name) is None
    found = metrics[name]
    assert (found.kind, found.better, found.table, found.unit) == ("number", None, "", "")
    assert found.header == found.title == (name.replace("{", "(").replace("}", ")") if name.strip() else "?")


SAMPLES = {"integer": ["7", "26"], "decimal": ["1", "0p1"], "name": ["anything"]}


@pytest.mark.parametrize("protocol", protocol_entries())
def test_no_two_declarations_of_a_protocol_cover_one_name(protocol: str) -> None:
    metrics = protocol_entries()[protocol].metrics
    for one in metrics.declared:
        values = [list(parameter.choices) or SAMPLES[parameter.kind] for parameter in one.parameters]
        for chosen in product(*values):
            name = one.name.format(**dict(zip((p.name for p in one.parameters), chosen, strict=True)))
            found = metrics[name]
            words = {parameter.name: parameter.title(found.values[parameter.name]) for parameter in one.parameters}
            assert found.title == one.title.format(**words)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "float"}, r"parameter 'p': kind must be one of \('integer', 'decimal', 'name'\), got 'float'"),
        ({"name": "1"}, "parameter '1': the name must be an identifier"),
        ({"choices": ("l1", "l2")}, "parameter 'p': choices must map values to titles"),
        (
            {"kind": "integer", "choices": {"half": "½"}},
            "parameter 'p': expected choices of kind integer",
        ),
    ],
)
def test_a_parameter_that_contradicts_itself_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        Parameter(**{"name": "p", **fields})


def test_a_table_has_a_name_of_its_own_and_a_known_layout() -> None:
    with pytest.raises(ValueError, match=r"^table 't': layout must be one of \('columns', 'matrix'\), got 'matrx'"):
        MetricTable("t", "T", "matrx")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^a table of metrics needs a name"):
        MetricTable("", "T")
    with pytest.raises(ValueError, match=r"^tables are declared twice: t$"):
        MetricSet((Metric("m", "m", "share", "higher"),), (MetricTable("t", "T"), MetricTable("t", "U")))


def pattern(name: str, **kinds: str) -> Metric:
    parameters = tuple(Parameter(key, kind) for key, kind in kinds.items())  # type: ignore[arg-type]
    return Metric(name, "title", "share", "higher", parameters=parameters)


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        (pattern("at_{a}", a="integer"), pattern("at_{b}", b="name"), "at_0"),
        (pattern("at_{a}", a="integer"), pattern("at_{b}", b="decimal"), "at_0"),
        (pattern("{a}_loss", a="name"), pattern("train_{b}", b="name"), "train_loss"),
        (pattern("{a}_ms", a="name"), Metric("total_ms", "T", "time", "lower"), "total_ms"),
        (pattern("{a}p{b}", a="integer", b="integer"), pattern("{c}", c="decimal"), "0p0"),
    ],
)
def test_patterns_with_a_name_in_common_are_refused_with_one(one: Metric, other: Metric, common: str) -> None:
    with pytest.raises(ValueError, match=r"^metric '\w+' is declared twice: ") as error:
        MetricSet((one, other))
    assert str(error.value) == f"metric {common!r} is declared twice: {one.name} and {other.name}"
    assert all(metric.pattern.fullmatch(common) for metric in (one, other))


@given(st.data())
def test_two_patterns_are_accepted_only_where_no_name_matches_both(data: st.DataObject) -> None:
    texts = st.sampled_from(["", "0", "p", "a", "a0"])
    kinds = st.sampled_from(["integer", "decimal", "name", "choice"])

    def drawn(letter: str) -> Metric:
        before, after, kind = data.draw(texts), data.draw(texts), data.draw(kinds)
        choices = {"a": "A", "0p": "B"} if kind == "choice" else {}
        own = Parameter(letter, "name" if kind == "choice" else kind, choices)  # type: ignore[arg-type]
        return Metric(f"{before}{{{letter}}}{after}", "title", "share", "higher", parameters=(own,))

    one, other = drawn("x"), drawn("y")
    names = ("".join(letters) for size in range(1, 8) for letters in product("0pa", repeat=size))
    both = any(one.pattern.fullmatch(name) and other.pattern.fullmatch(name) for name in names)
    try:
        MetricSet((one, other))
    except ValueError:
        assert both
    else:
        assert not both


def test_small_errors_differ_unless_a_floor_is_declared() -> None:
    values = np.array([1e-16, 1e-20])
    free, floored = (scale_of(Metric("m", "m", "error", "lower", floor=floor)) for floor in (0.0, 2.0**-46))
    assert np.allclose(free.analysed(values), [-16, -20])
    assert len(set(floored.analysed(values))) == 1
    assert free.restored(float(free.analysed(np.zeros(1))[0])) == 0.0


def test_a_zero_has_a_text_of_its_own_only_where_one_is_declared() -> None:
    zero = Measure(0.0, 0.0, 3)
    assert measured(Metric("m", "m", "rate", "higher"), zero) == "0"
    assert measured(Metric("m", "m", "rate", "higher", zero="never"), zero) == "never"
