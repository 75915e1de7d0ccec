"""Total-variation denoising of a batch of images by Chambolle's projection (Chambolle 2004, section 3).

``min_u 1/2 ||u - f||^2 + weight TV(u)``, TV the isotropic total variation with forward differences that are zero at
the last row and column. The dual field p moves by a semi-implicit step that keeps ``|p| <= 1``;
``u = f - weight div p``.
"""

import numpy as np

STEP = 0.125  # convergence is proved up to 1/8


def total_variation_denoised(images: np.ndarray, weight: float, iterations: int = 50) -> np.ndarray:
    """Return denoised images, (n, height, width).

    Raises:
        ValueError: images that are not (n, height, width) or not finite, a negative weight or no iteration.
    """
    f = np.asarray(images, np.float64)
    if f.ndim != 3 or not np.isfinite(f).all():
        raise ValueError(f"images have shape {f.shape}; expected finite (n, height, width)")
    if not 0 <= weight < np.inf or iterations < 1:
        raise ValueError(f"weight is {weight}, iterations is {iterations}; expected zero or more, and one or more")
    if weight == 0:
        return f.copy()
    field = np.zeros((2, *f.shape))
    for _ in range(iterations):
        slope = gradient(divergence(field) - f / weight)
        field = (field + STEP * slope) / (1 + STEP * np.sqrt((slope**2).sum(axis=0)))
    return f - weight * divergence(field)


def gradient(images: np.ndarray) -> np.ndarray:
    """Return forward differences down and right, (2, n, height, width); zero at the last row or column."""
    slope = np.zeros((2, *images.shape))
    slope[0, :, :-1] = np.diff(images, axis=1)
    slope[1, :, :, :-1] = np.diff(images, axis=2)
    return slope


def divergence(field: np.ndarray) -> np.ndarray:
    """Return the negative adjoint of `gradient`: (2, n, height, width) -> (n, height, width)."""
    down, right = field[0, :, :-1], field[1, :, :, :-1]
    total = np.zeros(field.shape[1:])
    total[:, :-1] += down
    total[:, 1:] -= down
    total[:, :, :-1] += right
    total[:, :, 1:] -= right
    return total


def total_variation(images: np.ndarray) -> np.ndarray:
    """Return the isotropic total variation of each image, (n,)."""
    return np.sqrt((gradient(images) ** 2).sum(axis=0)).sum(axis=(1, 2))
