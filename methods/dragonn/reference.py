"""Plain references of the fast encoder, in torch's vector operations and as the loop of the definition.

The vectorised one contains the compaction (`nonzero` over n) that the method avoids: it is for tests
and comparison.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from methods.dragonn.wire import Message

WORD = 0xFFFFFFFF


def murmur3(index: Tensor, seed: int) -> Tensor:
    """Return MurmurHash3_x86_32 of each 4-byte index, int64 in 0 .. 2^32-1; products wrap modulo 2^64."""
    key = (index.long() * 0xCC9E2D51) & WORD
    key = (((key << 15) | (key >> 17)) & WORD) * 0x1B873593 & WORD
    h = key ^ seed
    h = (((h << 13) | (h >> 19)) & WORD) * 5 + 0xE6546B64 & WORD
    h = h ^ 4
    h = (h ^ (h >> 16)) * 0x85EBCA6B & WORD
    h = (h ^ (h >> 13)) * 0xC2B2AE35 & WORD
    return h ^ (h >> 16)


def encode(
    gradient: npt.NDArray[np.float32],
    threshold: float,
    slots: int,
    *,
    seed: int = 0,
    policy: str = "max_index",
    slot_map: str = "mulhi",
) -> Message:
    """Return the elements kept, in order of slots.

    Args:
        gradient: float32, shape (n,).
        threshold, slots, seed, slot_map: as for `encode.encode`.
        policy: ``max_index`` or ``max_abs``.

    Raises:
        ValueError: the policy has no vectorised form.
    """
    if policy not in ("max_index", "max_abs"):
        raise ValueError(f"policy is {policy!r}; allowed are 'max_index' and 'max_abs'")
    x = torch.from_numpy(gradient)
    hit = torch.nonzero(x.abs() >= threshold).squeeze(1)  # (s,)
    h = murmur3(hit, (43 + seed) & WORD)
    slot = (h * slots) >> 32 if slot_map == "mulhi" else h % slots
    key = hit
    if policy == "max_abs":
        key = (x[hit].abs().view(torch.int32).long() << 32) | (WORD - hit)
    table = torch.full((slots,), -1, dtype=torch.int64).scatter_reduce_(0, slot, key, "amax")  # (m,)
    kept = table[table >= 0]
    index = WORD - (kept & WORD) if policy == "max_abs" else kept
    return Message(index.int().numpy(), x[index].numpy(), len(x), len(hit))


def encode_by_definition(
    x: npt.NDArray[np.float32], threshold: float, slots: int, seed: int, policy: str, slot_map: str
) -> dict[int, int]:
    """Return slot -> index of the element in it, by a loop over the elements in order; any policy."""
    table: dict[int, int] = {}
    tries = int(policy.removeprefix("probe")) if policy.startswith("probe") else 1
    for i in np.flatnonzero(np.abs(x) >= np.float32(threshold)).tolist():
        for attempt in range(tries):
            h = int(murmur3(torch.tensor(i), (43 + seed + attempt) & WORD))
            slot = (h * slots) >> 32 if slot_map == "mulhi" else h % slots
            if (
                slot not in table
                or policy == "max_index"
                or (policy == "max_abs" and abs(x[i]) > abs(x[table[slot]]))
            ):
                table[slot] = i
                break
    return dict(sorted(table.items()))
