"""Error feedback: nothing is lost, whatever the layout of the buckets; the worker's bytes, choices and refusals."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.protocols.gradients.data_parallel.contract import Bucket
from harness.protocols.gradients.data_parallel.feedback import MomentumCorrection, PerParameter, Residual, memory
from harness.protocols.gradients.data_parallel.link_model import NetworkLink
from harness.protocols.gradients.data_parallel.pairs import mean_of_pairs, packed, unpacked
from harness.protocols.gradients.data_parallel.selection import Affine, Cheaper, LargerThan
from harness.protocols.gradients.data_parallel.worker import Compression, GradientWorker
from methods.dragonn.compress import CompressionSettings
from methods.dragonn.training.compressor import HashCompressor

LAYOUT = (("weight", 600), ("bias", 40))
ONE = CompressionSettings(threshold="exact", small=0)
HASH = partial(HashCompressor, CompressionSettings(ratio=0.05, threshold="exact", small=0))


def normal(size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(size, np.float32)


def sent_alone(worker: GradientWorker, gradient: np.ndarray, layout=LAYOUT) -> np.ndarray:
    """What a worker that is alone sends: with W = 1 the mean is the message."""
    outgoing = worker.outgoing(gradient, 0, layout)
    worker.count(outgoing, outgoing.payload.numel())
    worker.next_step()
    return worker.mean(outgoing, [outgoing.payload])


@pytest.mark.parametrize("wire", ["pairs", "table"])
@pytest.mark.parametrize("policy", ["max_index", "max_abs", "probe2"])
def test_sent_plus_kept_is_gradient_plus_what_was_kept(wire: str, policy: str) -> None:
    compressor = partial(HashCompressor, CompressionSettings(0.05, policy, wire=wire, threshold="exact", small=0))
    worker = GradientWorker(Compression(compressor, "residual"), 1)
    residual = worker.memory.kept["residual"]
    for step in range(12):
        before = residual.of(LAYOUT).copy()
        gradient = normal(640, step)
        message = sent_alone(worker, gradient.copy())
        assert 0 < np.count_nonzero(message) < 64
        assert np.array_equal(message + residual.of(LAYOUT), gradient + before)
        assert not np.any((message != 0) & (residual.of(LAYOUT) != 0))


def test_residual_by_hand() -> None:
    # one element of four is sent, the largest of g + e; the others are what the next gradient is added to
    worker = GradientWorker(Compression(partial(HashCompressor, replace(ONE, ratio=0.25)), "residual"), 1)
    layout, residual = (("w", 4),), worker.memory.kept["residual"]
    steps: list[tuple[list[float], list[float], list[float]]] = [
        # gradient            sent              kept
        ([4, 1, -2, 0.5], [4, 0, 0, 0], [0, 1, -2, 0.5]),
        ([1, 1.5, -1, 0], [0, 0, -3, 0], [1, 2.5, 0, 0.5]),
        ([0, 0, 0, 0], [0, 2.5, 0, 0], [1, 0, 0, 0.5]),
        ([-1, 0.25, 0, 1], [0, 0, 0, 1.5], [0, 0.25, 0, 0]),
    ]
    for gradient, sent, kept in steps:
        assert sent_alone(worker, np.array(gradient, np.float32), layout).tolist() == sent
        assert residual.of(layout).tolist() == kept


def test_momentum_correction_of_a_hash_by_hand() -> None:
    # μ = ½: u ← u/2 + g, v ← v + u, the largest of v is sent, and u and v are zero there
    worker = GradientWorker(Compression(partial(HashCompressor, replace(ONE, ratio=0.5)), "dgc", momentum=0.5), 1)
    layout = (("w", 2),)
    steps: list[tuple[list[float], list[float], list[float], list[float]]] = [
        # gradient  sent     velocity  accumulated
        ([4, 1], [4, 0], [0, 1], [0, 1]),
        ([0, 1], [0, 2.5], [0, 0], [0, 0]),
        ([1, 2], [0, 2], [1, 0], [1, 0]),
        ([1, 1], [2.5, 0], [0, 1], [0, 1]),
    ]
    for gradient, sent, velocity, accumulated in steps:
        assert sent_alone(worker, np.array(gradient, np.float32), layout).tolist() == sent
        assert worker.memory.kept["velocity"].of(layout).tolist() == velocity
        assert worker.memory.kept["accumulated"].of(layout).tolist() == accumulated


def test_without_feedback_what_is_not_sent_is_lost() -> None:
    worker = GradientWorker(Compression(HASH, "none"), 1)
    gradient = normal(640, 0)
    message = sent_alone(worker, gradient)
    assert np.array_equal(message[message != 0], gradient[message != 0])
    assert worker.memory.kept == {}


def test_momentum_correction_by_hand() -> None:
    layout = (("w", 3),)
    memory = MomentumCorrection(0.5)
    one, zero = np.ones(3, np.float32), np.zeros(3, np.float32)
    assert memory.offered(layout, one).tolist() == [1, 1, 1]
    memory.sent(layout, np.array([0], np.int32))  # u = v = (0, 1, 1)
    assert memory.offered(layout, zero).tolist() == [0, 1.5, 1.5]  # u = (0, ½, ½), v = 1 + ½
    memory.sent(layout, np.array([1], np.int32))
    assert memory.offered(layout, one).tolist() == [1, 1, 2.75]  # u = (1, 1, 1¼)


def test_momentum_correction_that_sends_all_is_momentum_sgd() -> None:
    layout, memory = (("w", 5),), MomentumCorrection(0.9)
    velocity = np.zeros(5, np.float32)
    for step in range(6):
        gradient = normal(5, step)
        velocity = np.float32(0.9) * velocity + gradient
        assert np.array_equal(memory.offered(layout, gradient), velocity)
        memory.sent(layout, None)


@pytest.mark.parametrize("feedback", ["residual", "dgc"])
@settings(max_examples=25)
@given(cuts=st.lists(st.integers(1, 3), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_rebuilt_buckets_find_what_their_parameters_had(feedback: str, cuts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = {f"p{i}": int(rng.integers(0, 6)) for i in range(8)}
    kept = memory(feedback)
    for layout in _layouts(sizes, list(sizes), [8]):
        kept.offered(layout, np.ones(sum(n for _, n in layout), np.float32) * np.arange(1, 1 + sum(sizes.values())))
    before = {name: vectors.state_dict() for name, vectors in kept.kept.items()}
    order = [str(name) for name in rng.permutation(list(sizes))]
    for layout in _layouts(sizes, order, cuts):
        for name, vectors in kept.kept.items():
            expected = [before[name][parameter] for parameter, _ in layout]
            assert np.array_equal(vectors.of(layout), np.concatenate(expected))
    after = {name: vectors.state_dict() for name, vectors in kept.kept.items()}
    for name in before:
        assert all(np.array_equal(before[name][p], after[name][p]) for p in sizes)


def _layouts(sizes: dict[str, int], order: list[str], cuts: list[int]) -> list[tuple[tuple[str, int], ...]]:
    layouts, start = [], 0
    for cut in [*cuts, len(order)]:
        part = order[start : start + cut]
        start += cut
        if part:
            layouts.append(tuple((name, sizes[name]) for name in part))
    return layouts


def test_a_parameter_of_another_size_is_refused() -> None:
    vectors = PerParameter()
    vectors.of((("w", 3), ("b", 1)))
    with pytest.raises(ValueError, match="parameter w has 4 elements, but 3 are kept"):
        vectors.of((("w", 4),))


@pytest.mark.parametrize("feedback", ["residual", "dgc"])
def test_a_checkpoint_goes_on_to_the_bit(feedback: str) -> None:
    first, second = (GradientWorker(Compression(HASH, feedback), 1) for _ in range(2))
    for step in range(3):
        sent_alone(first, normal(640, step))
    second.load_state_dict(first.state_dict())
    reversed_layout = LAYOUT[::-1]
    gradient = normal(640, 9)
    for worker in (first, second):
        worker.result = sent_alone(worker, gradient.copy(), reversed_layout)
    assert np.array_equal(first.result, second.result)
    with pytest.raises(ValueError, match="state has"):
        GradientWorker(Compression(HASH, "none"), 1).load_state_dict(first.state_dict())


@pytest.mark.parametrize("wire", ["pairs", "table"])
@pytest.mark.parametrize("threshold", ["sample", "exact", "ema", "exp"])
def test_a_saturated_network_sends_nothing_and_keeps_going(wire: str, threshold: str) -> None:
    compressor = partial(HashCompressor, CompressionSettings(0.05, wire=wire, threshold=threshold, small=0))
    worker = GradientWorker(Compression(compressor, "residual"), 1)
    for _ in range(3):
        assert not sent_alone(worker, np.zeros(640, np.float32)).any()
    assert worker.ledger.payload == (3 * 8 * 4 * 32 if wire == "table" else 0)


def test_several_buckets_of_different_sizes_have_their_own_tables() -> None:
    worker = GradientWorker(Compression(HASH, "residual"), 1)
    for step in range(2):
        for index, layout in enumerate([(("a", 640),), (("b", 2000),)]):
            gradient = normal(layout[0][1], step)
            outgoing = worker.outgoing(gradient, index, layout)
            assert 0 < np.count_nonzero(worker.mean(outgoing, [outgoing.payload])) <= 0.05 * gradient.size
        worker.next_step()


def test_warm_up_and_small_buckets_are_dense() -> None:
    worker = GradientWorker(Compression(HASH, "residual", warm_up=2, selection=LargerThan(100)), 1)
    sent = [np.count_nonzero(sent_alone(worker, normal(640, step))) for step in range(4)]
    assert sent[:2] == [640, 640]
    assert all(0 < count <= 32 for count in sent[2:])
    assert worker.ledger.payload == 2 * 4 * 640 + 8 * sum(sent[2:])
    assert np.count_nonzero(sent_alone(worker, normal(100, 1), (("small", 100),))) == 100


def test_cost_based_choice_needs_density_below_one_over_w() -> None:
    free = Affine(0, 0)
    for world, density, expected in ((4, 0.24, True), (4, 0.26, False), (16, 0.07, False), (2, 0.4, True)):
        slow = Cheaper(free, free, 0, NetworkLink(1e-6, latency=0), density)
        assert slow.compresses(Bucket(0, 0, (("w", 10**6),), world)) is expected
    fast = Cheaper(Affine(1e-3, 0), free, 0, NetworkLink(100), 0.01)
    assert not fast.compresses(Bucket(0, 0, (("w", 10**5),), 2))
    assert fast.compresses(Bucket(0, 0, (("w", 10**8),), 2))


def test_pairs_travel_as_eight_bytes_and_come_back() -> None:
    index, value = np.array([0, 7, 3], np.int32), np.array([1.5, -2, 0.25], np.float32)
    payload = packed(index, value)
    assert payload.dtype == torch.uint8
    assert payload.numel() == 24
    assert [part.tolist() for part in unpacked(payload, 8)] == [index.tolist(), value.tolist()]
    assert mean_of_pairs([payload, payload], 8).tolist() == [1.5, 0, 0, 0.25, 0, 0, 0, -2]
    with pytest.raises(ValueError, match=r"index 7 of a message is outside 0 \.\. 6"):
        unpacked(payload, 7)
    with pytest.raises(ValueError, match="expected uint8 of shape"):
        unpacked(payload[:-1], 8)
    with pytest.raises(ValueError, match="of one shape"):
        packed(index, value[:2])


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_a_gradient_that_is_not_finite_is_refused_by_name(bad: float) -> None:
    worker = GradientWorker(Compression(HASH, "residual"), 1)
    gradient = normal(640, 0)
    gradient[3] = bad
    with pytest.raises(FloatingPointError, match="gradient of weight, bias has non-finite elements at step 0"):
        worker.outgoing(gradient, 0, LAYOUT)
    assert worker.memory.kept["residual"].state_dict() == {}


def test_large_finite_gradients_are_not_taken_for_infinite() -> None:
    worker = GradientWorker(Compression(), 1)
    gradient = np.full(640, 3e38, np.float32)  # its square is infinite
    assert np.array_equal(sent_alone(worker, gradient), gradient)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="feedback is 'memory'; allowed are 'none', 'residual', 'dgc'"):
        Compression(HASH, "memory")
    with pytest.raises(ValueError, match="momentum is 1"):
        Compression(HASH, "dgc", momentum=1)
    with pytest.raises(ValueError, match="warm_up is -1"):
        Compression(HASH, warm_up=-1)
    with pytest.raises(ValueError, match="elements is -1"):
        LargerThan(-1)
    with pytest.raises(ValueError, match="density is 0"):
        Cheaper(Affine(0, 0), Affine(0, 0), 0, NetworkLink(1), 0)


def least_squares(feedback: str, world: int, disagreement: float, steps: int) -> np.ndarray:
    """Return how far each coordinate is from the solution after SGD that sends one element of twenty.

    Two workers disagree about coordinate 0: their gradients there are shifted by ± the disagreement.
    """
    rng = np.random.default_rng(0)
    A, b, layout = rng.standard_normal((60, 20)), rng.standard_normal(60), (("x", 20),)
    compressor = partial(HashCompressor, CompressionSettings(0.05, threshold="exact", small=0))
    workers = [GradientWorker(Compression(compressor, feedback), world) for _ in range(world)]
    x, shift = np.zeros(20), np.eye(20)[0] * disagreement
    for _ in range(steps):
        gradient = A.T @ (A @ x - b) / 60
        outgoing = [
            worker.outgoing((gradient + sign * shift).astype(np.float32), 0, layout)
            for worker, sign in zip(workers, (1, -1), strict=False)
        ]
        x -= 0.02 * workers[0].mean(outgoing[0], [one.payload for one in outgoing])
        for worker in workers:
            worker.next_step()
    return np.abs(x - np.linalg.lstsq(A, b, rcond=None)[0])


def test_feedback_reaches_the_least_squares_solution() -> None:
    assert least_squares("residual", 1, 0.0, 4500).max() < 1e-4


def test_without_feedback_workers_that_disagree_stall() -> None:
    # both always send the coordinate that they disagree about; no other ever moves
    with_feedback, without = (least_squares(feedback, 2, 3.0, 800).max() for feedback in ("residual", "none"))
    assert with_feedback < without / 2
    assert without > 0.1


def test_residual_is_an_array_of_its_own() -> None:
    kept, gradient = Residual(), normal(640, 0)
    before = gradient.copy()
    kept.offered(LAYOUT, gradient)[:] = 0
    assert np.array_equal(gradient, before)
