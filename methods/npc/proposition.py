"""The relation between NPC's matrix H and the transition matrix T (Bae et al., ICML 2022, proposition)."""

import numpy as np


def prediction_matrix_of_transition(
    clean: np.ndarray, transition: np.ndarray, prediction: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return H and p(ŷ), where the prediction depends on the clean class only through the noisy label.

    H_kj = p(y = j) / p(ŷ = k) · Σ_i p(ŷ = k | ỹ = i) T_ji.

    Args:
        clean: p(y = j), (c,).
        transition: T_ji = p(ỹ = i | y = j), (c, c).
        prediction: p(ŷ = k | ỹ = i), (c, c) with rows of i.

    Returns:
        H (c, c), rows of predictions k, and p(ŷ = k), (c,).

    Raises:
        ValueError: arrays that are no distributions, or a class that is never predicted.
    """
    classes = len(clean)
    for name, given, shape in (
        ("clean", clean, (classes,)),
        ("transition", transition, (classes, classes)),
        ("prediction", prediction, (classes, classes)),
    ):
        if given.shape != shape:
            raise ValueError(f"{name} must have shape {shape}, got {given.shape}")
        if not (given >= 0).all() or not np.allclose(given.sum(axis=-1), 1):
            raise ValueError(f"{name} must be 0 or more and sum to 1, got sums {given.sum(axis=-1)}")
    joint = clean[None, :] * (transition @ prediction).T
    predicted = joint.sum(axis=1)
    if not (predicted > 0).all():
        raise ValueError(f"every class must be predicted with some probability, got {predicted}")
    return joint / predicted[:, None], predicted
