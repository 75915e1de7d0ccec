"""The baselines of gradient compression: dense SGD, 16 bits, low rank, and sparsifiers with error feedback."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from baselines.gradients.hooks import random_k
from baselines.gradients.hooks.half_precision import HalfPrecision
from baselines.gradients.hooks.sparsifiers import Sparsification, Sparsifier
from baselines.gradients.hooks.torch_hooks import AllReduce, PowerSGD
from harness.contract.contender import Settings
from harness.protocols.gradients.data_parallel.communication import Communication, CompressedCommunication
from harness.protocols.gradients.data_parallel.preload import use_once
from harness.protocols.gradients.data_parallel.worker import Compression
from harness.protocols.gradients.gradient_compression import GradientExchange
from harness.protocols.gradients.options import Exchange


@dataclass(frozen=True)
class SparsifierSettings(Settings):
    """Selection of the sent elements, and feedback for the others.

    Attributes:
        rule: one of `hooks.sparsifiers.RULES`.
        feedback: ``none``, ``residual`` or ``dgc``.
        threshold: threshold of the rule ``threshold``, which uses no ratio.
    """

    rule: str
    feedback: str = "residual"
    threshold: float = 0.01


class DenseSGD(GradientExchange):
    """Torch's all-reduce of float32 gradients: DDP without a hook."""

    precision: ClassVar[str] = "fp32"

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (Settings(),)

    def communication(self, exchange: Exchange) -> Communication:
        return AllReduce(self.precision)


class FP16(DenseSGD):
    """Torch's fp16 hook."""

    precision = "fp16"


class BF16(GradientExchange):
    """Gradients in bfloat16; torch's own hook is refused without NCCL."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (Settings(),)

    def communication(self, exchange: Exchange) -> Communication:
        return CompressedCommunication(Compression(partial(HalfPrecision, "bf16")))


@dataclass(frozen=True)
class LowRankSettings(Settings):
    """Settings of torch's PowerSGD, see `hooks.torch_hooks.PowerSGD`."""

    rank: int = 2
    start: int = 10
    min_compression_rate: float = 2.0


class LowRank(GradientExchange):
    """Torch's PowerSGD, its own error feedback and warm start; the first ten steps are dense."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[LowRankSettings]:
        return (LowRankSettings(),)

    def communication(self, exchange: Exchange) -> Communication:
        return PowerSGD(**self.settings.as_dict())


@dataclass(frozen=True)
class RandomSettings(Settings):
    """Feedback for elements that are not drawn."""

    feedback: str = "residual"


class RandomK(GradientExchange):
    """Random elements, the same on every rank, so that only values travel."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[RandomSettings]:
        return (RandomSettings(),)

    def communication(self, exchange: Exchange) -> Communication:
        drawn = random_k.RandomSelection(exchange.ratio, exchange.seed)
        return CompressedCommunication(
            Compression(partial(random_k.RandomKCompressor, drawn), self.settings.feedback)
        )


class TopK(GradientExchange):
    """Exactly the k largest elements, with error feedback; base of all contenders that send pairs."""

    rule: ClassVar[SparsifierSettings] = SparsifierSettings("topk")

    @classmethod
    def configurations(cls, profile: str) -> Sequence[SparsifierSettings]:
        return (cls.rule,)

    def communication(self, exchange: Exchange) -> Communication:
        settings: SparsifierSettings = self.settings
        chosen = Sparsification(settings.rule, exchange.ratio, settings.threshold)
        return CompressedCommunication(
            Compression(partial(Sparsifier, chosen), settings.feedback, momentum=exchange.momentum)
        )


class DGC(TopK):
    """Deep Gradient Compression: sampled threshold, momentum correction and masking in its memory."""

    rule = SparsifierSettings("dgc", "dgc")


class RedSync(TopK):
    """Threshold by bisection between mean and maximum."""

    rule = SparsifierSettings("redsync")


class GaussianK(TopK):
    """Threshold by a normal fit."""

    rule = SparsifierSettings("gaussian_k")


class SIDCo(TopK):
    """Threshold by stages of an exponential fit."""

    rule = SparsifierSettings("sidco")


class FixedThreshold(TopK):
    """One threshold for all steps: the gradient determines the number of sent elements."""

    rule = SparsifierSettings("threshold")


class Append(TopK):
    """The elements of top-k, collected in one pass at the exact threshold."""

    rule = SparsifierSettings("append")


use_once(partial(Sparsifier, Sparsification(rule)) for rule in ("topk", "threshold", "append"))
