"""Gradients in 16 bits: cast, divided by W, summed and cast back, as torch's fp16_compress_hook does.

torch's bf16_compress_hook is refused without NCCL; this one is not.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from baselines.gradients.pairs import Gradient
from harness.protocols.gradients.data_parallel.contract import Bucket, Collective, Encoded

FORMATS = {"fp16": torch.float16, "bf16": torch.bfloat16}


class HalfPrecision:
    """Sends every element in 16 bits; the rounding error is not kept by any feedback.

    Args:
        precision: ``fp16``, 11 significant bits up to 65504, or ``bf16``, 8 bits with the range of float32.

    Raises:
        ValueError: neither.
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
            FloatingPointError: one is too large for the format.
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
