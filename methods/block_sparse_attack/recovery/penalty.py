"""Weights of the elastic group penalty, one pair a group or one pair a signal and group."""

from dataclasses import dataclass

import numpy as np

from .dictionary import Dictionary


@dataclass(frozen=True)
class Penalty:
    """``sum_g lam_g ||c_g|| + mu_g / 2 ||c_g||^2``.

    Attributes:
        lam: positive, (groups,) or (signals, groups).
        mu: zero or more, of a shape that broadcasts against `lam`; zero by default.

    Raises:
        ValueError: a weight out of its range, or not finite.
    """

    lam: np.ndarray
    mu: np.ndarray | float = 0.0

    def __post_init__(self) -> None:
        lam, mu = np.asarray(self.lam, np.float64), np.asarray(self.mu, np.float64)
        if not np.isfinite(lam).all() or (lam <= 0).any():
            raise ValueError(f"lam holds {_worst(lam)}; expected positive finite weights")
        if not np.isfinite(mu).all() or (mu < 0).any():
            raise ValueError(f"mu holds {_worst(mu)}; expected finite weights of zero or more")
        object.__setattr__(self, "lam", lam)
        object.__setattr__(self, "mu", mu)

    def weights(self, signals: int, groups: int) -> tuple[np.ndarray, np.ndarray]:
        """Return `lam` and `mu`, each float64 (signals, groups) and contiguous.

        Raises:
            ValueError: a shape that fits neither (groups,) nor (signals, groups).
        """
        lam = _broadcast("lam", self.lam, signals, groups)
        return lam, _broadcast("mu", np.asarray(self.mu), signals, groups)

    def scaled(self, factor: float) -> "Penalty":
        """Return the penalty with `lam` times `factor` and the same `mu`."""
        return Penalty(self.lam * factor, self.mu)


def relative_penalty(
    dictionary: Dictionary, signals: np.ndarray, alpha: float, families: tuple[int, ...] = (), mu: float = 0.0
) -> Penalty:
    """Return ``lam = alpha max ||D_g^T x'||`` a signal, the maximum taken within each family of groups.

    Args:
        signals: (signals, d).
        families: numbers of consecutive groups that share a maximum, e.g. ``(10, 30)`` for ten signal groups and
            thirty attack groups; one family of all groups by default.

    Raises:
        ValueError: alpha is not positive, or the families do not sum to the number of groups.
    """
    families = families or (dictionary.groups.count,)
    if not (np.isfinite(alpha) and alpha > 0):
        raise ValueError(f"alpha is {alpha}; expected a positive number")
    if sum(families) != dictionary.groups.count or min(families) < 1:
        raise ValueError(f"families are {families}; expected sizes that sum to {dictionary.groups.count} groups")
    X, (ordinary, power) = dictionary.checked_signals(signals), dictionary.ordinary
    norms = np.ldexp(ordinary.groups.norms(X @ ordinary.atoms), power)
    ends = np.cumsum(families)
    largest = np.stack(
        [norms[:, end - n : end].max(axis=1, initial=0.0) for n, end in zip(families, ends, strict=True)], 1
    )
    # A signal orthogonal to all atoms of a family has a zero maximum: any positive weight then gives zero codes.
    lam = alpha * np.where(largest > 0, largest, 1.0)
    return Penalty(np.repeat(lam, families, axis=1), mu)


def _broadcast(name: str, value: np.ndarray, signals: int, groups: int) -> np.ndarray:
    if (
        (value.ndim == 2 and value.shape[0] not in (1, signals))
        or value.ndim > 2
        or (value.ndim and value.shape[-1] not in (1, groups))
    ):
        raise ValueError(f"{name} has shape {value.shape}; expected ({groups},) or ({signals}, {groups})")
    return np.ascontiguousarray(np.broadcast_to(value, (signals, groups)))


def _worst(values: np.ndarray) -> float:
    bad = values[~np.isfinite(values)]
    return float(bad.flat[0] if bad.size else values.min())
