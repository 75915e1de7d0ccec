"""Regression by TRAM: its read-out, its control, and repeatability."""

import numpy as np
import pytest
import torch

from harness.contract.context import Context
from harness.protocols.noisy_labels.options import RegressionOptions
from harness.protocols.noisy_labels.regression_arrays import PrivilegedSamples
from harness.protocols.noisy_labels.training.privileged_regressors import read_out, regression_body
from harness.trial import Trial
from methods.tram.regression import RegressionTRAM, RegressionTRAMSettings, RegressionTRAMZeros


def context(**options: float) -> Context:
    given = RegressionOptions(**{"steps": 100, "width": 16, **options})  # type: ignore[arg-type]
    return Context(Trial("privileged-sine", "tested", profile="smoke"), options=given, streams=("init",))


def samples(count: int, seed: int = 0) -> PrivilegedSamples:
    random = np.random.default_rng(seed)
    x, side = random.random(count), (random.random(count) < 0.3).astype(float)
    y = (1 - side) * np.sin(2 * np.pi * x) + side * random.uniform(-1, 1, count)
    return PrivilegedSamples(x, side, y)


@pytest.mark.parametrize("contender", [RegressionTRAM, RegressionTRAMZeros])
def test_it_learns_the_mean_of_y_given_x(contender: type[RegressionTRAM]) -> None:
    (settings,) = contender.configurations("standard")
    model = contender(settings).fit(samples(1000), samples(100, 1), context())
    x = np.linspace(0, 1, 200)
    found = model.predict(x)
    assert np.mean((found - 0.7 * np.sin(2 * np.pi * x)) ** 2) < 0.01
    assert np.array_equal(found, contender(settings).fit(samples(1000), samples(100, 1), context()).predict(x))


def test_zeros_ignore_the_side_information() -> None:
    given, x = samples(200), np.linspace(0, 1, 20)
    other = PrivilegedSamples(given.x, 1 - given.side, given.y)
    for settings, same in ((RegressionTRAMSettings(zeros=True), True), (RegressionTRAMSettings(), False)):
        first, second = (RegressionTRAM(settings).fit(part, part, context()).predict(x) for part in (given, other))
        assert np.array_equal(first, second) == same


def test_the_read_out_is_a_ridge_regression_on_the_representation() -> None:
    torch.manual_seed(0)
    options, given = RegressionOptions(width=8), samples(50)
    body, head = regression_body(options), torch.nn.Linear(8, 1)
    with torch.no_grad():
        hidden = body(torch.from_numpy(given.x[:, None].astype(np.float32))).double().numpy()
    centred = hidden - hidden.mean(axis=0)
    weight = np.linalg.solve(centred.T @ centred + 0.5 * np.eye(8), centred.T @ (given.y - given.y.mean()))
    expected = centred @ weight + given.y.mean()
    found = read_out(body, head, given.x, given.y, 0.5)
    np.testing.assert_allclose(found.predict(given.x), expected, atol=1e-5)
    assert found.num_parameters == 16 + 72 + 9
    kept = read_out(body, head, given.x, given.y, 0.0)
    with torch.no_grad():
        np.testing.assert_allclose(kept.predict(given.x), head(torch.from_numpy(hidden).float())[:, 0], atol=1e-5)


def test_the_weight_acts_where_nothing_is_refitted() -> None:
    given, x = samples(200), np.linspace(0, 1, 20)
    for ridge, same in ((0.5, True), (0.0, False)):
        first, second = (
            RegressionTRAM(RegressionTRAMSettings(marginal_weight=w)).fit(given, given, context(ridge=ridge))
            for w in (0.0, 1.0)
        )
        assert np.array_equal(first.predict(x), second.predict(x)) == same
    with pytest.raises(ValueError, match="marginal_weight must be 0 or more, got -1"):
        RegressionTRAMSettings(marginal_weight=-1)
