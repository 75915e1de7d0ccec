"""How a metric is presented, told from its name: title, unit, scale, direction, and the table it belongs to.

Protocols name their metrics by a grammar (``accuracy_at_26``, ``attacks_l1_as_l2``, ``modelled_step_ms_0p1gbit``);
this room reads it, so that tables, figures and claims need to know no protocol. An unknown name is shown as it is.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

Kind = Literal["percent", "log10", "plain"]
Unit = Literal["%", "ms", "bytes", "Gbit/s", "×", ""]


@dataclass(frozen=True)
class Metric:
    """A metric's presentation.

    Attributes:
        title: in words, with what it is at or under.
        kind: the scale that it is averaged and tested on by claims, as in `Scale`.
        unit: of shown values; shares are shown in percent.
        higher_is_better: None where neither side is better.
        group: the table of related metrics that it belongs to; "" for none.
        header: its column's header in that table.
        at: the level (percent) or the bandwidth (Gbit/s) that it is for; NaN without one.
        place: where it stands in its table.
    """

    name: str
    title: str
    kind: Kind
    unit: Unit
    higher_is_better: bool | None
    group: str
    header: str
    at: float = math.nan
    place: tuple[float, ...] = ()


CONDITIONS: Mapping[str, str] = {
    "": "all attacks",
    "clean": "clean",
    "l1": "l1",
    "l2": "l2",
    "linf": "l∞",
    "carlini_wagner": "Carlini–Wagner",
    "held_out_eps": "held-out radii",
    "other_network": "other network",
}
"""What signals a metric is over, as its name ends -> as it is shown, in the order of the columns."""


@dataclass(frozen=True)
class _Rule:
    """Names that match `pattern` are presented so; {0}, {1} stand for its groups in words."""

    pattern: str
    title: str
    kind: Kind
    unit: Unit
    better: bool | None
    group: str = ""
    header: str = ""


_TIME, _SHARE = ("log10", "ms", False), ("percent", "%", True)
_RULES = tuple(
    _Rule(*rule)
    for rule in (
        (r"accuracy_at_(\d+)", "accuracy at {0} % kept", *_SHARE, "levels", "≈ {0} % kept"),
        (r"density_at_(\d+)", "kept density at the level {0} %", "percent", "%", None, "levels", "≈ {0} % kept"),
        (r"time_ratio_at_(\d+)", "time ÷ dense at {0} % kept", "log10", "×", False, "level times", "≈ {0} % kept"),
        (r"block_share_at_(\d+)", "share in blocks at {0} % kept", "percent", "%", None, "blocks", "≈ {0} % kept"),
        (r"white_box_accuracy(?:_(.+))?", "accuracy, white box, {0}", *_SHARE, "white box", "{0}"),
        (r"attack_accuracy(?:_(.+))?", "accuracy of the attack, {0}", *_SHARE, "families", "{0}"),
        (r"attack_recall_(.+)", "recall of the attack, {0}", *_SHARE, "families", "recall {0}"),
        (r"attacks_(.+)_as_(.+)", "attack {0} told as {1}", "percent", "%", None, "confusion", "{0} as {1}"),
        (r"balanced_accuracy", "mean recall", *_SHARE, "classes", "mean recall"),
        (r"worst_recall", "worst recall", *_SHARE, "classes", "worst"),
        (r"recall_(.+)", "recall of class {0}", *_SHARE, "classes", "{0}"),
        (r"accuracy_held_out_eps_(.+)", "accuracy, held-out radius of {0}", *_SHARE, "held out", "{0}"),
        (r"accuracy_(.+)", "accuracy, {0}", *_SHARE, "conditions", "{0}"),
        (r"clean_attack_energy", "attack energy found in clean signals", "plain", "", False, "signals",
         "attack energy, clean"),
        (r"attack_energy", "attack energy found in attacked signals", "plain", "", None, "signals",
         "attack energy, attacked"),
        (r"denoising_error", "relative error of the signal without the attack", "plain", "", False, "signals",
         "denoising error"),
        (r"gap", "duality gap", "plain", "", False, "signals", "duality gap"),
        (r"ms_per_signal", "time a signal", *_TIME, "signals", "ms a signal"),
        (r"bytes_per_step", "bytes sent a step", "log10", "bytes", False, "traffic", "sent a step"),
        (r"loopback_bytes_per_step", "bytes on the interface a step", "log10", "bytes", False, "traffic",
         "on the interface"),
        (r"kept_ratio", "share of gradient entries sent", "plain", "", False, "traffic", "entries sent"),
        (r"step_ms", "time of a step", *_TIME, "traffic", "step"),
        (r"compute_ms", "time to compute in a step", *_TIME, "traffic", "compute"),
        (r"encode_ms", "time to encode in a step", *_TIME, "traffic", "encode"),
        (r"communicate_ms", "time to communicate in a step", *_TIME, "traffic", "communicate"),
        (r"decode_ms", "time to decode in a step", *_TIME, "traffic", "decode"),
        (r"modelled_step_ms_(\d+(?:p\d+)?)gbit", "modelled step time at {0} Gbit/s", *_TIME, "links", "{0} Gbit/s"),
        (r"break_even_gbit", "bandwidth up to which it pays", "log10", "Gbit/s", True, "links",
         "pays up to, Gbit/s"),
        (r"nll", "NLL", "plain", "", False),
        (r"test_peek_max", "peeked maximum (diagnostic)", "percent", "%", None),
        (r"accuracy|roc_auc", "", *_SHARE),
        (r"mse", "", "log10", "", False),
        (r".+_ms|ms_per_.+", "", *_TIME),
        (r"(?:.+_)?bytes(?:_.+)?", "", "log10", "bytes", False),
        (r"time_ratio(?:_.+)?", "", "log10", "×", False),
    )
)  # fmt: skip
"""The first rule that matches the whole name holds; their order is that of the columns in a table."""


@cache
def metric(name: str) -> Metric:
    """Return how a metric is presented."""
    for number, rule in enumerate(_RULES):
        match = re.fullmatch(rule.pattern, name)
        if match is not None:
            return _presented(name, number, rule, [found or "" for found in match.groups()])
    return Metric(name, name, "plain", "", None, "", name)


def _presented(name: str, number: int, rule: _Rule, found: list[str]) -> Metric:
    words = [_words(part) for part in found]
    counted = rule.group in _COUNTED and bool(words)
    at = float(words[0]) if counted and words[0] else math.nan
    # Levels go from dense to sparse, bandwidths from slow to fast, conditions as they are listed.
    order = (at if rule.group == "links" else -at,) if counted else tuple(map(_rank, found))
    return Metric(
        name,
        rule.title.format(*words) or name,
        rule.kind,
        rule.unit,
        rule.better,
        rule.group,
        rule.header.format(*words) or rule.title or name,
        at,
        order if rule.group == "levels" else (float(number), *order),
    )


_COUNTED = ("levels", "level times", "blocks", "links")
"""Groups whose names hold a number: a level or a bandwidth."""


def _rank(part: str) -> float:
    """Return where a condition stands among the others; unknown ones come last."""
    known = list(CONDITIONS)
    return float(known.index(part) if part in CONDITIONS else len(known))


def _words(part: str) -> str:
    """Return a part of a name in words: a condition's title, a number with its point, or the part as it is."""
    if re.fullmatch(r"\d+p\d+", part):
        return part.replace("p", ".")
    return CONDITIONS.get(part, part.replace("_", " "))


def kind_of(name: str) -> Kind:
    """Return the scale that a metric is averaged and tested on."""
    return metric(name).kind


def higher_is_better(name: str) -> bool | None:
    """Return the direction of a metric; None for one that has none or is unknown."""
    return metric(name).higher_is_better
