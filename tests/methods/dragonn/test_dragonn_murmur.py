"""The hash against scikit-learn's, the published values of the design, and the seeds of steps."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils import murmurhash3_32

from methods.dragonn.entries import packed, policy_number, unpacked
from methods.dragonn.murmur import murmur3, slot_of, step_seed
from methods.dragonn.reference import murmur3 as vectorised

KNOWN = {
    43: [343843178, 4185382829, 4230535732, 342853811, 874153242, 589501142, 1616800726, 208422091],
}
WORDS = st.integers(0, 2**32 - 1)


def test_known_values() -> None:
    assert [murmur3(i, 43) for i in range(8)] == KNOWN[43]
    assert murmur3(12345, 43) == 193384237
    assert murmur3(2**31 - 1, 43) == 2759055722
    assert murmur3(7, 44) == 2571316050
    assert murmur3(0, 0) == 593689054


@given(st.integers(0, 2**31 - 1), WORDS)
def test_the_hash_is_scikit_learns(index: int, seed: int) -> None:
    expected = murmurhash3_32(np.array([index], np.int32), seed=seed, positive=True)[0]
    assert murmur3(index, seed) == expected
    assert vectorised(torch.tensor([index]), seed).item() == expected


@given(st.integers(0, 2**31 - 1), WORDS, st.integers(1, 2**31 - 1))
def test_slots_are_those_of_the_hash(index: int, seed: int, slots: int) -> None:
    h = int(murmurhash3_32(np.array([index], np.int32), seed=seed, positive=True)[0])
    assert slot_of(index, seed, slots, False) == h % slots
    assert slot_of(index, seed, slots, True) == h * slots // 2**32


def test_seeds_of_steps_are_functions_of_step_and_bucket() -> None:
    assert step_seed(0, 5) == 5
    assert step_seed(3, 2) == (3 * 0x9E3779B1 + 2) % 2**32
    assert len({step_seed(step, bucket) for step in range(100) for bucket in range(20)}) == 2000


@settings(max_examples=200)
@given(st.integers(0, 2**31 - 1), st.integers(-(2**31), 2**31 - 1), st.sampled_from([0, -1, 1, 4]))
def test_an_entry_holds_index_and_bits(index: int, pattern: int, policy: int) -> None:
    entry = packed(index, np.int32(pattern), policy)
    assert entry >= 0
    assert unpacked(entry, policy) == (index, pattern)


@pytest.mark.parametrize("policy", ["", "max", "probe", "probe0", "probe-1", "probe1.5", "probe²"])
def test_unknown_policies(policy: str) -> None:
    with pytest.raises(ValueError, match=r"policy is .*allowed are 'max_index', 'max_abs' and 'probe1'"):
        policy_number(policy)
