"""Runs of real processes: the simulation has the same bits, rebuilt buckets, counted bytes, the check."""

import warnings
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from harness.protocols.gradients.data_parallel import training
from harness.protocols.gradients.data_parallel.communication import Wire
from harness.protocols.gradients.data_parallel.cost import line, measured
from harness.protocols.gradients.data_parallel.launch import run_ranks
from harness.protocols.gradients.data_parallel.link_model import NetworkLink
from harness.protocols.gradients.data_parallel.training import (
    CompressedCommunication,
    DataParallelSettings,
    RankResult,
    StepTimes,
    share,
    simulate,
    train_rank,
)
from harness.protocols.gradients.data_parallel.worker import Compression
from methods.dragonn.compress import CompressionSettings
from methods.dragonn.training.__main__ import main
from methods.dragonn.training.check import RanksDiverged, digits, modelled, passed
from methods.dragonn.training.compressor import HashCompressor

pytestmark = pytest.mark.filterwarnings("ignore:.*ranks share:RuntimeWarning")

TINY = DataParallelSettings(widths=(64, 48, 32, 10), batch=32, steps=8)
ELEMENTS = 64 * 48 + 48 + 48 * 32 + 32 + 32 * 10 + 10
SEVERAL_BUCKETS = DataParallelSettings(widths=(64, 48, 32, 10), batch=32, steps=8, bucket_mb=0.002)


def hashed(**settings: Any) -> partial:
    return partial(HashCompressor, CompressionSettings(ratio=0.05, small=0, **{"threshold": "exact", **settings}))


RUNS: dict[str, tuple[DataParallelSettings, Compression]] = {
    "dense": (TINY, Compression()),
    "hash": (TINY, Compression(hashed())),
    "residual": (TINY, Compression(hashed(), "residual")),
    "momentum": (TINY, Compression(hashed(), "dgc", warm_up=3)),
    "table": (TINY, Compression(hashed(wire="table"), "residual")),
    "ema": (TINY, Compression(hashed(threshold="ema", policy="max_abs"), "residual")),
    "decay": (replace(TINY, momentum=0.9, linear_decay=True), Compression(hashed(), "residual")),
    "buckets": (SEVERAL_BUCKETS, Compression(hashed(), "residual")),
    "saturated": (DataParallelSettings((64, 8, 10), 0.1, batch=32, steps=2), Compression(hashed(), "residual")),
}


def saturated(examples: Any) -> Any:
    """No pixel and no difference between ranks: most gradients are zero."""
    return np.zeros_like(examples[0]), examples[1]


def train_all(rank: int, world: int, examples: Any) -> dict[str, RankResult]:
    """All runs in one group; called in the processes of the ranks."""
    warnings.filterwarnings("ignore", "[0-9]+ of [0-9]+ elements reach the threshold")
    return {
        name: train_rank(
            rank,
            world,
            settings,
            CompressedCommunication(way),
            saturated(examples) if name == "saturated" else examples,
        )
        for name, (settings, way) in RUNS.items()
    }


