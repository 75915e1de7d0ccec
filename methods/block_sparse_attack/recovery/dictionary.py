"""A validated block dictionary with the quantities that solvers share, each computed once on first use."""

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import scipy.linalg

from .groups import Groups

RANK_TOLERANCE = 1e-10
ORDINARY = 16  # largest power of two, up or down, of entries whose squares need no care in float32


class Dictionary:
    """A dictionary D of p atoms (columns) in R^d, partitioned into groups.

    Zero and duplicate columns are allowed. The p x p Gram matrix is never formed.

    Attributes:
        atoms: D, float64 (d, p), Fortran order, so that a group is contiguous; not copied if it is that already.
        groups: partition of the columns.

    Raises:
        ValueError: `atoms` is not a finite matrix, or the group sizes do not sum to its number of columns.
    """

    def __init__(self, atoms: np.ndarray, groups: Groups | int | Iterable[int]) -> None:
        atoms = np.asarray(atoms)
        if atoms.ndim != 2 or 0 in atoms.shape:
            raise ValueError(f"atoms have shape {atoms.shape}; expected a matrix (d, p) with d, p >= 1")
        self.atoms = np.asfortranarray(atoms, dtype=np.float64)
        if not np.isfinite(self.atoms).all():
            raise ValueError("atoms hold NaN or infinite values; expected finite ones")
        self.groups = Groups.of(groups, self.atoms.shape[1])
        self._ridge: tuple[float, tuple[np.ndarray, bool]] | None = None

    @property
    def dimension(self) -> int:
        """Length d of an atom and of a signal."""
        return self.atoms.shape[0]

    @property
    def rows(self) -> np.ndarray:
        """Transpose D^T, (p, d) in C order; a view."""
        return self.atoms.T

    def block(self, group: int | np.integer) -> np.ndarray:
        """Return D_g, (d, size); a view."""
        return self.atoms[:, self.groups.slice(group)]

    def restricted(self, groups: np.ndarray) -> "Dictionary":
        """Return the dictionary of some groups, in the order given."""
        return Dictionary(self.atoms[:, self.groups.columns_of(groups)], self.groups.subset(groups))

    def checked_signals(self, signals: np.ndarray) -> np.ndarray:
        """Return signals as float64 (signals, d) in C order; one signal (d,) becomes a batch of one.

        Raises:
            ValueError: another length than d, more than two axes, or a value that is not finite.
        """
        given = np.asarray(signals)
        rows = given[None] if given.ndim == 1 and given.size else given
        if rows.ndim != 2 or rows.shape[1] != self.dimension:
            raise ValueError(f"signals have shape {given.shape}; expected (signals, {self.dimension})")
        rows = np.ascontiguousarray(rows, dtype=np.float64)
        if not np.isfinite(rows).all():
            raise ValueError("signals hold NaN or infinite values; expected finite ones")
        return rows

    def checked_codes(self, codes: np.ndarray | None, signals: int) -> np.ndarray:
        """Return a fresh float64 array (signals, p) of codes to start from; zeros for None.

        Raises:
            ValueError: another shape, or a value that is not finite.
        """
        if codes is None:
            return np.zeros((signals, self.groups.columns))
        start = np.array(codes, np.float64, order="C", ndmin=2)
        if start.shape != (signals, self.groups.columns):
            raise ValueError(f"start has shape {np.shape(codes)}; expected ({signals}, {self.groups.columns})")
        if not np.isfinite(start).all():
            raise ValueError("start holds NaN or infinite values; expected finite ones")
        return start

    @cached_property
    def ordinary(self) -> tuple["Dictionary", int]:
        """The dictionary of atoms ``2^-a D`` and a; itself and 0 where its largest entry is of ordinary size."""
        power = int(np.frexp(np.abs(self.atoms).max())[1])
        if abs(power) <= ORDINARY or not self.atoms.any():
            return self, 0
        return Dictionary(np.ldexp(self.atoms, -power), self.groups), power

    @cached_property
    def rows32(self) -> np.ndarray:
        """Transpose D^T in float32, (p, d) in C order."""
        return self.rows.astype(np.float32)

    @cached_property
    def lipschitz(self) -> float:
        """``||D||_2^2``, the Lipschitz constant of the gradient of the least-squares term."""
        d, p = self.atoms.shape
        outer = self.atoms @ self.rows if d <= p else self.rows @ self.atoms
        n = len(outer)
        return float(
            scipy.linalg.eigh(outer, eigvals_only=True, subset_by_index=(n - 1, n - 1), check_finite=False)[0]
        )

    def ridge_factor(self, rho: float) -> tuple[np.ndarray, bool]:
        """Return the Cholesky factor of ``D D^T + rho I`` for ``scipy.linalg.cho_solve``; the last is kept."""
        if self._ridge is None or self._ridge[0] != rho:
            outer = self.atoms @ self.rows
            outer[np.diag_indices(self.dimension)] += rho
            self._ridge = rho, scipy.linalg.cho_factor(outer, lower=True, overwrite_a=True, check_finite=False)
        return self._ridge[1]

    @cached_property
    def spectral_norms(self) -> np.ndarray:
        """``||D_g||_2`` of each group."""
        blocks = (self.block(g) for g in range(self.groups.count))
        squares = (block.T @ block if block.shape[1] <= self.dimension else block @ block.T for block in blocks)
        return np.sqrt(np.maximum([np.linalg.eigvalsh(square)[-1] for square in squares], 0.0))

    @cached_property
    def factors(self) -> tuple["GroupFactor", ...]:
        """Thin singular value decompositions of the groups."""
        return tuple(GroupFactor.of(self.block(g)) for g in range(self.groups.count))

    @cached_property
    def orthonormal(self) -> "Dictionary":
        """The dictionary of orthonormal bases of the groups' spans; a group has as many atoms as its rank."""
        return _orthonormal(self)


def _orthonormal(dictionary: Dictionary) -> Dictionary:
    """Return U_g of each group's thin SVD as its atoms; a zero column for a zero block, since no group is empty."""
    bases = [f.basis / np.sqrt(f.squares) for f in dictionary.factors]
    bases = [basis if basis.shape[1] else np.zeros((dictionary.dimension, 1)) for basis in bases]
    return Dictionary(np.concatenate(bases, axis=1), [basis.shape[1] for basis in bases])


class GroupFactor:
    """The thin SVD of one group, ``D_g = U diag(s) V^T``, without singular values that are rounding errors.

    Attributes:
        basis: B_g = U diag(s), (d, rank); ``D_g c_g = B_g z_g`` and ``||c_g|| = ||z_g||`` for ``z_g = V^T c_g``
            and c_g in the row space.
        squares: s^2, (rank,); `basis` has orthogonal columns of these squared norms.
        rotation: V, (size, rank).
    """

    def __init__(self, basis: np.ndarray, squares: np.ndarray, rotation: np.ndarray) -> None:
        self.basis, self.squares, self.rotation = basis, squares, rotation

    @classmethod
    def of(cls, block: np.ndarray) -> "GroupFactor":
        """Factorise D_g; a zero block has rank 0."""
        left, values, right = scipy.linalg.svd(block, full_matrices=False, check_finite=False)
        kept = values > RANK_TOLERANCE * max(values[0], np.finfo(float).tiny)
        return cls(
            np.asfortranarray(left[:, kept] * values[kept]), values[kept] ** 2, np.ascontiguousarray(right[kept].T)
        )
