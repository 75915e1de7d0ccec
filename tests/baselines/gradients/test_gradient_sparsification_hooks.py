"""The baselines as compressors: what they send, their means, runs of real processes, and torch's own hooks."""

import warnings
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from baselines.gradients.hooks.half_precision import HalfPrecision
from baselines.gradients.hooks.random_k import RandomKCompressor, RandomSelection
from baselines.gradients.hooks.sparsifiers import RULES, Sparsification, Sparsifier
from baselines.gradients.hooks.torch_hooks import AllReduce, PowerSGD
from harness.protocols.gradients.data_parallel.contract import Bucket
from harness.protocols.gradients.data_parallel.launch import RankFailed, run_ranks
from harness.protocols.gradients.data_parallel.training import (
    Communication,
    CompressedCommunication,
    DataParallelSettings,
    Examples,
    RankResult,
    simulate,
    train_rank,
)
from harness.protocols.gradients.data_parallel.worker import Compression, GradientWorker

pytestmark = pytest.mark.filterwarnings("ignore:.*ranks share:RuntimeWarning")

TINY = DataParallelSettings(widths=(64, 48, 32, 10), batch=32, steps=14)
ELEMENTS = 64 * 48 + 48 + 48 * 32 + 32 + 32 * 10 + 10
COMPRESSIONS: dict[str, Compression] = {
    "dense": Compression(),
    **{rule: Compression(partial(Sparsifier, Sparsification(rule, 0.05, 0.002)), "residual") for rule in RULES},
    "random_k": Compression(partial(RandomKCompressor, RandomSelection(0.05)), "residual"),
    "fp16": Compression(partial(HalfPrecision, "fp16")),
    "bf16": Compression(partial(HalfPrecision, "bf16")),
    "everything": Compression(partial(Sparsifier, Sparsification("topk", 1.0)), "residual"),
}
HOOKS: dict[str, Communication] = {
    "torch_dense": AllReduce(),
    "torch_fp16": AllReduce("fp16"),
    "powersgd": PowerSGD(),
}


def normal(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(size, np.float32)


def examples() -> Examples:
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 10, 400)
    features = rng.standard_normal((10, 64))[classes] + rng.standard_normal((400, 64))
    return features.astype(np.float32), classes.astype(np.int64)


def train_all(rank: int, world: int) -> dict[str, RankResult]:
    """All runs in one group; called in the processes of the ranks."""
    ways: dict[str, Communication] = {
        name: CompressedCommunication(way) for name, way in COMPRESSIONS.items()
    } | HOOKS
    return {name: train_rank(rank, world, TINY, way, examples()) for name, way in ways.items()}


def power_sgd_in_buckets(rank: int, world: int) -> None:
    settings = DataParallelSettings(widths=(64, 48, 32, 10), batch=32, steps=14, bucket_mb=0.002)
    train_rank(rank, world, settings, PowerSGD(), examples())


