"""Estimates with intervals, a line each, on one axis: the drawing behind dot plots and ratio plots."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.report.figures.axes import Axis, Labeller, spanning
from harness.report.figures.canvas import Canvas

WIDTH, LINE, TOP, BOTTOM = 390.0, 20.0, 24.0, 40.0
CHARACTER = 7.0
"""Width of a character of the labels in the drawing's unit, on average."""


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        series: what the legend shows and hides it with; its colour's class is ``c-<series>``.
        estimate: NaN where there is none; `instead` then says why.
        low, high: NaN where there is no interval.
        aside: written at the right.
        says: all of it in words.
        other: a second value, drawn as a bar; NaN for none.
    """

    label: str
    series: str
    shape: str
    says: str
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    aside: str = ""
    instead: str = ""
    other: float = math.nan


@dataclass(frozen=True)
class Frame:
    """What surrounds the lines.

    Attributes:
        aside: header of what is written at the right.
        rule: a value to compare with, drawn as a vertical line; NaN for none.
        within: values beyond are cut off, e.g. accuracies above 100 %.
    """

    axis: str
    ticks: Labeller
    aside: str = ""
    logarithmic: bool = False
    rule: float = math.nan
    within: tuple[float, float] = (-math.inf, math.inf)


def draw_intervals(name: str, title: str, description: str, lines: Sequence[Line], frame: Frame) -> Markup:
    """Draw the lines from top to bottom; an interval that goes on beyond the axis ends in an arrowhead."""
    left = min(CHARACTER * max(len(line.label) for line in lines) + 12, 0.45 * WIDTH)
    right = WIDTH - 12 - CHARACTER * max([0, *(len(line.aside) for line in lines if line.aside), len(frame.aside)])
    height = TOP + LINE * len(lines) + BOTTOM
    values = [v for line in lines for v in (line.estimate, line.low, line.high, line.other)]
    axis = spanning([*values, frame.rule], left, right, logarithmic=frame.logarithmic, within=frame.within)
    canvas = Canvas(name, WIDTH, height, title, description)
    floor = height - BOTTOM
    for tick in axis.ticks():
        canvas.line((axis(tick), TOP - 4), (axis(tick), floor), "grid")
        canvas.text((axis(tick), floor + 15), frame.ticks(tick), "tick", "middle")
    if math.isfinite(frame.rule):
        canvas.line((axis(frame.rule), TOP - 4), (axis(frame.rule), floor), "rule")
    canvas.text(((left + right) / 2, height - 6), frame.axis, "axis", "middle")
    if frame.aside:
        canvas.text((WIDTH - 4, TOP - 10), frame.aside, "tick", "end")
    for number, line in enumerate(lines):
        y = TOP + LINE * (number + 0.5)
        with canvas.series(line.series, f"c-{line.series}"):
            canvas.text((left - 10, y + 4), shortened(line.label, left - 12), "label", "end")
            canvas.text((WIDTH - 4, y + 4), line.aside, "tick", "end")
            with canvas.mark(line.says):
                _line(canvas, axis, line, y, left)
    return canvas.markup()


def _line(canvas: Canvas, axis: Axis, line: Line, y: float, left: float) -> None:
    canvas.line((axis.start, y), (axis.end, y), "target")
    if math.isfinite(line.other):
        canvas.marker((axis(line.other), y), "bar", "other", 7)
    if not math.isfinite(line.estimate):
        canvas.text((left + 6, y + 4), shortened(line.instead, axis.end - left - 6), "instead")
        return
    if math.isfinite(line.low) and math.isfinite(line.high):
        ends = axis(line.low), axis(line.high)
        canvas.line((ends[0], y), (ends[1], y), "interval")
        for value, x, towards in ((line.low, ends[0], 5), (line.high, ends[1], -5)):
            if not axis.holds(value):
                canvas.path([(x + towards, y - 4), (x, y), (x + towards, y + 4)], "interval")
    canvas.marker((axis(line.estimate), y), line.shape, "point")


def shortened(label: str, room: float) -> str:
    """Return a label that fits into `room` units, its end cut off if it must be."""
    fitting = max(int(room / CHARACTER), 2)
    return label if len(label) <= fitting else label[: fitting - 1] + "…"
