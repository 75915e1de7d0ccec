"""Messages between workers: compact pairs, or the whole table of slots.

    format   message (little endian)                                     bytes    needs
    pairs    int32 indices, then float32 values, of the kept elements    8 kept   an exchange of counts first
    table    int32 indices (-1: empty slot), then float32 values         8 m      nothing: its size is known

Both are one array of (index, value) in the end, so both have one decoder: an index of -1 is no element. A shorter
message of pairs is padded with -1 to the longest one where a collective needs equal sizes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NOBODY = -1


@dataclass(frozen=True, eq=False)
class Message:
    """Some elements of a gradient.

    Attributes:
        index: int32, shape (p,): the element's position, or -1 where there is none.
        value: float32, shape (p,): the element; 0 where there is none.
        size: n, the number of elements of the gradient.
        selected: number s of elements that reached the threshold, kept or not.

    Raises:
        ValueError: index and value have other types, or shapes that differ.
    """

    index: npt.NDArray[np.int32]
    value: npt.NDArray[np.float32]
    size: int
    selected: int

    def __post_init__(self) -> None:
        index, value = self.index, self.value
        if index.dtype != np.int32 or value.dtype != np.float32 or index.ndim != 1 or index.shape != value.shape:
            raise ValueError(
                f"index is {index.dtype} of shape {index.shape}, value {value.dtype} of shape {value.shape}; "
                "expected int32 and float32 of one shape (p,)"
            )

    @property
    def kept(self) -> int:
        """Number of elements in the message."""
        return int(np.count_nonzero(self.index >= 0))

    @property
    def bytes(self) -> int:
        """Bytes of the message that a worker passes to the collective."""
        return self.index.nbytes + self.value.nbytes

    def compact(self) -> "Message":
        """Return the message without empty places."""
        there = self.index >= 0
        return Message(self.index[there], self.value[there], self.size, self.selected)

    def payload(self, places: int | None = None) -> npt.NDArray[np.uint8]:
        """Return indices and values as bytes, shape (8·places,).

        Args:
            places: number of places after padding; no padding if None.

        Raises:
            ValueError: the message has more than `places` places.
        """
        places = len(self.index) if places is None else places
        if places < len(self.index):
            raise ValueError(f"places is {places}; this message needs at least {len(self.index)}")
        words = np.empty((2, places), "<i4")
        words[0, : len(self.index)], words[0, len(self.index) :] = self.index, NOBODY
        words[1, : len(self.value)], words[1, len(self.value) :] = self.value.view(np.int32), 0
        return words.reshape(-1).view(np.uint8)


def received(payload: npt.NDArray[np.uint8], size: int) -> Message:
    """Return the message that a payload holds, padding dropped; `selected` is the number of received elements.

    Raises:
        ValueError: the payload is no whole number of pairs, or an index is outside -1 .. size-1.
    """
    if payload.dtype != np.uint8 or payload.ndim != 1 or payload.size % 8:
        raise ValueError(
            f"payload has dtype {payload.dtype} and shape {payload.shape}; expected uint8 of shape (8·places,)"
        )
    words = payload.view("<i4").reshape(2, -1)
    index = words[0].astype(np.int32)
    check_indices(index, size)
    there = index >= 0
    value = words[1][there].astype(np.int32).view(np.float32)
    return Message(index[there], value, size, int(np.count_nonzero(there)))


def check_indices(index: npt.NDArray[np.int32], size: int) -> None:
    """Reject an index that is neither an element of a gradient of `size` elements nor -1.

    Raises:
        ValueError: an index is out of range; the message has the first one and its place.
    """
    wrong = np.flatnonzero((index < NOBODY) | (index >= size))
    if wrong.size:
        raise ValueError(f"index {index[wrong[0]]} at place {wrong[0]} is outside -1 .. {size - 1}")
