"""Selection of the columns of a row group that become dense."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from methods.structured_tickets.validation import IntArray, as_mask, check_choice, check_number

RULES = ("ratio", "threshold")


def select_columns(sub: ArrayLike, rule: str = "ratio", param: float = 1.5) -> IntArray:
    """Columns of a dense block over the rows of a group.

    "ratio" (param t > 0): columns ordered by their nonzeros, descending, ties by index; the shortest prefix of
    length i > t * max over rows of the nonzeros outside the prefix: a dense row of i columns costs as much as t
    times the irregular leftovers of the fullest row. "threshold" (param t2 >= 1): columns with t2 nonzeros or more.
    Neither selects a column without nonzeros.

    Args:
        sub: the group's rows of a mask, binary, shape (r, n).
        rule: "ratio" or "threshold".
        param: t or t2.

    Returns:
        Ascending column indices, int64; none if the group has no nonzeros.

    Raises:
        ValueError: a bad mask, rule or param.

    Source: "ratio" is the rule of the authors' code for inference, "threshold" that of Algorithm 3 of the paper.
    """
    from methods.structured_tickets.column_selection import ratio_columns, threshold_columns

    sub = as_mask(sub, "sub")
    param = check_rule(rule, param)
    rows = np.arange(len(sub), dtype=np.int64)
    select = ratio_columns if rule == "ratio" else threshold_columns
    columns: IntArray = select(sub.view(np.uint8), rows, param)
    return columns


def check_rule(rule: Any, param: Any) -> float:
    """Return the parameter of a rule as a float.

    Raises:
        ValueError: an unknown rule, t <= 0 or t2 < 1.
    """
    if check_choice(rule, "rule", RULES) == "ratio":
        return check_number(param, 'param (t of rule "ratio")', above=0.0)
    return check_number(param, 'param (t2 of rule "threshold")', least=1.0)
