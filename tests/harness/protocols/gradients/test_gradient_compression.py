"""The protocol of gradient compression: real ranks, what is shown when, what is counted, faults."""

import math
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.contract.options import build_options
from harness.contract.report import Report
from harness.contract.split import Split
from harness.data.generated import generate
from harness.errors import BadPrediction, ConfigError
from harness.families import dataset_entry
from harness.protocols.gradients.data_parallel.communication import CompressedCommunication
from harness.protocols.gradients.data_parallel.contract import Bucket, Gradient
from harness.protocols.gradients.data_parallel.launch import RankFailed
from harness.protocols.gradients.data_parallel.reduction import DenseCompressor
from harness.protocols.gradients.data_parallel.training import Diverged
from harness.protocols.gradients.data_parallel.worker import Compression
from harness.protocols.gradients.gradient_compression import GradientCompression, GradientExchange
from harness.protocols.gradients.metrics import METRICS
from harness.protocols.gradients.options import Exchange, GradientOptions
from harness.protocols.gradients.trial import RanksDiverged, SimulationDiffers
from harness.protocols.images.arrays import ImageDataset
from harness.trial import Trial

PROTOCOL = GradientCompression()
TINY = {
    "widths": [16], "batch": 32, "steps": 8, "search_steps": 3, "learning_rates": [0.05, 0.5],
    "ratio": 0.1, "workers": 2, "momentum": 0.5, "simulated_steps": 4, "linear_decay": True, "timeout": 20,
}  # fmt: skip

pytestmark = pytest.mark.filterwarnings("ignore:.*ranks share:RuntimeWarning")


class Own(DenseCompressor):
    """Every rank keeps its own gradient: none is the mean."""

    def decode(self, received: Sequence[torch.Tensor], bucket: Bucket) -> Gradient:
        return self.kept

    def encode(self, gradient: Gradient, bucket: Bucket) -> Any:
        self.kept = gradient.copy()
        return super().encode(gradient, bucket)


class Killed(DenseCompressor):
    """Rank 1 is killed at its third step, while rank 0 waits for it."""

    def encode(self, gradient: Gradient, bucket: Bucket) -> Any:
        if bucket.step == 2 and torch.distributed.get_rank() == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().encode(gradient, bucket)


class Moody(DenseCompressor):
    """In processes the gradient is doubled, in a simulation it is not."""

    def decode(self, received: Sequence[torch.Tensor], bucket: Bucket) -> Gradient:
        mean = super().decode(received, bucket)
        return mean * np.float32(2) if torch.distributed.is_initialized() else mean


class Exploding(DenseCompressor):
    """Gradients a million times too large."""

    def decode(self, received: Sequence[torch.Tensor], bucket: Bucket) -> Gradient:
        return super().decode(received, bucket) * np.float32(1e6)


@dataclass(frozen=True)
class Means(Settings):
    feedback: str = "none"


class Plain(GradientExchange):
    """Dense gradients by our own hook."""

    compressor: Callable[[], Any] = DenseCompressor

    @classmethod
    def configurations(cls, profile: str) -> tuple[Settings, ...]:
        return (Means(),)

    def communication(self, exchange: Exchange) -> CompressedCommunication:
        return CompressedCommunication(Compression(type(self).compressor, self.settings.feedback))


@pytest.fixture(scope="module")
def data() -> ImageDataset:
    all_of_them = generate(dataset_entry("digits"))
    split = all_of_them.splits[0]
    small = Split(split.train[:200], split.valid[:60], split.test[:50])
    return replace(all_of_them, splits=[small])


def run(data: ImageDataset, contender: type[GradientExchange] = Plain, **changes: Any) -> Report:
    split, trial = data.splits[0], Trial("ddp-digits", "plain", profile="smoke")
    context = Context(trial, options_of({**TINY, **changes}), streams=contender.streams, scratch=Path(gettempdir()))
    report = PROTOCOL.run(
        contender,
        PROTOCOL.inputs(data),
        PROTOCOL.view(data, split),
        lambda: PROTOCOL.reveal(data, split),
        context,
    )
    return report.with_surroundings({}, context.curve)


def options_of(given: Mapping[str, Any]) -> GradientOptions:
    """Return the options of a task that gives these plain values."""
    options: GradientOptions = build_options(GradientOptions, given, "task 'ddp-digits'")
    return options


@pytest.fixture(scope="module")
def report(data: ImageDataset) -> Report:
    return run(data)


def with_compressor(compressor: Callable[[], Any]) -> type[GradientExchange]:
    return type("With", (Plain,), {"compressor": compressor})


def test_a_trial_counts_times_and_scores(data: ImageDataset, report: Report) -> None:
    metrics = PROTOCOL.score(data, data.splits[0], "accuracy", report)
    METRICS.check(metrics, PROTOCOL.name)
    elements = 64 * 16 + 16 + 16 * 10 + 10
    assert next(iter(metrics)) == "accuracy"
    assert metrics["bytes_per_step"] == 4 * elements
    assert metrics["kept_ratio"] == 1
    assert "break_even_gbit" not in metrics  # dense against dense
    parts = sum(metrics[f"{part}_ms"] for part in ("compute", "encode", "communicate", "decode"))
    assert metrics["step_ms"] == pytest.approx(parts)
    slow, fast = metrics["modelled_step_ms_0p1gbit"], metrics["modelled_step_ms_100gbit"]
    assert slow - fast == pytest.approx(1e3 * 4 * elements * 8 * (1 / 1e8 - 1 / 1e11))
    assert all(math.isfinite(value) for value in metrics.values())


