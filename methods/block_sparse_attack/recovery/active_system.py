"""The linear system of the active groups, factorised in its smaller form.

With variances v_g the codes solve ``(A^T A + W) c = A^T x``, W = diag(1/v_g) over the n active columns A. If n <= d
the n x n matrix is factorised; otherwise ``M = I + A W^-1 A^T``, d x d, and the inversion lemma does the rest.
Float32 suffices: a solve is always a correction to codes whose residual was computed in float64.
"""

from typing import Protocol

import numpy as np
from scipy.linalg.lapack import get_lapack_funcs

from .cross_products import GramBlocks, OuterProducts
from .dictionary import Dictionary

SINGLE_PRECISION_LIMIT = 1e5


class SingularSystem(ArithmeticError):
    """A factorisation broke down: the system is not positive definite in the precision at hand."""


class ActiveSystem(Protocol):
    """A factorised system of the active groups."""

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Return ``(A^T A + W)^-1 right``, (n,)."""
        ...

    def curvature(self, directions: list[np.ndarray]) -> np.ndarray:
        """Return ``(D_g q_g)^T M^-1 (D_h q_h)`` of all pairs of active groups, (active, active)."""
        ...


class SystemFactory:
    """Factory of factorised active systems of one dictionary; safe to use from several threads."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._gram: GramBlocks | None = None
        self._outer: OuterProducts | None = None

    def prepare(self) -> None:
        """Allocate the stores of shared products (before threads start)."""
        self._gram = self._gram or GramBlocks(self._dictionary)
        self._outer = self._outer or OuterProducts(self._dictionary)

    def factorise(self, active: np.ndarray, variances: np.ndarray) -> ActiveSystem:
        """Return the system of some groups with their variances, both (active,).

        Raises:
            SingularSystem: not positive definite even in float64.
        """
        condition = self._dictionary.lipschitz * variances.max()
        if condition < SINGLE_PRECISION_LIMIT:
            try:
                return self._build(active, variances, np.float32)
            except SingularSystem:
                pass
        return self._build(active, variances, np.float64)

    def _build(self, active: np.ndarray, variances: np.ndarray, dtype: type) -> ActiveSystem:
        dictionary = self._dictionary
        columns = int(np.asarray(dictionary.groups.sizes)[active].sum())
        form = _PrimalSystem if columns <= dictionary.dimension else _DualSystem
        return form(dictionary, active, variances, self._matrix(form, active, variances, dtype))

    def _matrix(self, form: type, active: np.ndarray, variances: np.ndarray, dtype: type) -> np.ndarray:
        dictionary = self._dictionary
        if dtype is np.float32:
            self.prepare()
            assert self._gram is not None
            assert self._outer is not None
            if form is _DualSystem:
                return self._outer.assemble(active, variances)
            if self._gram.fits(len(active)):
                return self._gram.assemble(active)
        rows = (dictionary.rows if dtype is np.float64 else dictionary.rows32)[dictionary.groups.columns_of(active)]
        if form is _PrimalSystem:
            return np.asfortranarray(rows @ rows.T)
        scaled = rows * np.sqrt(np.repeat(variances, np.asarray(dictionary.groups.sizes)[active]))[:, None].astype(
            dtype
        )
        matrix = np.asfortranarray(scaled.T @ scaled)
        matrix[np.diag_indices(len(matrix))] += 1
        return matrix


class _Factorised:
    """Base of both forms: the blocks, the variances and a lower Cholesky factor."""

    def __init__(
        self, dictionary: Dictionary, active: np.ndarray, variances: np.ndarray, matrix: np.ndarray
    ) -> None:
        self._sizes = np.asarray(dictionary.groups.sizes)[active]
        self._variances, self._spread = variances, np.repeat(variances, self._sizes)
        self._add_weights(matrix)
        rows = dictionary.rows32 if matrix.dtype == np.float32 else dictionary.rows
        self._blocks = [rows[dictionary.groups.slice(g)] for g in active]
        factorise, self._potrs, self._trtrs = get_lapack_funcs(("potrf", "potrs", "trtrs"), (matrix,))
        self._lower, info = factorise(matrix, lower=1, clean=0, overwrite_a=1)
        if info:
            raise SingularSystem(f"pivot {info} of {len(matrix)} is not positive")

    def _add_weights(self, matrix: np.ndarray) -> None:
        """Complete the assembled matrix by its diagonal, where it lacks it."""

    def _solved(self, right: np.ndarray) -> np.ndarray:
        return self._potrs(self._lower, right.astype(self._lower.dtype), lower=1)[0].astype(np.float64)


class _PrimalSystem(_Factorised):
    """``A^T A + W``, n x n."""

    def _add_weights(self, matrix: np.ndarray) -> None:
        matrix[np.diag_indices(len(matrix))] += (1 / self._spread).astype(matrix.dtype)

    def solve(self, right: np.ndarray) -> np.ndarray:
        return self._solved(right)

    def curvature(self, directions: list[np.ndarray]) -> np.ndarray:
        # D^T M^-1 D = W - W (A^T A + W)^-1 W on the active columns.
        weighted = np.zeros((len(self._spread), len(directions)), self._lower.dtype, order="F")
        start = 0
        for j, (q, v) in enumerate(zip(directions, self._variances, strict=True)):
            weighted[start : start + len(q), j] = q / v
            start += len(q)
        half = self._trtrs(self._lower, weighted, lower=1, overwrite_b=1)[0].astype(np.float64)
        squares = np.array([q @ q for q in directions]) / self._variances
        return np.diag(squares) - half.T @ half


class _DualSystem(_Factorised):
    """``I + A W^-1 A^T``, d x d."""

    def solve(self, right: np.ndarray) -> np.ndarray:
        # (A^T A + W)^-1 = V - V A^T M^-1 A V with V = W^-1.
        dtype = self._lower.dtype
        scaled = (self._spread * right).astype(dtype)
        ends = np.cumsum(self._sizes)
        lifted = np.zeros(len(self._lower), dtype)
        for block, end in zip(self._blocks, ends, strict=True):
            lifted += scaled[end - len(block) : end] @ block
        inner = self._potrs(self._lower, lifted, lower=1)[0]
        return self._spread * (right - np.concatenate([block @ inner for block in self._blocks]))

    def curvature(self, directions: list[np.ndarray]) -> np.ndarray:
        dtype = self._lower.dtype
        images = np.stack([q.astype(dtype) @ block for q, block in zip(directions, self._blocks, strict=True)])
        half = self._trtrs(self._lower, images.T, lower=1, overwrite_b=1)[0].astype(np.float64)
        return half.T @ half
