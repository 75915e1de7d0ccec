"""The sampled and the divergence terms of NPC's variational objective (Joo et al., Dirichlet VAE, 2020)."""

import torch
import torch.nn.functional as F
from torch import Tensor

LEAST_UNIFORM = 1e-7  # below it, log u has no finite gradient in float32
LARGEST_LOG = 30.0  # of a sampled value


def gamma_sample(concentration: Tensor, uniform: Tensor) -> Tensor:
    """Return z = (u α Γ(α))^(1/α), the approximate inverse distribution function of Gamma(α, 1).

    The approximation holds in the lower tail. u is at least 1e-7 and log z at most 30.

    Args:
        concentration: α > 0, any shape.
        uniform: u in 0..1, of the same shape.
    """
    uniform = uniform.clamp(min=LEAST_UNIFORM)
    logarithm = (torch.log(uniform * concentration) + torch.lgamma(concentration)) / concentration
    return logarithm.clamp(max=LARGEST_LOG).exp()


def gamma_divergence(posterior: Tensor, prior: Tensor) -> Tensor:
    """Return the divergences of independent Gamma(α̂_k, 1) from Gamma(α_k, 1), of the shape of both.

    lnΓ(α_k) - lnΓ(α̂_k) + (α̂_k - α_k) ψ(α̂_k), 0 or more; a Dirichlet divergence has further terms.
    """
    return torch.lgamma(prior) - torch.lgamma(posterior) + (posterior - prior) * torch.digamma(posterior)


def reconstruction_error(logits: Tensor, target: Tensor) -> Tensor:
    """Return the binary cross-entropy of independent sigmoids, summed over batch and classes.

    Args:
        logits, target: (b, classes); targets lie in 0..1.
    """
    return F.binary_cross_entropy_with_logits(logits, target, reduction="sum")