def test_a_trial_reports_its_choice(report: Report) -> None:
    losses = dict(text.split(": ") for text in report.model["valid_loss_by_learning_rate"])
    assert set(losses) > {"0.05", "0.5"}
    assert f"{report.settings['learning_rate']:g}" == min(losses, key=lambda rate: float(losses[rate]))
    assert min(map(float, losses)) < report.settings["learning_rate"] < max(map(float, losses))
    assert report.model["learning_rate_inside"] is True
    assert not [flag for flag in report.flags if "edge" in flag]
    assert report.settings["feedback"] == "none"
    assert report.configurations_tried == len(losses)
    assert report.parameters == 64 * 16 + 16 + 16 * 10 + 10
    assert report.model["simulation_equal"] is True
    assert [row["step"] for row in report.curve] == list(range(1, 9))


def test_a_cost_cannot_take_the_place_of_the_score(data: ImageDataset, report: Report) -> None:
    forged = replace(report, measured={**report.measured, "accuracy": 1.0})
    with pytest.raises(BadPrediction, match=r"expected measured costs named \*_ms, .*, got 'accuracy'"):
        PROTOCOL.score(data, data.splits[0], "accuracy", forged)


def test_the_same_trial_has_the_same_bits(data: ImageDataset, report: Report) -> None:
    assert np.array_equal(run(data)["scores"], report["scores"])


def test_test_images_come_after_the_ranks_have_ended(data: ImageDataset) -> None:
    split = data.splits[0]
    assert set(PROTOCOL.reveal(data, split).arrays) == {"test_images"}
    assert not PROTOCOL.inputs(data).arrays
    view = PROTOCOL.view(data, split)
    assert {name: len(array) for name, array in view.arrays.items()} == {
        "train_images": 200, "train_targets": 200, "valid_images": 60, "valid_targets": 60,
    }  # fmt: skip
    permuted = PROTOCOL.permute_withheld(data, split, np.random.default_rng(0))
    again = PROTOCOL.view(permuted, split)
    assert all(np.array_equal(again[name], view[name]) for name in view.arrays)
    assert not np.array_equal(permuted.targets, data.targets)


def test_a_dead_rank_is_a_clear_failure(data: ImageDataset) -> None:
    with pytest.raises(RankFailed, match="rank 1 of 2 was killed by SIGKILL"):
        run(data, with_compressor(Killed), learning_rates=[0.1])


def test_ranks_that_go_apart_fail_the_trial(data: ImageDataset) -> None:
    with pytest.raises(RanksDiverged, match="parameters of 2 ranks are not the same bits"):
        run(data, with_compressor(Own), learning_rates=[0.1])


def test_a_simulation_that_differs_fails_the_trial(data: ImageDataset) -> None:
    with pytest.raises(SimulationDiffers, match="2 simulated ranks do not have the parameters"):
        run(data, with_compressor(Moody), learning_rates=[0.1])


def test_divergence_is_met_by_smaller_learning_rates_or_named(data: ImageDataset) -> None:
    chosen = run(data, with_compressor(Exploding), learning_rates=[1e-9, 0.5], simulated_steps=0)
    assert chosen.settings["learning_rate"] <= 1e-9
    assert chosen.model["simulation_equal"] == "not simulated"
    with pytest.raises(RankFailed, match="training diverged with each learning rate") as error:
        run(data, with_compressor(Exploding), learning_rates=[0.5])
    assert Diverged.__name__ in str(error.value)


GOOD = {**TINY, "widths": (16,), "learning_rates": (0.1,)}


@given(
    st.sampled_from(
        [
            ("ratio", 0.0), ("ratio", 1.5), ("batch", 33), ("batch", 0), ("workers", 0), ("widths", ()),
            ("widths", (0,)), ("learning_rates", ()), ("learning_rates", (-0.1,)),
            ("learning_rates", (0.5, 0.1)), ("steps", 0), ("epochs", 3),
            ("momentum", 1.0), ("link_gbit", 0.0), ("search_steps", -1), ("simulated_steps", -2), ("timeout", 0),
        ]
    )
)  # fmt: skip
def test_options_out_of_range_are_named(wrong: tuple[str, Any]) -> None:
    name, value = wrong
    with pytest.raises(ConfigError, match=r"option \w+ of a gradient-compression task is"):
        options_of({**GOOD, name: value})


def test_unknown_and_missing_options_are_named() -> None:
    unknown = (
        r"^task 'ddp-digits': unknown option 'worker'; did you mean 'workers'\? Allowed: widths, .*, timeout\.$"
    )
    with pytest.raises(ConfigError, match=unknown):
        options_of({**GOOD, "worker": 2})
    with pytest.raises(ConfigError, match=r"^task 'ddp-digits': needs the option ratio\.$"):
        options_of({name: value for name, value in GOOD.items() if name != "ratio"})
    with pytest.raises(ConfigError, match=r"needs the options batch, workers\.$"):
        options_of({name: value for name, value in GOOD.items() if name not in ("batch", "workers")})


@given(st.integers(1, 9), st.integers(32, 5000))
def test_epochs_are_whole_batches(epochs: int, examples: int) -> None:
    options = options_of({**GOOD, "steps": 0, "epochs": epochs})
    assert options.steps_of(examples) == epochs * (examples // 32)
