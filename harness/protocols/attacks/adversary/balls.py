"""Euclidean projections of the rows of a batch, (n, d), onto balls of one radius around zero."""

import numpy as np
from torch import Tensor, arange, from_numpy, where


def onto_l1(points: Tensor, radius: float) -> Tensor:
    """Project onto ``sum |v| <= radius``, exactly: sort, then soft-threshold (Duchi et al. 2008, figure 1)."""
    _check(points, radius)
    if not points.numel():
        return points.clone()
    magnitudes = points.abs()
    ordered = _descending(magnitudes)
    excess = ordered.cumsum(dim=1) - radius  # (n, d)
    ranks = arange(1, points.shape[1] + 1, device=points.device)
    kept = (ordered * ranks > excess).sum(dim=1, keepdim=True).clamp(min=1)
    threshold = (excess.gather(1, kept - 1) / kept).clamp(min=0)
    shrunk = points.sign() * (magnitudes - threshold).clamp(min=0)
    return where(magnitudes.sum(dim=1, keepdim=True) <= radius, points, shrunk)


def onto_l2(points: Tensor, radius: float) -> Tensor:
    """Project onto ``||v||_2 <= radius``: scale rows outside towards zero."""
    _check(points, radius)
    norms = points.norm(dim=1, keepdim=True)
    return points * (radius / norms.clamp(min=1e-30)).clamp(max=1)


def onto_linf(points: Tensor, radius: float) -> Tensor:
    """Project onto ``max |v| <= radius``: clip each coordinate."""
    _check(points, radius)
    return points.clamp(-radius, radius)


def _descending(rows: Tensor) -> Tensor:
    """Sort each row; numpy's sort uses the processor's vectors, torch's does not."""
    if rows.device.type != "cpu":
        return rows.sort(dim=1, descending=True).values
    return from_numpy(-np.sort(-rows.detach().numpy(), axis=1))


def _check(points: Tensor, radius: float) -> None:
    if points.ndim != 2:
        raise ValueError(f"points have shape {tuple(points.shape)}; expected (n, d)")
    if not 0 <= radius < float("inf"):
        raise ValueError(f"radius is {radius}; expected a finite number of zero or more")
