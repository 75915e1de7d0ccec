"""Training of NPC: a fixed number of epochs of Adam on images and predicted classes; noisy labels are not seen."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from harness.contract.context import Context
from harness.protocols.noisy_labels.classifiers import Outputs
from methods.npc.divergence import gamma_divergence, reconstruction_error
from methods.npc.model import CalibrationNetwork
from methods.npc.prior import Prior
from methods.npc.settings import NPCSettings


@dataclass(frozen=True)
class Losses:
    """Terms of the objective in the last epoch, means over the images."""

    reconstruction: float
    divergence: float


def objective(posterior: Tensor, logits: Tensor, predicted: Tensor, prior: Tensor) -> tuple[Tensor, Tensor]:
    """Return reconstruction error and divergence of a batch, both summed over batch and classes."""
    return reconstruction_error(logits, predicted), gamma_divergence(posterior, prior).sum()


def train(
    network: CalibrationNetwork,
    pixels: Tensor,
    outputs: Outputs,
    prior: Prior,
    settings: NPCSettings,
    context: Context,
) -> Losses:
    """Train the network in place for all epochs; it is in evaluation mode afterwards.

    Args:
        pixels: (n, c, h, w) float32 on the context's device.
        outputs: of the classifier, for the same images; their predicted classes are input and target.

    Raises:
        FloatingPointError: the loss is not finite.
    """
    count, classes = outputs.logits.shape
    device = pixels.device
    predicted = F.one_hot(torch.from_numpy(outputs.classes), classes).to(device, torch.float32)
    concentration = torch.from_numpy(prior.concentration).to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate, fused=True)
    random, latent = context.stream("batches"), context.torch_stream("latent")
    network.train()
    reconstruction = divergence = 0.0
    with context.seeded("dropout"):
        for epoch in range(settings.epochs):
            sums = torch.zeros(2, dtype=torch.float64)
            for batch in torch.from_numpy(random.permutation(count)).split(settings.batch):
                uniform = torch.rand((len(batch), classes), generator=latent).to(device)
                batch = batch.to(device)
                posterior, logits = network(pixels[batch], predicted[batch], uniform)
                error, distance = objective(posterior, logits, predicted[batch], concentration[batch])
                optimiser.zero_grad(set_to_none=True)
                (error + settings.beta * distance).backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                sums += torch.stack([error.detach(), distance.detach()]).cpu()
            reconstruction, divergence = (float(total) / count for total in sums)
            if not np.isfinite(reconstruction + divergence):
                raise FloatingPointError(f"the loss of epoch {epoch} is not finite; expected a lower learning rate")
            context.log(epoch, reconstruction=reconstruction, divergence=divergence)
    network.eval()
    return Losses(reconstruction, divergence)
