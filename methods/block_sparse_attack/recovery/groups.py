"""The partition of dictionary columns into consecutive groups, of equal or unequal sizes."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit


@dataclass(frozen=True)
class Groups:
    """Consecutive groups of columns: group g is columns ``starts[g]:starts[g + 1]``.

    Raises:
        ValueError: no group, or a size below 1.
    """

    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.sizes or min(self.sizes) < 1:
            raise ValueError(
                f"group sizes are {self.sizes[:8]}; expected at least one group, each of size 1 or more"
            )

    @classmethod
    def equal(cls, columns: int, size: int) -> "Groups":
        """Return groups of `size` columns each.

        Raises:
            ValueError: `size` does not divide `columns`.
        """
        if size < 1 or columns < 1 or columns % size:
            raise ValueError(f"group size is {size}; expected a divisor of the {columns} columns")
        return cls((size,) * (columns // size))

    @classmethod
    def of(cls, groups: "Groups | int | Iterable[int]", columns: int) -> "Groups":
        """Return `groups` as given, or equal groups of that size, or groups of those sizes.

        Raises:
            ValueError: the sizes do not sum to `columns`.
        """
        if isinstance(groups, int | np.integer):
            return cls.equal(columns, int(groups))
        made = groups if isinstance(groups, Groups) else cls(tuple(int(size) for size in groups))
        if made.columns != columns:
            raise ValueError(f"group sizes sum to {made.columns}; expected the {columns} columns of the dictionary")
        return made

    @property
    def count(self) -> int:
        """The number of groups."""
        return len(self.sizes)

    @property
    def columns(self) -> int:
        """The number of columns in all groups."""
        return int(self.starts[-1])

    @cached_property
    def starts(self) -> np.ndarray:
        """First column of each group, and the end of the last; int64 (count + 1,)."""
        return np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)

    def slice(self, group: int | np.integer) -> slice:
        """Return the columns of one group."""
        return slice(int(self.starts[group]), int(self.starts[group + 1]))

    def columns_of(self, groups: np.ndarray) -> np.ndarray:
        """Return the columns of some groups, in the order given."""
        if not len(groups):
            return np.zeros(0, np.int64)
        return np.concatenate([np.arange(self.starts[g], self.starts[g + 1]) for g in groups])

    def subset(self, groups: np.ndarray) -> "Groups":
        """Return the partition that some of the groups form when their columns are put side by side."""
        return Groups(tuple(self.sizes[g] for g in groups))

    def norms(self, rows: np.ndarray) -> np.ndarray:
        """Return the l2 norm of each group of each row: (signals, columns) -> (signals, count)."""
        return _norms(np.ascontiguousarray(rows), self.starts)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Repeat one value a group over the group's columns: (..., count) -> (..., columns)."""
        return np.repeat(values, self.sizes, axis=-1)


@njit(cache=True, nogil=True)
def _norms(rows: np.ndarray, starts: np.ndarray) -> np.ndarray:
    signals, groups = rows.shape[0], starts.size - 1
    norms = np.empty((signals, groups), rows.dtype)
    for b in range(signals):
        for g in range(groups):
            square = rows.dtype.type(0)
            for j in range(starts[g], starts[g + 1]):
                square += rows[b, j] * rows[b, j]
            norms[b, g] = np.sqrt(square)
    return norms
