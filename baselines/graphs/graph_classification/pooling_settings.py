"""Settings of all pooling baselines, so that all keep the same share."""

from dataclasses import dataclass

from harness.protocols.graphs.training.training_settings import GraphNetworkSettings


@dataclass(frozen=True)
class PoolingSettings(GraphNetworkSettings):
    """Shared settings and the share of vertices that a pooling layer keeps.

    Methods with a fixed number of clusters take this share of the mean size of the training graphs.

    Raises:
        ValueError: the ratio is not in (0, 1].
    """

    ratio: float = 0.25

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.ratio <= 1:
            raise ValueError(f"ratio = {self.ratio!r}: expected 0 < ratio <= 1")
