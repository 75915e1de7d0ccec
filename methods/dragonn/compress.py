"""Compression of one bucket at one step: ratio and size determine k, a rule the threshold, the encoder the message.

It is stateless: the seed is a function of step and bucket, and the rule `ema` receives the result of the last step.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from methods.dragonn import thresholds
from methods.dragonn.encode import SLOT_MAPS, WIRES, Encoder
from methods.dragonn.entries import policy_number
from methods.dragonn.gradient import SMALLEST_NORMAL, bit_patterns
from methods.dragonn.murmur import step_seed
from methods.dragonn.wire import Message

RULES = ("sample", "exact", "ema", "exp")
LEAST_LOAD, MOST_LOAD = 0.25, 4.0  # range of s/k without a warning


@dataclass(frozen=True)
class CompressionSettings:
    """Settings of gradient compression; defaults are the paper's where it has one.

    Attributes:
        ratio: ρ in (0, 1], the share of elements wanted.
        policy, slot_map, wire: see `encode.Encoder`.
        threshold: rule of `thresholds`: ``sample``, ``exact``, ``ema`` or ``exp``.
        slots_per_element: m/k; at 4, a table as full as wanted loses 11.5 % of the elements of a single try.
        sample_ratio: share of the elements that `sample` draws, clipped to 0.001 .. 1.
        small: largest number of elements of a gradient that is compressed at `small_ratio` instead of `ratio`.
    """

    ratio: float = 0.001
    policy: str = "max_index"
    slot_map: str = "mulhi"
    wire: str = "pairs"
    threshold: str = "sample"
    slots_per_element: int = 4
    sample_ratio: float = 0.01
    small: int = 131072
    small_ratio: float = 0.01

    def __post_init__(self) -> None:
        policy_number(self.policy)
        for name, allowed in (("slot_map", SLOT_MAPS), ("wire", WIRES), ("threshold", RULES)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} is {getattr(self, name)!r}; allowed are {', '.join(map(repr, allowed))}")
        for name in ("ratio", "small_ratio", "sample_ratio"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed are numbers in (0, 1]")
        for name, least in (("slots_per_element", 1), ("small", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed are {least} or more")

    def effective_ratio(self, size: int) -> float:
        """Return the ratio for a gradient of this size."""
        return self.small_ratio if size <= self.small else self.ratio

    def wanted(self, size: int) -> int:
        """Return k = ⌊ρn⌋, but 1 at least: a table needs a slot."""
        return max(1, int(self.effective_ratio(size) * size))


@dataclass(frozen=True, eq=False)
class CompressedGradient:
    """Compressed gradient, and the inputs of the next step's `ema` threshold.

    Attributes:
        message: elements to send, in the encoder's arrays until its next call.
        threshold: threshold of the elements.
        wanted: wanted number of elements k.
    """

    message: Message
    threshold: float
    wanted: int

    @property
    def load(self) -> float:
        """Ratio s/k of selected to wanted elements."""
        return self.message.selected / self.wanted


class GradientCompressor:
    """Compressor of gradients, usually of one size, in reused arrays.

    Args:
        settings: see `CompressionSettings`.
        threads: see `encode.Encoder`.
    """

    def __init__(self, settings: CompressionSettings, threads: int | None = None) -> None:
        self.settings, self.threads = settings, threads
        self._encoder: Encoder | None = None

    def __call__(
        self,
        x: npt.NDArray[np.float32],
        *,
        step: int = 0,
        bucket: int = 0,
        names: Sequence[str] = (),
        previous: CompressedGradient | None = None,
    ) -> CompressedGradient:
        """Return the compressed gradient of a bucket at a step.

        Args:
            x: float32, contiguous, finite.
            step, bucket: source of the hash seed, hence of the slots and collisions.
            names: names of the parameters in x, for messages.
            previous: result of the last step of this bucket, for the rule `ema`, which starts with a sample.

        Raises:
            TypeError, ValueError, FloatingPointError: as `encode.Encoder`.

        Warns:
            RuntimeWarning: under a quarter or over four times the elements wanted reached the threshold.
        """
        seed, wanted = step_seed(step, bucket), self.settings.wanted(x.size)
        threshold = self.threshold(x, seed, previous)
        slots = self.settings.slots_per_element * wanted
        if self._encoder is None or self._encoder.slots != slots:
            options = {
                "policy": self.settings.policy,
                "slot_map": self.settings.slot_map,
                "wire": self.settings.wire,
            }
            self._encoder = Encoder(slots, threads=self.threads, **options)
        result = CompressedGradient(self._encoder(x, threshold, seed, names), threshold, wanted)
        nothing_to_send = result.message.selected == 0 and threshold <= SMALLEST_NORMAL
        if not (LEAST_LOAD <= result.load <= MOST_LOAD or nothing_to_send):
            warnings.warn(
                f"{result.message.selected} of {x.size} elements reach the threshold {threshold:.3g}; "
                f"expected about {wanted}, got {result.load:.2f} times as many; "
                f"{LEAST_LOAD} to {MOST_LOAD:g} is usual: draw a larger sample or use the threshold 'exact'",
                RuntimeWarning,
                stacklevel=2,
            )
        return result

    def threshold(self, x: npt.NDArray[np.float32], seed: int, previous: CompressedGradient | None = None) -> float:
        """Return the threshold by the settings' rule; raises as `gradient.bit_patterns`."""
        bits, settings = bit_patterns(x), self.settings
        ratio = settings.effective_ratio(x.size)
        if not x.size:
            return SMALLEST_NORMAL
        if settings.threshold == "exact":
            return thresholds.exact(bits, settings.wanted(x.size))
        if settings.threshold == "exp":
            return thresholds.exponential(x, ratio)
        if settings.threshold == "ema" and previous is not None:
            return thresholds.following(previous.threshold, previous.message.selected, previous.wanted)
        return thresholds.sampled(bits, ratio, seed, settings.sample_ratio)
