"""Output layers: log-probabilities of classes from a representation, linear or heteroscedastic.

The heteroscedastic layer is that of Collier et al. 2021 (Correlated input-dependent label noise), low rank:
``u = mu(h) + V(h) e_R + diag(s(h)) e_C`` with standard normal e, ``p = mean over S draws of softmax(u / tau)``.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEAST_SCALE = 1e-3


class LinearOutput(nn.Module):
    """``log softmax(W h + b)``, (n, width) -> (n, classes).

    Args:
        layer: the linear layer; a new one if None.
    """

    def __init__(self, width: int, classes: int, layer: nn.Linear | None = None) -> None:
        super().__init__()
        self.linear = nn.Linear(width, classes) if layer is None else layer

    def forward(self, hidden: Tensor) -> Tensor:
        """Return log-probabilities."""
        return F.log_softmax(self.linear(hidden), dim=-1)


@dataclass(frozen=True)
class HeteroscedasticSettings:
    """Settings of the layer; the published ones for CIFAR are 1.3, 6 and 10,000 draws.

    Attributes:
        temperature: tau of the softmax.
        rank: R, columns of V.
        train_samples, test_samples: draws S.

    Raises:
        ValueError: a number that is not positive.
    """

    temperature: float = 1.3
    rank: int = 6
    train_samples: int = 64
    test_samples: int = 256

    def __post_init__(self) -> None:
        for name in ("temperature", "rank", "train_samples", "test_samples"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)!r}")


class HeteroscedasticOutput(nn.Module):
    """Log-probabilities of a softmax with noisy logits, (n, width) -> (n, classes).

    In training the noise is drawn for each row from torch's global generator. In evaluation all rows share one set
    of draws with a fixed seed, so that a prediction depends neither on its batch nor on earlier calls.
    """

    def __init__(self, width: int, classes: int, settings: HeteroscedasticSettings, seed: int = 0) -> None:
        super().__init__()
        self.settings, self.classes, self.seed = settings, classes, seed
        self.mean = nn.Linear(width, classes)
        self.factor = nn.Linear(width, classes * settings.rank)
        self.scale = nn.Linear(width, classes)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return log-probabilities."""
        rows, settings = len(hidden), self.settings
        factor = self.factor(hidden).view(rows, self.classes, settings.rank)
        scale = F.softplus(self.scale(hidden)) + LEAST_SCALE
        if self.training:
            shared = torch.randn(settings.train_samples, rows, settings.rank, device=hidden.device)
            own = torch.randn(settings.train_samples, rows, self.classes, device=hidden.device)
        else:
            random = torch.Generator().manual_seed(self.seed)
            shared = torch.randn(settings.test_samples, 1, settings.rank, generator=random).to(hidden)
            own = torch.randn(settings.test_samples, 1, self.classes, generator=random).to(hidden)
        return noisy_log_probabilities(self.mean(hidden), factor, scale, shared, own, settings.temperature)


def noisy_log_probabilities(
    mean: Tensor, factor: Tensor, scale: Tensor, shared: Tensor, own: Tensor, temperature: float
) -> Tensor:
    """Return ``log mean_s softmax((mu + V e_R + s e_C) / tau)``, (n, classes), by logsumexp over the draws.

    Args:
        mean: mu, (n, classes).
        factor: V, (n, classes, R).
        scale: s, (n, classes).
        shared: e_R, (S, n, R) or (S, 1, R).
        own: e_C, (S, n, classes) or (S, 1, classes).

    Raises:
        ValueError: a temperature that is not positive.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature!r}")
    if shared.shape[1] == 1:
        correlated = torch.einsum("ncr,sr->snc", factor, shared[:, 0])
    else:
        correlated = torch.einsum("ncr,snr->snc", factor, shared)
    logits = mean + correlated + scale * own
    return mean_log_probabilities(F.log_softmax(logits / temperature, dim=-1), dim=0)


def mean_log_probabilities(log_probabilities: Tensor, dim: int) -> Tensor:
    """Return the logarithm of the mean probability along a dimension; small probabilities do not underflow."""
    return torch.logsumexp(log_probabilities, dim=dim) - math.log(log_probabilities.shape[dim])
