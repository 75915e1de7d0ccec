"""The tuning rule, and what a contender may ask of the harness."""

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from harness.contract.contender import Contender, Settings, settings_fingerprint
from harness.contract.context import Context
from harness.contract.search import search
from harness.errors import BadPrediction, UnknownStream
from harness.trial import Trial


@dataclass(frozen=True)
class Size(Settings):
    width: int = 1
    loss: float | tuple[float, float] = 0.0


@dataclass(frozen=True)
class Other(Settings):
    width: int = 1
    loss: float = 0.0


def searched(*losses: float | tuple[float, float]) -> Any:
    class Tried(Contender):
        @classmethod
        def configurations(cls, profile: str) -> list[Size]:
            assert profile == "paper"
            return [Size(width, loss) for width, loss in enumerate(losses)]

    context = Context(Trial("task", "c", profile="paper"))
    seeds = []

    def fit(contender: Contender) -> Settings:
        seeds.append(context.seed("init"))
        return contender.settings

    found = search(Tried, context, fit, lambda settings: settings.loss)
    assert len(set(seeds)) == len(losses), "each configuration draws its own numbers"
    return found


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ((1.0,), 0),
        ((3.0, 1.0, 2.0), 1),
        ((1.0, 1.0), 0),
        ((math.nan, 2.0), 1),
        ((math.inf, 5.0, math.nan), 1),
        ((-math.inf, 4.0), 1),
    ],
)
def test_the_lowest_finite_validation_loss_wins(losses: tuple[float, ...], best: int) -> None:
    found = searched(*losses)
    assert found.settings.width == best
    report = found.report({"scores": np.zeros((2, 3))}, 0.25, {"bytes": 7.0})
    assert report.settings == {"width": best, "loss": losses[best]}
    assert report.valid_loss == losses[best]
    assert report.configurations_tried == len(losses)
    assert report.fit_seconds >= 0
    assert report.predict_seconds == 0.25
    assert report.measured == {"bytes": 7.0}
    assert report.parameters is None, "the model does not report it"
    assert report["scores"].shape == (2, 3)


def test_no_finite_loss_is_an_error() -> None:
    with pytest.raises(BadPrediction, match=r"no finite validation loss in 2 configuration\(s\)"):
        searched(math.nan, math.inf)


def test_fewer_errors_win_and_the_loss_breaks_ties() -> None:
    found = searched((0.2, 0.1), (0.1, 3.0), (0.1, 2.0), (0.0, math.nan))
    assert found.settings.width == 2
    assert found.valid_loss == 2.0


def test_settings_fingerprints() -> None:
    base = settings_fingerprint([Size(1), Size(2)])
    assert base == settings_fingerprint((Size(width=1), Size(width=2)))
    assert base != settings_fingerprint([Size(2), Size(1)]), "the first of equals wins, so the order counts"
    assert base != settings_fingerprint([Size(1)])
    assert base != settings_fingerprint([Size(1), Size(2, 0.5)])
    assert base != settings_fingerprint([Other(1), Other(2)])


def context(**changes: Any) -> Context:
    trial = {"task": "cora", "contender": "gcn", "fold": 1, "seed": 2, **changes}
    return Context(Trial(**trial), streams=("init", "batches"))


def test_streams_follow_from_the_trial_and_not_from_the_contender() -> None:
    base = context().seed("init")
    assert context(contender="gat").seed("init") == base, "paired comparison: the same batches for all"
    assert context(profile="smoke").seed("init") == base
    others = [
        context().seed("batches"),
        *(context(**{k: v}).seed("init") for k, v in [("task", "x"), ("fold", 2), ("seed", 1)]),
    ]
    assert len({base, *others}) == 5
    assert np.array_equal(context().stream("init").random(3), context().stream("init").random(3))
    assert torch.equal(
        torch.rand(3, generator=context().torch_stream("init")),
        torch.rand(3, generator=context().torch_stream("init")),
    )


def test_an_undeclared_stream_is_refused_with_the_cure() -> None:
    with pytest.raises(UnknownStream, match=r"'weather' is not declared \(declared: init, batches\). Add it to"):
        context().stream("weather")


def test_the_global_generator_is_put_back() -> None:
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    with context().seeded("init"):
        inside = torch.rand(4)
    assert torch.equal(torch.rand(2), expected)
    with context().seeded("init"):
        assert torch.equal(torch.rand(4), inside)


def test_the_learning_curve_names_the_configuration() -> None:
    asked = context()
    asked.log(0, loss=np.float32(0.5))
    asked.configuration = 1
    asked.log(3, loss=0.25, accuracy=1)
    assert asked.curve == [
        {"configuration": 0, "step": 0, "loss": 0.5},
        {"configuration": 1, "step": 3, "loss": 0.25, "accuracy": 1.0},
    ]
    assert all(type(value) in (int, float) for row in asked.curve for value in row.values())


def test_time_left() -> None:
    assert context().time_left() == math.inf
    asked = context()
    asked.deadline = time.monotonic() + 100
    assert 90 < asked.time_left() <= 100
