"""The options of a task. Light: every command builds them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SequenceOptions:
    """Options of a task of sequence classification.

    Attributes:
        stride: contenders get every stride-th step of a sequence.

    Raises:
        ValueError: the stride is below 1.
    """

    stride: int = 1

    def __post_init__(self) -> None:
        if self.stride < 1:
            raise ValueError(f"stride must be at least 1, got {self.stride}")