@pytest.fixture(scope="module", params=[2, 4])
def ranks(request: pytest.FixtureRequest) -> list[dict[str, RankResult]]:
    """What each of W processes returned."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return run_ranks(train_all, request.param, digits(), limit=200, timeout=60)


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.filterwarnings("ignore:.*elements reach the threshold:RuntimeWarning")
@pytest.mark.parametrize("name", RUNS)
def test_the_simulation_has_the_bits_of_the_processes(ranks: list[dict[str, RankResult]], name: str) -> None:
    settings, way = RUNS[name]
    results = [rank[name] for rank in ranks]
    examples = saturated(digits()) if name == "saturated" else digits()
    schedule = results[0].layouts if name == "buckets" else None
    model, simulation = simulate(settings, way, examples, len(ranks), schedule)
    assert all(result.agreed for result in results)
    assert results[0].state is not None
    for parameter, value in results[0].state.items():
        assert np.array_equal(model.get_parameter(parameter).detach().numpy(), value), parameter
    for worker, result in zip(simulation.workers, results, strict=True):
        assert worker.ledger.layouts[: settings.steps] == result.layouts
        assert worker.ledger.sent / settings.steps == result.sent_bytes
        assert worker.ledger.payload / settings.steps == result.payload_bytes


def test_ddp_did_rebuild_its_buckets(ranks: list[dict[str, RankResult]]) -> None:
    one = ranks[0]["residual"].layouts
    assert one[0] != one[1]
    assert set(one[0][0]) == set(one[1][0])
    several = ranks[0]["buckets"].layouts
    assert len(several[-1]) > 1
    assert several[0] != several[-1]


def test_bytes_are_those_of_the_messages(ranks: list[dict[str, RankResult]]) -> None:
    world = len(ranks)
    dense = ranks[0]["dense"]
    assert dense.payload_bytes == 4 * ELEMENTS
    assert dense.sent_bytes == 2 * (world - 1) * 4 * -(-ELEMENTS // world)
    table = ranks[0]["table"]
    assert table.payload_bytes == 8 * 4 * int(0.05 * ELEMENTS)
    assert table.sent_bytes == (world - 1) * table.payload_bytes
    largest = max(rank["hash"].payload_bytes for rank in ranks)
    assert (world - 1) * (largest + 8) <= ranks[0]["hash"].sent_bytes
    for rank in ranks:
        assert rank["hash"].payload_bytes < 8 * int(0.05 * ELEMENTS)
        assert rank["saturated"].payload_bytes < 8 * 0.05 * 650


def test_the_interface_counts_at_least_as_many_bytes(ranks: list[dict[str, RankResult]]) -> None:
    counted = ranks[0]["dense"].on_loopback
    if counted is None:
        pytest.skip("this system has no counters of the loopback interface")
    # the first and the last rank need not start and stop together, so one step is allowed to be missed
    assert counted >= (TINY.steps - 1) * ranks[0]["dense"].sent_bytes * len(ranks)


def test_times_of_a_step_add_up(ranks: list[dict[str, RankResult]]) -> None:
    times = ranks[0]["residual"].times
    assert 0 < times.encode < times.step
    assert 0 < times.decode < times.step
    assert times.compute + times.encode + times.communicate + times.decode + times.optimizer == pytest.approx(
        max(times.step, times.encode + times.communicate + times.decode + times.optimizer)
    )


def test_compression_learns() -> None:
    settings = DataParallelSettings(widths=(64, 48, 32, 10), steps=400)
    features, classes = digits("test")
    accuracy = {}
    for name, way in (("dense", Compression()), ("hash", Compression(hashed(), "residual"))):
        model, _ = simulate(settings, way, digits(), 2)
        accuracy[name] = float((model(torch.from_numpy(features)).argmax(1).numpy() == classes).mean())
    assert accuracy["dense"] > 0.85
    assert accuracy["hash"] > accuracy["dense"] - 0.05


def test_one_worker_without_compression_is_sgd() -> None:
    model, _ = simulate(TINY, Compression(), digits(), 1)
    plain, (features, classes) = TINY.model(), map(torch.from_numpy, digits())
    optimizer = TINY.optimizer(plain)
    for rows in TINY.batches(len(classes)):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(plain(features[rows]), classes[rows]).backward()
        optimizer.step()
    for ours, theirs in zip(model.parameters(), plain.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def result(**changes: Any) -> RankResult:
    layouts = [[(("w", 301_066),)]] * 2
    given = {"times": StepTimes(0.012, 0.001, 0.0003, 0.0005, 0.0002), "payload_bytes": 21_380.0, "agreed": True}
    wire = Wire("gather", counted=True)
    return RankResult(
        **{
            "state": None,
            "losses": [1.0, 1.0],
            "sent_bytes": 21_388.0,
            "layouts": layouts,
            "wire": wire,
            **given,
            **changes,
        }
    )


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -2e4])
def test_a_parameter_that_is_no_number_or_huge_is_divergence_wherever_it_is(number: int, value: float) -> None:
    settings = DataParallelSettings(widths=(3, 4, 2), momentum=0.0, batch=4, steps=1, seed=0)
    model = settings.model()
    training._check_size(model, 1, settings)
    with torch.no_grad():
        list(model.parameters())[number].flatten()[-1] = value
    with pytest.raises(training.Diverged, match="after 1 steps with learning rate"):
        training._check_size(model, 1, settings)


def test_the_check_says_bytes_or_that_ranks_diverged() -> None:
    assert "21,380 bytes a rank and step, 21,388 sent (dense: 1,204,264, 1,204,264 sent)" in passed(result(), 2)
    with pytest.raises(RanksDiverged, match="not the same bits"):
        passed(result(agreed=False), 2)


def test_modelled_steps_of_a_run_by_hand() -> None:
    rows, interval = modelled(result(), 2)
    at_one = next(row for row in rows if row.gigabits == 1)
    assert at_one.dense == pytest.approx(0.0102 + 0.009734112)
    assert at_one.compressed == pytest.approx(0.0102 + 0.0015 + 50.064e-6 + 221.04e-6)
    assert interval.high == pytest.approx(1_182_876 / 1.5e-3 * 8e-9)


def test_the_command_runs_the_check() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        ran = CliRunner().invoke(main, ["--check", "--steps", "4", "--limit", "120", "--timeout", "30"])
    assert ran.exit_code == 0, ran.output
    assert "2 ranks, 4 steps: the parameters are the same bits on all ranks" in ran.output
    assert "at 0.1 Gbit/s (model, no overlap)" in ran.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--ratio", "2"], "ratio is 2.0; allowed are numbers in (0, 1]"),
        (["--wire", "pigeon"], "wire is 'pigeon'"),
        (["--feedback", "memory"], "feedback is 'memory'"),
        (["--processes", "0"], "world is 0"),
        (["--steps", "-3"], "steps is -3"),
        (["--bandwidth", "-1"], "allowed are a positive bandwidth"),
    ],
)
def test_options_that_make_no_sense_end_the_command(arguments: list[str], said: str) -> None:
    ran = CliRunner().invoke(main, arguments)
    assert ran.exit_code == 2
    assert said in ran.output


def test_training_settings_are_checked() -> None:
    for wrong in ({"batch": 0}, {"steps": 0}, {"learning_rate": -1.0}, {"widths": (64,)}, {"widths": (64, 0, 10)}):
        with pytest.raises(ValueError, match=r"allowed are|expected two numbers"):
            DataParallelSettings(**wrong)
    with pytest.raises(ValueError, match="expected 10 at most, the number of examples"):
        next(TINY.batches(10))
    with pytest.raises(ValueError, match="cannot be shared evenly by 3 ranks"):
        share(np.arange(32), 0, 3)
    with pytest.raises(ValueError, match="part is 'all'"):
        digits("all")


def test_ranks_share_a_batch_without_overlap() -> None:
    rows = np.arange(100, 132)
    assert np.concatenate([share(rows, rank, 4) for rank in range(4)]).tolist() == rows.tolist()


def test_costs_are_lines_through_measured_times() -> None:
    fitted = line([1000, 2000, 4000], [3e-3, 5e-3, 9e-3])
    assert fitted(3000) == pytest.approx(7e-3)
    cost = measured(hashed(), sizes=(2000, 20_000), rounds=3)
    assert 0 < cost.density < 0.06
    assert cost.encode(20_000) > 0
    assert cost.decode_sparse >= 0
    assert cost.cheaper_over(NetworkLink(1)).density == cost.density
    with pytest.raises(ValueError, match="two different sizes"):
        measured(hashed(), sizes=(1000,))
