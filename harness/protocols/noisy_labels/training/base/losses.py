"""Losses of learning from noisy labels; b logits (b, classes) and b noisy labels (b,) -> numbers."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

LEAST_ONE_HOT, LEAST_PROBABILITY = 1e-4, 1e-7
LEAST_TRANSITION = 1e-12


def symmetric_cross_entropy(logits: Tensor, labels: Tensor, forward: float, reverse: float) -> Tensor:
    """Return ``forward CE + reverse RCE``, the mean over the batch (Wang et al. 2019).

    ``RCE = -mean_k p_k log(clip(onehot_k, 1e-4, 1))``: log 1e-4 for every wrong class and 0 for the label. The mean
    over classes, instead of Wang's sum, is that of the program of Bae et al. 2022.
    """
    probabilities = logits.softmax(1).clamp(min=LEAST_PROBABILITY, max=1.0)
    wrong = probabilities.sum(1) - probabilities.gather(1, labels[:, None])[:, 0]
    reversed_entropy = -math.log(LEAST_ONE_HOT) * wrong / logits.shape[1]
    return forward * F.cross_entropy(logits, labels) + reverse * reversed_entropy.mean()


def joint_losses(first: Tensor, second: Tensor, labels: Tensor) -> Tensor:
    """Return ``CE1 + CE2 + KL(p1 || p2) + KL(p2 || p1)`` of each item, (b,) (Wei et al. 2020, equal weights)."""
    first, second = first.log_softmax(1), second.log_softmax(1)
    divergence = ((first.exp() - second.exp()) * (first - second)).sum(1)  # both directions
    return F.nll_loss(first, labels, reduction="none") + F.nll_loss(second, labels, reduction="none") + divergence


def noisy_log_likelihood(logits: Tensor, labels: Tensor, transition: Tensor) -> Tensor:
    """Return ``log (T^T p)[label]`` of each item, (b,): how likely the noisy label is, given the clean posterior p.

    Args:
        transition: T, (classes, classes) with rows of clean classes.
    """
    columns = transition.clamp_min(LEAST_TRANSITION).log().T[labels]  # (b, classes): log T[:, label]
    return torch.logsumexp(logits.log_softmax(1) + columns, dim=1)


def forward_correction(logits: Tensor, labels: Tensor, transition: Tensor) -> Tensor:
    """Return ``-log (T^T p)[label]``, the mean over the batch (Patrini et al. 2017, theorem 2)."""
    return -noisy_log_likelihood(logits, labels, transition).mean()


def importance_reweighting(logits: Tensor, labels: Tensor, transition: Tensor) -> Tensor:
    """Return ``p[label] / (T^T p)[label] CE``, the mean over the batch (Liu & Tao 2016).

    The weight has no gradient.
    """
    likelihood = logits.log_softmax(1).gather(1, labels[:, None])[:, 0]
    weight = (likelihood - noisy_log_likelihood(logits, labels, transition)).detach().exp()
    return -(weight * likelihood).mean()


def total_variation(logits: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Return the mean of ``|p_i - p_j|_1 / 2`` over pairs of items (Zhang et al. 2021, section 3)."""
    probabilities = logits.softmax(1)
    return 0.5 * (probabilities[first] - probabilities[second]).abs().sum(1).mean()
