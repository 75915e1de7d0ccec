"""Side information of labels as inputs of a network: annotators by an embedding, other features standardised.

Collier et al. 2022 (TRAM). A one-hot annotator times a weight matrix is a row of it, so annotators are looked up.
"""

from dataclasses import dataclass
from typing import Literal, Self, get_args

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.protocols.noisy_labels.arrays import Annotations

Source = Literal["given", "zeros", "shuffled", "normal", "fixed normal", "labels"]
"""Side information that training uses: that of the label; none; that of another label, drawn at each use; standard
normal numbers, drawn at each use or once for each label; or the noisy label itself."""

QUANTILE = 0.99


@dataclass(frozen=True)
class SideInformation:
    """Side information of p labels: an annotator and standardised features each, or one dense vector each.

    Attributes:
        annotator: (p,) int64, or None for dense vectors.
        features: (p, f) float32; dense vectors have the one-hot annotator before the features, (p, R + f).
    """

    annotator: Tensor | None
    features: Tensor

    def __len__(self) -> int:
        return len(self.features)

    def at(self, index: Tensor) -> "SideInformation":
        """Return the side information of the labels at `index`, (q,)."""
        annotator = None if self.annotator is None else self.annotator[index]
        return SideInformation(annotator, self.features[index])

    def dense(self, annotators: int) -> Tensor:
        """Return one-hot annotators and features as dense vectors, (p, R + f); R = `annotators` may be 0."""
        if self.annotator is None:
            return self.features
        return torch.cat([F.one_hot(self.annotator, annotators).to(self.features), self.features], dim=1)


@dataclass(frozen=True)
class FeatureScale:
    """Standardisation of features with the statistics of the training labels.

    Attributes:
        ceiling: (f,) largest value that is kept, infinite without clipping.
        mean, deviation: (f,) after clipping; a constant feature has deviation 1.
    """

    ceiling: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray, clip: bool = False) -> Self:
        """Return the scale of training features (p, f).

        Args:
            clip: whether values above the 99th percentile count as it: times have outliers far above their mean.

        Raises:
            ValueError: a feature that is not finite.
        """
        given = np.asarray(features, np.float64)
        if not np.isfinite(given).all():
            raise ValueError("side information must be finite, got NaN or an infinite value")
        width = given.shape[1]
        ceiling = np.quantile(given, QUANTILE, axis=0) if clip and len(given) else np.full(width, np.inf)
        kept = np.minimum(given, ceiling)
        mean = kept.mean(axis=0) if len(kept) else np.zeros(width)
        deviation = kept.std(axis=0) if len(kept) else np.ones(width)
        return cls(ceiling, mean, np.where(deviation > 0, deviation, 1.0))

    def __call__(self, features: Tensor) -> Tensor:
        """Return standardised features, (p, f) float32."""
        raw = np.minimum(features.detach().cpu().numpy().astype(np.float64), self.ceiling)
        scaled = ((raw - self.mean) / self.deviation).astype(np.float32)
        return torch.from_numpy(scaled).to(features.device)


@dataclass(frozen=True)
class SideInformationSize:
    """Size of the vectors of side information.

    Attributes:
        annotators: number R of embedded annotators; 0 where authors are unknown.
        features: number f of other features.

    Raises:
        ValueError: no side information at all.
    """

    annotators: int
    features: int

    def __post_init__(self) -> None:
        if self.total < 1:
            raise ValueError("side information is missing: expected annotators or features of the training labels")

    @property
    def total(self) -> int:
        """Length R + f of a dense vector."""
        return self.annotators + self.features

    @classmethod
    def of(cls, annotations: Annotations) -> Self:
        """Return the size of a part's side information."""
        known = annotations.num_annotators if annotations.num_annotators > 1 else 0
        return cls(known, annotations.features.shape[1])


def training_side_information(annotations: Annotations, clip: bool = False, device: str = "cpu") -> SideInformation:
    """Return the side information of all training labels, features standardised.

    Raises:
        ValueError: there is none, or it is not finite.
    """
    SideInformationSize.of(annotations)
    features = torch.from_numpy(np.array(annotations.features, np.float32))
    annotator = torch.from_numpy(np.array(annotations.annotator, np.int64))
    scaled = FeatureScale.of(annotations.features, clip)(features)
    return SideInformation(annotator.to(device), scaled.to(device))


def mean_side_information(given: SideInformation, annotators: int) -> SideInformation:
    """Return the training mean as one dense vector: frequencies of annotators, means of features."""
    features = given.features.mean(dim=0)
    if annotators == 0 or given.annotator is None:
        return SideInformation(None, features[None])
    shares = torch.bincount(given.annotator, minlength=annotators).to(features) / len(given)
    return SideInformation(None, torch.cat([shares, features])[None])


class SideInformationSource:
    """Side information of each label of a batch, as a source defines it.

    Args:
        given: side information of all training labels.
        labels: (p,) noisy labels, for the source ``labels``.
        seed: of the random sources; they draw from a generator of their own.

    Raises:
        ValueError: an unknown source.
    """

    def __init__(
        self, source: Source, given: SideInformation, size: SideInformationSize, labels: Tensor, seed: int = 0
    ) -> None:
        if source not in get_args(Source):
            raise ValueError(f"source must be one of {', '.join(get_args(Source))}, got {source!r}")
        self.source, self._given, self._size, self._labels = source, given, size, labels
        self._random = torch.Generator().manual_seed(seed)
        self._fixed = self._normal(len(given)) if source == "fixed normal" else None

    def __call__(self, pair: Tensor) -> SideInformation:
        """Return the side information of the training labels numbered `pair`, (p,)."""
        given = self._given
        if self.source == "given":
            return given.at(pair)
        if self.source == "shuffled":
            drawn = torch.randint(len(given), (len(pair),), generator=self._random)
            return given.at(drawn.to(pair.device))
        if self.source == "labels":
            return SideInformation(self._labels[pair], given.features.new_zeros(len(pair), 0))
        if self.source == "zeros":
            return SideInformation(None, given.features.new_zeros(len(pair), self._size.total))
        dense = self._normal(len(pair)) if self._fixed is None else self._fixed[pair]
        return SideInformation(None, dense)

    def _normal(self, count: int) -> Tensor:
        drawn = torch.randn(count, self._size.total, generator=self._random)
        return drawn.to(self._given.features)


class SideInformationLayer(nn.Module):
    """The linear map ``W_p a + b_p`` of side information a; equal to one-hot annotators in a dense product.

    Shapes: (p,) annotators and (p, f) features, or (p, R + f) dense vectors -> (p, width).

    Args:
        size: numbers of annotators and features.
    """

    def __init__(self, size: SideInformationSize, width: int) -> None:
        super().__init__()
        self.size = size
        bound = size.total**-0.5  # of a dense layer
        self.table = nn.Parameter(torch.empty(size.annotators, width).uniform_(-bound, bound))
        self.weight = nn.Parameter(torch.empty(width, size.features).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(width).uniform_(-bound, bound))

    def forward(self, given: SideInformation) -> Tensor:
        """Return ``W_p a + b_p``, (p, width)."""
        if given.annotator is None:
            return F.linear(given.features, torch.cat([self.table.T, self.weight], dim=1), self.bias)
        mapped = F.linear(given.features, self.weight, self.bias)
        if self.size.annotators == 0:
            return mapped
        return mapped + F.embedding(given.annotator, self.table)
