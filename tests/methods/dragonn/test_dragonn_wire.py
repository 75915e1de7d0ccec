"""Messages: both formats over the wire, decoding, conservation and the mean over workers."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.dragonn.aggregate import aggregate, decode
from methods.dragonn.encode import encode
from methods.dragonn.wire import Message, received


def message(index: list[int], value: list[float], size: int = 10) -> Message:
    return Message(np.array(index, np.int32), np.array(value, np.float32), size, len(index))


def normal(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(size, np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3000), st.integers(0, 99), st.sampled_from(["pairs", "table"]), st.integers(0, 50))
def test_what_is_received_is_what_was_sent(size: int, seed: int, wire: str, padding: int) -> None:
    x = normal(size, seed)
    sent = encode(x, 1.0, 400, seed=seed, wire=wire)
    payload = sent.payload(len(sent.index) + padding)
    assert payload.nbytes == 8 * (len(sent.index) + padding)
    assert sent.bytes == 8 * len(sent.index)
    got = received(payload, size)
    compact = sent.compact()
    assert np.array_equal(got.index, compact.index)
    assert np.array_equal(got.value.view(np.int32), compact.value.view(np.int32))
    assert got.kept == sent.kept == len(compact.index)
    assert np.array_equal(decode(got), decode(sent))


@pytest.mark.parametrize("policy", ["max_index", "max_abs", "probe2"])
def test_decoded_and_residual_are_the_gradient(policy: str) -> None:
    x = normal(10_007)
    sent = encode(x, 1.5, 3000, policy=policy)
    residual = x.copy()
    residual[sent.index] = 0
    assert np.array_equal((decode(sent) + residual).view(np.int32), x.view(np.int32))


def test_a_fixed_table_has_a_size_that_the_data_do_not_change() -> None:
    assert {len(encode(normal(1000, s), 1.0 + s, 64, wire="table").payload()) for s in range(4)} == {512}


def test_the_mean_over_workers_is_torchs() -> None:
    messages = [encode(normal(2000, worker), 0.5, 900, seed=worker).compact() for worker in range(4)]
    expected = torch.zeros(2000)
    for one in messages:
        expected.index_add_(0, torch.from_numpy(one.index), torch.from_numpy(one.value))
    assert np.array_equal(aggregate(messages), (expected / 4).numpy())


def test_workers_that_send_the_same_element_are_averaged() -> None:
    x = normal(500)
    sent = encode(x, 0.5, 200)
    assert np.array_equal(aggregate([sent, sent]), decode(sent))
    assert aggregate([message([3, 3], [1, 2]), message([3], [5])]).tolist() == [0, 0, 0, 4, 0, 0, 0, 0, 0, 0]


def test_counts_differ_and_out_is_overwritten() -> None:
    out = np.full(10, 7, np.float32)
    got = aggregate([message([1], [4]), message([], []), message([-1, 2], [0, 8]), message([0], [4])], out)
    assert got is out
    assert out.tolist() == [1, 1, 2, 0, 0, 0, 0, 0, 0, 0]


def test_what_cannot_be_aggregated() -> None:
    with pytest.raises(ValueError, match="messages is empty"):
        aggregate([])
    with pytest.raises(ValueError, match="message 1 has a gradient of 9 elements; expected 10, as in message 0"):
        aggregate([message([], []), message([], [], size=9)])
    for wrong in (10, -2):
        with pytest.raises(ValueError, match=rf"index {wrong} at place 1 of message 1 is outside -1 \.\. 9"):
            aggregate([message([1], [1]), message([2, wrong], [1, 1])])
    for out in (np.zeros(9, np.float32), np.zeros(10)):
        with pytest.raises(ValueError, match=r"out has dtype .* expected float32 of shape \(10,\)"):
            aggregate([message([], [])], out)


def test_what_is_no_message() -> None:
    index, value = np.zeros(3, np.int32), np.zeros(3, np.float32)
    for i, v in (
        (index.astype(np.int64), value),
        (index, value.astype(float)),
        (index, value[:2]),
        (index[None], value),
    ):
        with pytest.raises(ValueError, match="expected int32 and float32 of one shape"):
            Message(i, v, 10, 3)
    with pytest.raises(ValueError, match="places is 1; this message needs at least 2"):
        message([1, 2], [1, 2]).payload(1)


def test_what_cannot_be_received() -> None:
    with pytest.raises(ValueError, match=r"dtype uint8 and shape \(12,\); expected uint8 of shape"):
        received(np.zeros(12, np.uint8), 10)
    with pytest.raises(ValueError, match="dtype int32"):
        received(np.zeros(8, np.int32), 10)
    with pytest.raises(ValueError, match=r"index 12 at place 1 is outside -1 \.\. 9"):
        received(message([1, 12], [1, 1]).payload(), 10)
