"""The encoder on a GPU: one pass in which every hit is an atomic maximum on its slot, so the result is that of
the CPU to the bit.

Runs on CPU tensors too, slowly, in Triton's interpreter (TRITON_INTERPRET=1).
"""

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from methods.dragonn.gradient import non_finite, threshold_bits
from methods.dragonn.murmur import HASH_SEED, WORD
from methods.dragonn.wire import Message

BLOCK = 4096
LAST = WORD - 1


@triton.jit
def _murmur3(index: Any, seed: Any) -> Any:
    key = index.to(tl.uint32) * 0xCC9E2D51
    key = ((key << 15) | (key >> 17)) * 0x1B873593
    h = key ^ seed
    h = ((h << 13) | (h >> 19)) * 5 + 0xE6546B64
    h ^= 4
    h = (h ^ (h >> 16)) * 0x85EBCA6B
    h = (h ^ (h >> 13)) * 0xC2B2AE35
    return h ^ (h >> 16)


@triton.jit(do_not_specialize=["seed", "slots"])
def _select(
    bits: Any,
    table: Any,
    counts: Any,
    n: int,
    least: int,
    seed: Any,
    slots: Any,
    mulhi: tl.constexpr,
    by_value: tl.constexpr,
    block: tl.constexpr,
) -> None:
    i = tl.program_id(0) * block + tl.arange(0, block)
    magnitude = tl.load(bits + i, mask=i < n, other=0, eviction_policy="evict_first") & 0x7FFFFFFF
    hit = magnitude >= least
    h = _murmur3(i, seed.to(tl.uint32))
    scaled = (h.to(tl.uint64) * slots.to(tl.uint64)) >> 32
    slot = scaled if mulhi else (h % slots.to(tl.uint32)).to(tl.uint64)
    key = i.to(tl.int64)
    if by_value:
        key = (magnitude.to(tl.int64) << 32) | (0xFFFFFFFF - key)
    tl.atomic_max(table + slot.to(tl.int64), key, mask=hit, sem="relaxed")
    tl.atomic_add(counts, tl.sum(hit.to(tl.int32)), sem="relaxed")
    tl.atomic_add(counts + 1, tl.sum((magnitude >= 0x7F800000).to(tl.int32)), sem="relaxed")


def encode(
    x: Tensor, threshold: float, slots: int, *, seed: int = 0, policy: str = "max_index", slot_map: str = "mulhi"
) -> Message:
    """Return the message of `encode.encode` for the same arguments, on the host.

    Args:
        x: float32, shape (n,), contiguous, on a CUDA device (or anywhere in the interpreter).
        policy: ``max_index`` or ``max_abs``.

    Raises:
        TypeError: x is not float32 or not contiguous.
        ValueError: the policy is no maximum.
        FloatingPointError: x has an infinity or a NaN.
    """
    if policy not in ("max_index", "max_abs"):
        raise ValueError(f"policy is {policy!r}; allowed are 'max_index' and 'max_abs'")
    if x.dtype != torch.float32 or not x.is_contiguous():
        raise TypeError(f"gradient is {x.dtype} with strides {x.stride()}; expected contiguous float32")
    table = torch.full((slots,), -1, dtype=torch.int64, device=x.device)
    counts = torch.zeros(2, dtype=torch.int32, device=x.device)
    if x.numel():
        _select[(triton.cdiv(x.numel(), BLOCK),)](
            x.view(torch.int32),
            table,
            counts,
            x.numel(),
            int(threshold_bits(threshold)),
            (HASH_SEED + seed) % WORD,
            slots,
            mulhi=slot_map == "mulhi",
            by_value=policy == "max_abs",
            block=BLOCK,
        )
    selected, infinite = counts.tolist()
    if infinite:
        raise non_finite(infinite, ())
    kept = table[table >= 0]  # m words, not n
    index = LAST - (kept & LAST) if policy == "max_abs" else kept
    return Message(index.int().cpu().numpy(), x[index].cpu().numpy(), x.numel(), selected)
