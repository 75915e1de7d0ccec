"""Charts of gradient compression: parts of a step's time, and modelled step times on slower and faster links."""

import math
from itertools import pairwise

from harness.contract.metric import Metric
from harness.plots.charts import BarChart, LineChart, Scaled, Series, Spot, averaged
from harness.plots.style import numbered
from harness.tables.measured import number
from harness.tables.related import grouped, having
from harness.tables.values import BoardRow, TaskTable

PARTS = ("compute_ms", "encode_ms", "communicate_ms", "decode_ms")
NEGLIGIBLE = 0.01
"""Largest share of a step that may remain unaccounted for without being drawn."""
COMMON_LINK = 1.0
"""Bandwidth in Gbit/s of the link in the figure's title, where that link is modelled."""


def step_chart(table: TaskTable) -> BarChart | None:
    """Return the parts of each contender's step as a bar; None where fewer than two parts were measured."""
    metrics = table.task.metrics
    parts = [metrics[name] for name in PARTS if any(name in row.measures for row in table.rows)]
    if len(parts) < 2:
        return None
    rows = having(table, parts)
    values = [[_mean(row, part.name, 0.0) for part in parts] for row in rows]
    totals = {row.contender: _mean(row, "step_ms", sum(own)) for row, own in zip(rows, values, strict=True)}
    rests = [max(totals[row.contender] - sum(own), 0.0) for row, own in zip(rows, values, strict=True)]
    headers = [part.header for part in parts]
    if any(rest > NEGLIGIBLE * total for rest, total in zip(rests, totals.values(), strict=True)):
        values = [[*own, rest] for own, rest in zip(values, rests, strict=True)]
        headers.append("other")
    best = min(totals, key=totals.__getitem__)
    return BarChart(
        f"{table.task.name}-step",
        "traffic",
        f"{table.task.title}: {best} has the shortest step on this machine, "
        f"a mean of {number(metrics['step_ms'], totals[best])} ms",
        f"{averaged(table)}; no part overlaps another.",
        "milliseconds a step",
        tuple(row.contender for row in rows),
        tuple(row.kind for row in rows),
        tuple(headers),
        tuple(map(tuple, values)),
        tuple(number(metrics["step_ms"], total) for total in totals.values()),
    )


def _mean(row: BoardRow, name: str, absent: float) -> float:
    return row.measures[name].mean if name in row.measures else absent


def link_chart(table: TaskTable) -> LineChart | None:
    """Return the modelled time of a step against bandwidth; None with fewer than two bandwidths."""
    metrics = {m.at: m for m in grouped(table).get("links", []) if math.isfinite(m.at)}
    if len(metrics) < 2:
        return None
    numbers = numbered(table.rows)
    series = tuple(_series(row, metrics, numbers[row.contender]) for row in having(table, list(metrics.values())))
    link = COMMON_LINK if COMMON_LINK in metrics else sorted(metrics)[len(metrics) // 2]
    times = {one.label: spot.y for one in series for spot in one.spots if spot.x == link}
    best = min(times, key=times.__getitem__)
    even = "; rings: break-even with dense gradients at equal computing" if any(one.mark for one in series) else ""
    return LineChart(
        f"{table.task.name}-links",
        "links",
        f"{table.task.title}: at {link:g} Gbit/s {best} has the shortest modelled step, {times[best]:.3g} ms",
        f"{averaged(table)}; measured computing and coding, counted bytes, no overlap{even}.",
        Scaled("bandwidth of the link, Gbit/s", logarithmic=True, ticks=tuple(metrics)),
        Scaled("modelled time of a step, ms", logarithmic=True),
        series,
    )


def _series(row: BoardRow, metrics: dict[float, Metric], label: int) -> Series:
    spots = tuple(
        Spot(at, known.mean, known.std, f"{number(m, known.mean)} ms at {at:g} Gbit/s")
        for at, m in metrics.items()
        if (known := row.measures.get(m.name)) and known.mean > 0
    )
    return Series(row.contender, row.kind, label, spots, _break_even(row, spots))


def _break_even(row: BoardRow, spots: tuple[Spot, ...]) -> Spot | None:
    """Return the place on the row's line at its break-even bandwidth, if it lies within the bandwidths."""
    known = row.measures.get("break_even_gbit")
    if known is None or not math.isfinite(known.mean):
        return None
    at = known.mean
    for a, b in pairwise(spots):
        if a.x <= at <= b.x:
            share = math.log(at / a.x) / math.log(b.x / a.x)
            y = math.exp((1 - share) * math.log(a.y) + share * math.log(b.y))
            return Spot(at, y, math.nan, f"break-even at {at:.3g} Gbit/s")
    return None
