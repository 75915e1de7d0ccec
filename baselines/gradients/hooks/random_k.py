"""Random-k: the same k elements on every rank, redrawn at each step, so that only values travel and add up.

S. U. Stich, J.-B. Cordonnier and M. Jaggi, "Sparsified SGD with Memory", NeurIPS 2018; drawn without replacement.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from baselines.gradients.pairs import Gradient, wanted
from baselines.gradients.topk import random_k
from harness.protocols.gradients.data_parallel.contract import Bucket, Collective, Encoded
from harness.seeds import derive_seed


@dataclass(frozen=True)
class RandomSelection:
    """The share ρ in (0, 1] of elements that travel, and a seed that all ranks must share.

    Raises:
        ValueError: the ratio is out of range.
    """

    ratio: float = 0.001
    seed: int = 0

    def __post_init__(self) -> None:
        wanted(self.ratio, 1)


class RandomKCompressor:
    """Compressor that sends the values of k random elements, 4 bytes each.

    Args:
        settings: ratio and seed of the elements.
    """

    collective: Collective = "reduce"
    equal_sizes = True

    def __init__(self, settings: RandomSelection) -> None:
        self.settings = settings
        self._drawn: dict[int, tuple[Bucket, npt.NDArray[np.int32]]] = {}

    def encode(self, gradient: Gradient, bucket: Bucket) -> Encoded:
        pairs = random_k(gradient, self.settings.ratio, derive_seed(self.settings.seed, bucket.step, bucket.index))
        self._drawn[bucket.index] = bucket, pairs.index
        return Encoded(torch.from_numpy(pairs.value), pairs.index)

    def decode(self, received: Sequence[Tensor], bucket: Bucket) -> Gradient:
        of, index = self._drawn[bucket.index]
        if of != bucket:
            raise ValueError(
                f"got step {bucket.step} of bucket {bucket.index} to decode; expected the encoded step {of.step}"
            )
        mean = np.zeros(bucket.size, np.float32)
        mean[index] = (received[0] / bucket.world).numpy()
        return mean
