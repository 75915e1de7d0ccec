"""The hash table as a compressor of data-parallel gradients.

Z. Wang, Z. Xu, X. Wu, A. Shrivastava and T. S. E. Ng, "DRAGONN", ICML 2022. Both wire formats: `pairs`, after an
exchange of counts, and `table`, whose size all ranks know.
"""

from collections.abc import Sequence

from torch import Tensor, from_numpy

from harness.protocols.gradients.data_parallel.contract import Bucket, Collective, Encoded, Gradient
from methods.dragonn.aggregate import aggregate
from methods.dragonn.compress import CompressedGradient, CompressionSettings, GradientCompressor
from methods.dragonn.wire import received


class HashCompressor:
    """Compressor that sends those elements above the threshold that a hash table keeps.

    Args:
        settings: ratio, threshold, policy, slots and wire format.
    """

    collective: Collective = "gather"

    def __init__(self, settings: CompressionSettings) -> None:
        self.settings = settings
        self.equal_sizes = settings.wire == "table"
        self._of_size: dict[int, GradientCompressor] = {}
        self._previous: dict[tuple[str, ...], CompressedGradient] = {}

    def encode(self, gradient: Gradient, bucket: Bucket) -> Encoded:
        """Return the message; raise as `compress.GradientCompressor`, with the names of the bucket's parameters."""
        compressor = self._of_size.setdefault(gradient.size, GradientCompressor(self.settings, threads=1))
        previous = self._previous.get(bucket.names)
        compressed = compressor(
            gradient, step=bucket.step, bucket=bucket.index, names=bucket.names, previous=previous
        )
        if self.settings.threshold == "ema":
            self._previous[bucket.names] = compressed
        message = compressed.message
        return Encoded(from_numpy(message.payload()), message.index[message.index >= 0].copy())

    def decode(self, payloads: Sequence[Tensor], bucket: Bucket) -> Gradient:
        """Return the mean: one scatter-add of all ranks' elements."""
        return aggregate([received(payload.numpy(), bucket.size) for payload in payloads])