@pytest.fixture(scope="module")
def ranks() -> list[dict[str, RankResult]]:
    """What each of two processes returned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return run_ranks(train_all, 2, limit=200, timeout=60)


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_the_simulation_has_the_bits_of_the_processes(ranks: list[dict[str, RankResult]], name: str) -> None:
    model, simulation = simulate(TINY, COMPRESSIONS[name], examples(), 2)
    results = [rank[name] for rank in ranks]
    assert all(result.agreed for result in results)
    assert results[0].state is not None
    for parameter, value in results[0].state.items():
        assert np.array_equal(model.get_parameter(parameter).detach().numpy(), value), parameter
    for worker, result in zip(simulation.workers, results, strict=True):
        assert worker.ledger.sent / TINY.steps == result.sent_bytes


def test_ours_are_torchs_where_torch_has_them(ranks: list[dict[str, RankResult]]) -> None:
    for ours, theirs in (("dense", "torch_dense"), ("fp16", "torch_fp16")):
        one, other = ranks[0][ours], ranks[0][theirs]
        assert one.state is not None
        assert other.state is not None
        assert all(np.array_equal(one.state[name], other.state[name]) for name in one.state)
        assert one.payload_bytes == other.payload_bytes
        assert one.sent_bytes == other.sent_bytes


def test_top_k_of_everything_is_dense(ranks: list[dict[str, RankResult]]) -> None:
    assert ranks[0]["everything"].losses == pytest.approx(ranks[0]["dense"].losses, rel=1e-6)


def test_power_sgd_learns_and_its_bytes_are_counted(ranks: list[dict[str, RankResult]]) -> None:
    result = ranks[0]["powersgd"]
    assert result.agreed
    assert result.losses[-1] < result.losses[0]
    # ten dense steps, then P and Q of rank 2 for three matrices, and the biases as they are
    low_rank = 2 * ((64 + 48) + (48 + 32) + (32 + 10)) + 48 + 32 + 10
    assert result.payload_bytes * TINY.steps == 4 * (10 * ELEMENTS + 4 * low_rank)


def test_power_sgd_in_several_buckets_is_refused_and_does_not_hang() -> None:
    with pytest.raises(RankFailed, match="PowerSGD of torch never ends with gloo and several buckets"):
        run_ranks(power_sgd_in_buckets, 2, limit=100, timeout=20)


@pytest.mark.parametrize("rule", [*RULES, "random_k"])
def test_sent_plus_kept_is_gradient_plus_what_was_kept(rule: str) -> None:
    layout = (("w", 3000),)
    worker = GradientWorker(COMPRESSIONS[rule], 1)
    for step in range(6):
        before = worker.memory.kept["residual"].of(layout).copy()
        gradient = normal(3000, step) * np.float32(0.001)
        outgoing = worker.outgoing(gradient.copy(), 0, layout)
        message = worker.mean(outgoing, [outgoing.payload])
        worker.next_step()
        assert np.array_equal(message + worker.memory.kept["residual"].of(layout), gradient + before)
        assert np.any(message)


@pytest.mark.parametrize("name", [name for name in COMPRESSIONS if name != "everything"])
def test_a_saturated_network_changes_nothing(name: str) -> None:
    worker, layout = GradientWorker(COMPRESSIONS[name], 2), (("w", 500),)
    outgoing = worker.outgoing(np.zeros(500, np.float32), 0, layout)
    gathered = outgoing.compressor.collective == "gather"
    received = [outgoing.payload] * 2 if gathered else [outgoing.payload + outgoing.payload]
    assert not worker.mean(outgoing, received).any()


@pytest.mark.parametrize("name", ["topk", "append", "dgc"])
def test_ranks_that_send_the_same_get_the_mean(name: str) -> None:
    worker, layout = GradientWorker(COMPRESSIONS[name], 2), (("w", 500),)
    outgoing = worker.outgoing(normal(500), 0, layout)
    once, twice = (worker.mean(outgoing, [outgoing.payload] * copies) for copies in (1, 2))
    assert np.array_equal(once, twice)


def test_random_k_differs_between_steps_and_not_between_ranks() -> None:
    one, other = RandomKCompressor(RandomSelection(0.1)), RandomKCompressor(RandomSelection(0.1))
    first, second = (Bucket(0, step, (("w", 400),), 2) for step in (0, 1))
    sent = one.encode(normal(400), first).sent
    assert sent is not None
    assert sorted(sent) == sorted(set(sent.tolist()))
    assert np.array_equal(sent, other.encode(normal(400, 1), first).sent)
    assert not np.array_equal(sent, other.encode(normal(400, 1), second).sent)
    with pytest.raises(ValueError, match="got step 0 of bucket 0 to decode; expected the encoded step 1"):
        other.decode([torch.zeros(40)], first)


def test_numbers_too_large_for_half_precision_are_refused() -> None:
    bucket = Bucket(0, 0, (("head.weight", 2),), 2)
    large = np.array([1e5, 1], np.float32)
    with pytest.raises(FloatingPointError, match=r"gradient of head\.weight does not fit fp16"):
        HalfPrecision("fp16").encode(large, bucket)
    assert HalfPrecision("bf16").encode(large, bucket).payload.dtype == torch.bfloat16


def test_settings_that_make_no_sense_are_refused() -> None:
    for make, said in (
        (lambda: Sparsification("top"), "rule is 'top'; allowed are 'topk'"),
        (lambda: Sparsification("topk", 0.0), "ratio is 0.0"),
        (lambda: Sparsification("threshold", threshold=0.0), "threshold is 0.0"),
        (lambda: RandomSelection(1.5), "ratio is 1.5"),
        (lambda: HalfPrecision("fp8"), "precision is 'fp8'"),
        (lambda: AllReduce("bf16"), "precision is 'bf16'"),
        (lambda: PowerSGD(rank=0), "rank is 0"),
    ):
        with pytest.raises(ValueError, match=said):
            make()
