"""The encoders as the kernel times them: `prepare(case, data, threads)` returns the call.

Encoders, with their tables, are made once for all gradients of a case, as for the steps of a training.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from methods.dragonn.compress import CompressionSettings, GradientCompressor
from methods.dragonn.encode import Encoder
from methods.dragonn.murmur import HASH_SEED
from methods.dragonn.wire import Message

SLOTS_PER_ELEMENT = 4

Data = Mapping[str, Any]
Call = Callable[[], Message]

# The encoder of each timed implementation; all are given the threshold.
OPTIONS = {
    "hash": {},
    "hash-mod": {"slot_map": "mod"},
    "hash-max-abs": {"policy": "max_abs"},
    "hash-probe2": {"policy": "probe2"},
    "hash-probe4": {"policy": "probe4"},
    "hash-table": {"wire": "table"},
}


@lru_cache(maxsize=len(OPTIONS))
def _encoder(name: str, slots: int, threads: int) -> Encoder:
    return Encoder(slots, threads=threads, **OPTIONS[name])


def _given_threshold(name: str) -> Callable[[Any, Data, int], Call]:
    def prepare(case: Any, data: Data, threads: int) -> Call:
        encoder = _encoder(name, SLOTS_PER_ELEMENT * data["k"], threads)
        return lambda: encoder(data["gradient"], data["threshold"])

    return prepare


max_index = _given_threshold("hash")
mod = _given_threshold("hash-mod")
max_abs = _given_threshold("hash-max-abs")
probe2 = _given_threshold("hash-probe2")
probe4 = _given_threshold("hash-probe4")
table = _given_threshold("hash-table")


def sampling_settings(density: float) -> CompressionSettings:
    """Return the paper's settings at a density, which holds for small gradients too."""
    return CompressionSettings(ratio=density, small=0, slots_per_element=SLOTS_PER_ELEMENT)


@lru_cache(maxsize=1)
def _compressor(density: float, threads: int) -> GradientCompressor:
    return GradientCompressor(sampling_settings(density), threads)


def sampled(case: Any, data: Data, threads: int) -> Call:
    """Prepare the whole compression: a sampled threshold, then the encoder."""
    compressor = _compressor(case["density"], threads)
    return lambda: compressor(data["gradient"]).message


def plain_loop(case: Any, data: Data, threads: int) -> Call:
    """Prepare the encoder as a plain loop."""
    from methods.dragonn.plain_loop import encode

    x, threshold, slots = data["gradient"], np.float32(data["threshold"]), SLOTS_PER_ELEMENT * data["k"]
    slot, index, value = np.empty(slots, np.int32), np.empty(slots, np.int32), np.empty(slots, np.float32)

    def call() -> Message:
        kept, selected, _ = encode(x, threshold, HASH_SEED, slot, index, value, 0)
        return Message(index[:kept], value[:kept], x.size, selected)

    return call


def torch_vectorised(case: Any, data: Data, threads: int) -> Call:
    """Prepare the encoder in vector operations of torch."""
    from methods.dragonn.reference import encode

    return lambda: encode(data["gradient"], data["threshold"], SLOTS_PER_ELEMENT * data["k"])


def triton_max_index(case: Any, data: Data, threads: int) -> Call:
    """Prepare the encoder on a GPU that holds the gradient; a call ends when its output is on the host."""
    import torch

    from methods.dragonn.triton_kernel import encode

    x = torch.from_numpy(data["gradient"]).cuda()
    return lambda: encode(x, data["threshold"], SLOTS_PER_ELEMENT * data["k"])
