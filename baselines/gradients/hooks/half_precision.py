"""Gradients in 16 bits: cast, divided by W, summed and cast back, as torch's fp16_compress_hook does.

torch rejects its bf16_compress_hook without NCCL; this hook needs no NCCL.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from baselines.gradients.pairs import Gradient
from harness.protocols.gradients.data_parallel.contract import Bucket, Collective, Encoded

FORMATS = {"fp16": torch.float16, "bf16": torch.bfloat16}


class HalfPrecision:
    """Compressor that sends every element in 16 bits; no feedback keeps the rounding error.

    Args:
        precision: ``fp16``, 11 significant bits up to 65504, or ``bf16``, 8 bits with the range of float32.

    Raises:
        ValueError: the precision is neither.
    """

    collective: Collective = "reduce"
    equal_sizes = True

    def __init__(self, precision: str = "fp16") -> None:
        if precision not in FORMATS:
            raise ValueError(f"precision is {precision!r}; allowed are {', '.join(map(repr, FORMATS))}")
        self.precision = precision

    def encode(self, gradient: Gradient, bucket: Bucket) -> Encoded:
        """Return the elements in 16 bits, divided by W.

        Raises:
            FloatingPointError: an element is too large for the format.
        """
        half = torch.from_numpy(gradient).to(FORMATS[self.precision]).div_(bucket.world)
        if not bool(torch.isfinite(half).all()):
            raise FloatingPointError(
                f"gradient of {', '.join(bucket.names)} does not fit {self.precision}, whose largest number is "
                f"{torch.finfo(FORMATS[self.precision]).max:g}: use 'bf16', or clip gradients"
            )
        return Encoded(half)

    def decode(self, received: Sequence[Tensor], bucket: Bucket) -> Gradient:
        mean: Gradient = received[0].float().numpy()
        return mean
