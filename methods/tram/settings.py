"""Settings of TRAM and of its controls."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from harness.contract.contender import Settings
from harness.protocols.noisy_labels.training.output_layers import HeteroscedasticSettings
from harness.protocols.noisy_labels.training.pi_heads import PIHeadSettings
from harness.protocols.noisy_labels.training.side_information import Source

NoisyHeads = Literal["none", "both", "marginal", "conditional"]
"""Heads with a heteroscedastic output layer; the marginal head has no side information, the conditional one has."""


@dataclass(frozen=True)
class TRAMSettings(Settings):
    """Settings of a network with two heads.

    Attributes:
        head: the head with side information.
        source: side information that training uses.
        clip_features: whether features count at most as their 99th percentile.
        marginal_weight: lambda, weight of the marginal head's loss; it scales that head's gradients alone.
        stop_gradient: whether the marginal head's loss leaves the body alone.
        noisy_heads: which heads have a heteroscedastic output layer, of `heteroscedastic`.
        weight_decay: of all parameters, each by itself.
        largest_gradient: norm to which the gradients of the marginal head, and those of the rest, are clipped,
            each by itself; 0 for no clipping. One norm over both would couple them.

    Raises:
        ValueError: a number below 0, or an unknown choice.
    """

    head: PIHeadSettings = field(default_factory=PIHeadSettings)
    source: Source = "given"
    clip_features: bool = False
    marginal_weight: float = 1.0
    stop_gradient: bool = True
    noisy_heads: NoisyHeads = "none"
    heteroscedastic: HeteroscedasticSettings = field(default_factory=HeteroscedasticSettings)
    weight_decay: float = 0.0
    largest_gradient: float = 0.0

    def __post_init__(self) -> None:
        for name in ("marginal_weight", "weight_decay", "largest_gradient"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be 0 or more, got {getattr(self, name)!r}")
        for name, choices in (("source", Source), ("noisy_heads", NoisyHeads)):
            if getattr(self, name) not in get_args(choices):
                allowed = ", ".join(get_args(choices))
                raise ValueError(f"{name} must be one of {allowed}, got {getattr(self, name)!r}")
