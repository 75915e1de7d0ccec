"""DRAGONN as a contender of gradient compression, without error feedback, and its variants.

Z. Wang, Z. Xu, X. Wu, A. Shrivastava and T. S. E. Ng, "DRAGONN", ICML 2022. The first two are ranked with the
baselines; the variants have a table of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from harness.contract.contender import Settings
from harness.protocols.gradients.data_parallel.communication import CompressedCommunication
from harness.protocols.gradients.data_parallel.cost import measured
from harness.protocols.gradients.data_parallel.link_model import NetworkLink
from harness.protocols.gradients.data_parallel.preload import use_once
from harness.protocols.gradients.data_parallel.selection import BucketSelection, LargerThan
from harness.protocols.gradients.data_parallel.worker import Compression
from harness.protocols.gradients.gradient_compression import GradientExchange
from harness.protocols.gradients.options import Exchange
from methods.dragonn.compress import CompressionSettings
from methods.dragonn.training.compressor import HashCompressor

LEAST_COMPRESSED = 102_400  # elements; the smallest size in the authors' commands for DRAGONN


@dataclass(frozen=True)
class DragonnSettings(Settings):
    """Settings of the contenders; the defaults are the method's.

    Attributes:
        threshold, policy, wire, sample_ratio: see `compress.CompressionSettings`.
        feedback: ``none``, ``residual`` or ``dgc``.
        selection: ``size``: buckets of more than `least` elements are compressed; ``cost``: those whose
            exchange over the task's link is shorter, by costs measured before the run.
        least: number of elements above which a bucket is compressed.
    """

    threshold: str = "sample"
    policy: str = "max_index"
    wire: str = "pairs"
    sample_ratio: float = 0.01
    feedback: str = "residual"
    selection: str = "size"
    least: int = LEAST_COMPRESSED


class Dragonn(GradientExchange):
    """The hash table with a sampled threshold and error feedback, for buckets above a size."""

    variant: ClassVar[DragonnSettings] = DragonnSettings()

    @classmethod
    def configurations(cls, profile: str) -> Sequence[DragonnSettings]:
        return (cls.variant,)

    def communication(self, exchange: Exchange) -> CompressedCommunication:
        settings: DragonnSettings = self.settings
        table = self.table(exchange)
        return CompressedCommunication(
            Compression(
                partial(HashCompressor, table),
                settings.feedback,
                momentum=exchange.momentum,
                selection=self.selection(exchange, table),
            )
        )

    def table(self, exchange: Exchange) -> CompressionSettings:
        """Return the settings of the hash table."""
        settings: DragonnSettings = self.settings
        return CompressionSettings(
            exchange.ratio,
            policy=settings.policy,
            wire=settings.wire,
            threshold=settings.threshold,
            sample_ratio=settings.sample_ratio,
        )

    def selection(self, exchange: Exchange, table: CompressionSettings) -> BucketSelection:
        """Return the selection of compressed buckets; costs are measured once, so that all ranks choose alike."""
        if self.settings.selection == "size":
            return LargerThan(self.settings.least)
        return measured(partial(HashCompressor, table)).cheaper_over(NetworkLink(exchange.link_gbit))


class DragonnNoFeedback(Dragonn):
    """Variant without error feedback, as in the authors' commands: unsent elements are lost."""

    variant = DragonnSettings(feedback="none")


class DragonnSampled(Dragonn):
    """Default settings, the reference of the variants."""


class DragonnDGCMemory(Dragonn):
    """Variant with momentum correction and masking in the memory, no momentum in the optimizer."""

    variant = DragonnSettings(feedback="dgc")


class DragonnFixedWire(Dragonn):
    """Variant that sends the whole table: no exchange of counts, 4.5 times the bytes."""

    variant = DragonnSettings(wire="table")


class DragonnExact(Dragonn):
    """Variant whose threshold is the k-th largest magnitude."""

    variant = DragonnSettings(threshold="exact")


class DragonnEMA(Dragonn):
    """Variant whose threshold follows the last step's count."""

    variant = DragonnSettings(threshold="ema")


class DragonnExponential(Dragonn):
    """Variant whose threshold is that of an exponential distribution with the same mean."""

    variant = DragonnSettings(threshold="exp")


class DragonnMaxAbs(Dragonn):
    """Variant in which the largest element of a slot stays."""

    variant = DragonnSettings(policy="max_abs")


class DragonnProbe2(Dragonn):
    """Variant with the first empty of two slots."""

    variant = DragonnSettings(policy="probe2")


class DragonnProbe4(Dragonn):
    """Variant with the first empty of four slots."""

    variant = DragonnSettings(policy="probe4")


class DragonnCost(Dragonn):
    """Variant that compresses buckets where that shortens the exchange over the task's link."""

    variant = replace(DragonnSettings(), selection="cost")


use_once(
    partial(HashCompressor, table)
    for table in (
        CompressionSettings(),
        CompressionSettings(threshold="exp"),
        CompressionSettings(policy="max_abs"),
        CompressionSettings(policy="probe2"),
        CompressionSettings(wire="table"),
    )
)
