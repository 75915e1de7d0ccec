"""Base classes of contenders, their settings and their models."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any, ClassVar
from typing import Protocol as Structural

import numpy as np

from harness.trial import canonical


@dataclass(frozen=True)
class Settings:
    """Base of a contender's settings: a frozen dataclass, one instance for each configuration."""

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)


class Contender(ABC):
    """Base of a method, baseline or control. Subclasses add the methods that their protocol names.

    Attributes:
        streams: purposes for which the contender draws random numbers; others are refused.
    """

    streams: ClassVar[tuple[str, ...]] = ("init", "batches", "dropout")

    def __init__(self, settings: Any) -> None:
        self.settings = settings

    @classmethod
    @abstractmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        """Return the settings that a trial of this profile searches, best guess first; one means no search.

        The search itself belongs to the protocol: every contender's configurations are compared by the same
        rule, on validation data only, and counted.
        """


class Model(Structural):
    """The result of ``fit``. Protocols define the arguments and the return value of `predict`.

    A model may have ``num_parameters``, an int, and ``facts``, a mapping of names to plain values (numbers, texts,
    lists of them) that the record keeps; ``facts["flags"]`` is a list of short texts for the board.
    """

    def predict(self, items: Any) -> np.ndarray:
        """Return predictions for `items`."""
        ...


def settings_fingerprint(configurations: Sequence[Settings]) -> str:
    """Return a hash of the searched configurations, in order, with their class names."""
    content = canonical([[type(c).__qualname__, as_plain(c)] for c in configurations])
    return blake2b(content.encode(), digest_size=16).hexdigest()


def as_plain(settings: Any) -> Mapping[str, Any]:
    """Return any settings object (a dataclass, or a mapping) as plain values."""
    return dict(settings) if isinstance(settings, Mapping) else asdict(settings)
