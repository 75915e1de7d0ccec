"""Inputs of the kernel `pi-marginalisation`, and its definition in float64."""

import copy

import numpy as np
import torch
from torch import nn

from harness.data.access import DataAccess
from harness.data.datasets import open_dataset
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.noise.annotators import Annotators
from harness.protocols.noisy_labels.training.embedding_networks import perceptron
from harness.protocols.noisy_labels.training.label_batches import LabelTensors
from harness.protocols.noisy_labels.training.marginalisation import SideInformationDistribution
from harness.protocols.noisy_labels.training.pi_heads import PIHeadSettings, pi_head
from harness.protocols.noisy_labels.training.side_information import (
    SideInformation,
    SideInformationSize,
    training_side_information,
)
from harness.protocols.noisy_labels.training.two_heads import PINetwork
from harness.seeds import stream
from methods.tram.marginalisation_kernel import ANNOTATORS, MarginalisationProblem

TRAINED, EPOCHS, BATCH = 1080, 5, 128
PUBLISHED_WIDTH = 128


def digits_problem(images: int, vectors: int, of: str, seed: int) -> MarginalisationProblem:
    """Return embeddings of digits by a network that was trained for five epochs on crowd labels, with its head."""
    data = _images("digits")
    random = stream("pi-marginalisation", "digits", seed)
    order = random.permutation(len(data.images))
    chosen, others = order[:TRAINED], order[TRAINED : TRAINED + images]
    labels = Annotators().annotate(data.targets[chosen], data.num_classes, random)
    train = NoisyImages(ImageSet(data.images[chosen], data.num_classes), labels)
    given = training_side_information(labels)
    size = SideInformationSize.of(labels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = perceptron(train.images.shape, data.num_classes, (128, 128))
        whole = PINetwork(network.body, pi_head(network.width, data.num_classes, size, PIHeadSettings()))
        _train(whole, LabelTensors.of(train, "cpu"), given, random)
    embeddings = _embeddings(whole.body, ImageSet(data.images[others], data.num_classes))
    if of == "annotators":  # one vector an annotator: the time is left at its mean
        given = SideInformation(given.annotator, torch.zeros_like(given.features))
    over = (
        SideInformationDistribution.sampled(given, vectors, random)
        if of == "drawn"
        else SideInformationDistribution.exact(given)
    )
    return MarginalisationProblem(embeddings, whole.pi_head, over)


def pixels_problem(images: int, vectors: int, of: str, seed: int) -> MarginalisationProblem:
    """Return pixels of MNIST as embeddings, (n, 784), and a head of the width published for CIFAR, not trained."""
    data = _images("mnist")
    random = stream("pi-marginalisation", "mnist", seed)
    chosen = random.permutation(len(data.images))[:images]
    embeddings = ImageSet(np.asarray(data.images[chosen]), data.num_classes).flattened()
    labels = Annotators().annotate(data.targets[:TRAINED], data.num_classes, random)
    given = training_side_information(labels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        size = SideInformationSize(ANNOTATORS, 1)
        head = pi_head(embeddings.shape[1], data.num_classes, size, PIHeadSettings(PUBLISHED_WIDTH))
    return MarginalisationProblem(
        embeddings, head.eval(), SideInformationDistribution.sampled(given, vectors, random)
    )


@torch.no_grad()
def by_definition(problem: MarginalisationProblem) -> np.ndarray:
    """Return the weighted mean of softmax probabilities in float64, one image at a time, (n, classes)."""
    head = copy.deepcopy(problem.head).double()
    points, weights = problem.over.points, problem.over.weights.double()
    embedded = head.embedding(SideInformation(points.annotator, points.features.double()))
    rows = []
    for row in torch.from_numpy(problem.embeddings).double():
        conditional = head.from_embedding(row.expand(len(embedded), -1), embedded).exp()
        rows.append(weights @ conditional)
    return torch.stack(rows).numpy()


def _images(name: str) -> ImageDataset:
    data = open_dataset(name, DataAccess.from_environment())
    assert isinstance(data, ImageDataset)
    return data


def _train(network: PINetwork, train: LabelTensors, given: SideInformation, random: np.random.Generator) -> None:
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(EPOCHS):
        for batch in train.epoch(BATCH, random):
            loss = network.loss(batch, given.at(batch.pair))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    network.eval()


@torch.no_grad()
def _embeddings(body: nn.Module, images: ImageSet) -> np.ndarray:
    found: np.ndarray = body(torch.from_numpy(images.channels_first())).numpy()
    return found
