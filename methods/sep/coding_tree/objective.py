"""Quantities that the greedy builder minimises, as evaluated in the published code."""

import math
from dataclasses import dataclass
from math import log2
from typing import Literal

Mode = Literal["grow", "direct"]
Priority = Literal["flat", "combine"]
Components = Literal["separate", "joint", "joint+1"]
Backend = Literal["fast", "reference"]


@dataclass(frozen=True)
class Objective:
    """Merge priority and removal key, with `plus` added to every volume (0, or 1 for the +1 variant)."""

    priority: Priority
    plus: float

    def merge(self, v_a: float, g_a: float, v_b: float, g_b: float, c: float, total: float) -> float:
        """Priority of merging clusters a and b: smaller is better.

        `flat`: entropy change of making one module of two (Li & Pan 2016, two-dimensional merging), used by the
        published code. `combine`: entropy change of putting a new node above both (the paper's algorithm).
        """
        v_x = v_a + v_b + 2.0 * self.plus
        if self.priority == "combine":
            return -(2.0 * c) * log2(total / v_x) / total
        return (
            (v_a - g_a) * log2(v_x / (v_a + self.plus))
            + (v_b - g_b) * log2(v_x / (v_b + self.plus))
            - 2.0 * c * log2(total / v_x)
        ) / total

    def removal_key(self, inner: float, v_parent: float, v: float) -> float:
        """Order of removals: the entropy increase without its factor 2/vol(G)."""
        ratio = (v_parent + self.plus) / (v + self.plus)
        return inner * (math.log2(ratio) if self.plus else math.log(ratio))

    def log_ratio(self, v_parent: float, v: float) -> float:
        """log2 of a volume ratio in the scores of the two growing moves."""
        return log2((v_parent + self.plus) / (v + self.plus))

    def root_slip(self, crossing: float, total: float) -> float:
        """Bias of the published +1 variant against a level below the root (its old entropy divides by V)."""
        return crossing * log2((total + 1.0) / total) if self.plus and total > 0 else 0.0
