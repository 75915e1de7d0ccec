"""The conditional variational auto-encoder of NPC around a copy of the classifier's network.

Bae et al., ICML 2022, section 4; the layers are those of the published program.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

from harness.protocols.noisy_labels.classifiers import TrainedClassifier
from harness.protocols.noisy_labels.training.embedding_networks import EmbeddingNetwork
from methods.npc.divergence import gamma_sample
from methods.npc.settings import Features


class CalibrationNetwork(nn.Module):
    """Encoder α̂(x, ŷ) and decoder of ŷ, both on features φ(x) of a trainable network.

    Args:
        network: a copy of the classifier's network; its body is trained, its head is replaced.
        offset: δ; every concentration is larger.
        features: ``logits`` or ``embedding``, see `NPCSettings`.

    Shapes: φ (b, f); one-hot predictions, α̂ and z (b, classes).
    """

    def __init__(self, network: EmbeddingNetwork, offset: float, features: Features = "logits") -> None:
        super().__init__()
        classes = network.head.out_features
        self.classes, self.offset = classes, offset
        self.body = network.body
        self.head: nn.Module = nn.Linear(network.width, classes) if features == "logits" else nn.Identity()
        self.width = classes if features == "logits" else network.width
        self.encoder = nn.Linear(self.width + classes, classes)
        self.decoder = nn.Linear(self.width + classes, classes)

    @property
    def has_dropout(self) -> bool:
        """Whether two passes of one image differ in training."""
        return any(isinstance(module, _DropoutNd) and module.p > 0 for module in self.modules())

    def phi(self, images: Tensor) -> Tensor:
        """Return features φ, (b, f), of images (b, c, h, w)."""
        features: Tensor = self.head(self.body(images))
        return features

    def concentration(self, features: Tensor, predicted: Tensor) -> Tensor:
        """Return α̂ = softplus(W [φ; onehot(ŷ)] + b) + δ, (b, classes)."""
        return F.softplus(self.encoder(torch.cat([features, predicted], dim=1))) + self.offset

    def reconstruction(self, features: Tensor, sample: Tensor) -> Tensor:
        """Return logits of the prediction, (b, classes), from φ and z."""
        logits: Tensor = self.decoder(torch.cat([features, sample], dim=1))
        return logits

    def forward(self, images: Tensor, predicted: Tensor, uniform: Tensor) -> tuple[Tensor, Tensor]:
        """Return α̂ and the logits of the reconstruction for a batch.

        φ is computed once where both passes agree; with dropout, encoder and decoder have masks of their own.

        Args:
            uniform: (b, classes) of U(0, 1).
        """
        features = self.phi(images)
        posterior = self.concentration(features, predicted)
        sample = gamma_sample(posterior, uniform)
        again = self.phi(images) if self.training and self.has_dropout else features
        return posterior, self.reconstruction(again, sample)


def calibration_network(
    classifier: TrainedClassifier, offset: float, features: Features, seed: int
) -> CalibrationNetwork:
    """Return a new network whose body is a copy of the classifier's; the classifier stays as it is.

    Args:
        seed: seed of the new layers; torch's global generator is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return CalibrationNetwork(classifier.network(), offset, features)
