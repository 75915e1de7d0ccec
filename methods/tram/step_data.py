"""Inputs of the kernel `tram-step`, and its result in float64."""

import numpy as np
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from harness.data.access import DataAccess
from harness.data.datasets import open_dataset
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.noise.annotators import Annotators
from harness.protocols.noisy_labels.training.label_batches import LabelTensors
from harness.protocols.noisy_labels.training.side_information import (
    SideInformation,
    SideInformationSize,
    training_side_information,
)
from harness.protocols.noisy_labels.training.timed_steps import StepOutput, TimedBatch
from harness.seeds import stream
from methods.tram.step_timed import two_heads

HIDDEN = (128, 128)


def timed_batch(network: str, images: str, labels: int, count: int, seed: int) -> TimedBatch:
    """Return `count` images of a data set with `labels` labels each."""
    data = open_dataset(images, DataAccess.from_environment())
    assert isinstance(data, ImageDataset)
    random = stream("tram-step", images, labels, seed)
    chosen = np.sort(random.permutation(len(data.images))[:count])
    crowd = Annotators(labels_an_image=labels).annotate(data.targets[chosen], data.num_classes, random)
    part = NoisyImages(ImageSet(np.asarray(data.images[chosen]), data.num_classes), crowd)
    batch = LabelTensors.of(part, "cpu").batch(np.arange(count))
    hidden = HIDDEN if network == "perceptron" else ()
    return TimedBatch(
        batch, training_side_information(crowd), SideInformationSize.of(crowd), network, hidden, data.num_classes
    )


def in_float64(data: TimedBatch) -> dict[str, StepOutput]:
    """Return losses and gradients with every image repeated for each of its labels, by plain cross-entropy."""
    owner, label = data.batch.owner, data.batch.label
    pixels = data.batch.pixels.double()[owner]
    given = SideInformation(data.given.annotator, data.given.features.double())
    network = two_heads(data).double()
    hidden = network.body(pixels)
    marginal = F.nll_loss(network.marginal_head(hidden.detach()), label)
    conditional = F.nll_loss(network.pi_head(hidden, given), label)
    conditional.backward()
    plain = data.new_network().double()
    loss = F.cross_entropy(plain(pixels), label)
    loss.backward()
    return {
        "tram": StepOutput({"marginal": marginal.detach(), "conditional": conditional.detach()}, network.body),
        "no-pi": StepOutput({"marginal": loss.detach()}, plain.body),
    }


def products_without_side_information(data: TimedBatch) -> float:
    """Return the floating-point operations of all products and convolutions of a step with one linear head."""
    network, batch = data.new_network(), data.batch
    with FlopCounterMode(display=False) as counter:
        F.cross_entropy(network(batch.pixels)[batch.owner], batch.label).backward()
    return float(counter.get_total_flops())
