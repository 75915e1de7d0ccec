"""Composition of a classifier with NPC: p(y = j | x) = Σ_k H_kj(x) p(ŷ = k | x).

H_kj(x) = p(y = j | ŷ = k, x) = (α̂_j(x, k) - 1) / Σ_l (α̂_l(x, k) - 1), the mode of a Dirichlet distribution.
Only the one-hot part of the encoder's input depends on k, so φ(x) is computed once for all k.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from methods.npc.model import CalibrationNetwork

LEAST = 1e-30  # a row without any excess, possible where δ = 1, is uniform
LARGEST_EXPONENT = 40.0  # the product of two exponentials of it is finite in float32
CACHED = 2**18  # elements of H that are in memory at once
BATCH = 1000


def prediction_matrix(concentration: Tensor) -> Tensor:
    """Return H from concentrations α̂ > 1, (..., classes, classes); row k is of the prediction k and sums to 1."""
    excess = (concentration - 1).clamp(min=LEAST)
    return excess / excess.sum(dim=-1, keepdim=True)


def compose(matrix: Tensor, probabilities: Tensor) -> Tensor:
    """Return p(y | x), (b, classes), from H (b, classes, classes) and p(ŷ | x) (b, classes)."""
    return torch.einsum("bk,bkj->bj", probabilities, matrix)


def encoder_parts(network: CalibrationNetwork, features: Tensor) -> tuple[Tensor, Tensor]:
    """Return the encoder's sums without the one-hot part, (b, classes), and the one-hot parts, a row for each k."""
    weight = network.encoder.weight
    return F.linear(features, weight[:, : network.width], network.encoder.bias), weight[:, network.width :].T


def calibration_matrices(network: CalibrationNetwork, images: Tensor) -> Tensor:
    """Return H of images, (b, classes, classes), in one pass of the network."""
    shared, own = encoder_parts(network, network.phi(images))
    return prediction_matrix(F.softplus(shared[:, None, :] + own) + network.offset)


def calibrated(network: CalibrationNetwork, images: Tensor, probabilities: Tensor) -> Tensor:
    """Return p(y | x) of images, (b, classes) in the type of `probabilities`.

    H is computed for some images at a time, so that it stays in the processor's cache.
    """
    shared, own = encoder_parts(network, network.phi(images))
    size = max(1, CACHED // network.classes**2)
    parts = zip(shared.split(size), probabilities.split(size), strict=True)
    return torch.cat([_composed(x, own, p, network.offset - 1) for x, p in parts])


def _composed(shared: Tensor, own: Tensor, probabilities: Tensor, least: float) -> Tensor:
    """Return Σ_k p(ŷ = k | x) H_k·(x), where row k of H is proportional to softplus(shared + own_k) + least."""
    excess = (softplus_of_sums(shared, own) + least).clamp_(min=LEAST).to(probabilities.dtype)
    weights = probabilities / excess.sum(dim=2)
    return torch.bmm(weights[:, None, :], excess)[:, 0]


def softplus_of_sums(shared: Tensor, own: Tensor) -> Tensor:
    """Return softplus(a_bj + w_kj), (b, k, j): log(1 + exp(a) exp(w)), unless a factor could leave the range.

    Args:
        shared: a, (b, c).
        own: w, (k, c).
    """
    if max(float(shared.abs().max()), float(own.abs().max())) < LARGEST_EXPONENT:
        return torch.mul(shared.exp()[:, None, :], own.exp()).log1p_()
    return F.softplus(shared[:, None, :] + own)


@torch.no_grad()
def calibrated_in_batches(network: CalibrationNetwork, images: Tensor, probabilities: Tensor) -> Tensor:
    """Return :func:`calibrated` of any number of images, on the CPU."""
    device = next(network.parameters()).device
    parts = [
        calibrated(network, x.to(device), p.to(device)).cpu()
        for x, p in zip(images.split(BATCH), probabilities.split(BATCH), strict=True)
    ]
    return torch.cat(parts)
