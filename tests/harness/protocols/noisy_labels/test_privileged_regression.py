"""The sine with side information: its law, the steps of a trial, and bad predictions."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.data.generated import generate
from harness.errors import BadPrediction
from harness.families import dataset_entry, protocol_entries
from harness.protocols.noisy_labels.options import RegressionOptions
from harness.protocols.noisy_labels.privileged_regression import PrivilegedRegression, PrivilegedRegressor
from harness.protocols.noisy_labels.regression_arrays import PrivilegedRegressionData, PrivilegedSamples
from harness.trial import Trial
from tests.reports import report_of

PROTOCOL = PrivilegedRegression()


class Constant(PrivilegedRegressor):
    """Predict the mean of the values."""

    @classmethod
    def configurations(cls, profile: str) -> tuple[Settings, ...]:
        return (Settings(),)

    def fit(self, train: PrivilegedSamples, valid: PrivilegedSamples, context: Context) -> Any:
        mean = float(train.y.mean())
        return SimpleNamespace(predict=lambda x: np.full(len(x), mean), num_parameters=1)


@pytest.fixture(scope="module")
def data() -> PrivilegedRegressionData:
    found = generate(dataset_entry("privileged-sine"))
    assert isinstance(found, PrivilegedRegressionData)
    return found


def test_the_samples_follow_their_law(data: PrivilegedRegressionData) -> None:
    assert data.x.shape == (10, 5500)
    assert 0 <= data.x.min() < data.x.max() <= 1
    assert data.side.mean() == pytest.approx(0.3, abs=0.01)
    sine = np.sin(2 * np.pi * data.x)
    kept, replaced = data.side == 0, data.side == 1
    assert (data.y - sine)[kept].std() == pytest.approx(0.1, rel=0.02)
    assert data.y[replaced].var() == pytest.approx(1 / 3 + 0.01, rel=0.02)
    assert np.corrcoef(data.y[replaced], sine[replaced])[0, 1] == pytest.approx(0, abs=0.02)
    np.testing.assert_allclose(data.marginal, 0.7 * sine)
    np.testing.assert_array_equal(data.signal, sine)


def test_the_mean_of_y_given_x_is_the_declared_one(data: PrivilegedRegressionData) -> None:
    bins = (data.x * 20).astype(int).ravel()
    error = np.bincount(bins, (data.y - data.marginal).ravel()) / np.bincount(bins)
    assert np.abs(error).max() < 0.05  # 2,750 values a bin


def test_the_limit_of_a_consistent_method(data: PrivilegedRegressionData) -> None:
    split = data.splits[3]
    perfect = report_of({"estimates": data.marginal[3, split.test]})
    found = PROTOCOL.score(data, split, "mse_to_marginal", perfect)
    assert found["mse_to_marginal"] == 0
    assert found["mse_to_signal"] == pytest.approx(0.045, rel=0.05)


def test_a_trial_from_fit_to_score(data: PrivilegedRegressionData) -> None:
    PROTOCOL.check(Constant, "constant")
    split = data.splits[1]
    context = Context(Trial("privileged-sine", "constant", fold=1, profile="smoke"), options=RegressionOptions())
    view = PROTOCOL.view(data, split)
    report = PROTOCOL.run(Constant, PROTOCOL.inputs(data), view, lambda: PROTOCOL.reveal(data, split), context)
    scored = PROTOCOL.score(data, split, "mse_to_marginal", report)
    assert list(scored) == ["mse_to_marginal", "mse_to_signal"]
    assert scored["mse_to_marginal"] == pytest.approx(0.49 / 2, rel=0.05)
    assert scored["mse_to_signal"] == pytest.approx(0.5, rel=0.05)
    entry = next(entry for name, entry in protocol_entries().items() if name == "privileged-regression")
    entry.metrics.check(scored, "test")


def test_draws_differ_and_views_hold_noisy_values_alone(data: PrivilegedRegressionData) -> None:
    first, second = (PROTOCOL.view(data, split) for split in data.splits[:2])
    assert set(first.arrays) == {f"{part}_{name}" for part in ("train", "valid") for name in ("x", "side", "y")}
    assert {len(array) for name, array in first.arrays.items() if name.startswith("train")} == {2500}
    assert not np.array_equal(first["train_x"], second["train_x"])
    np.testing.assert_array_equal(first["train_y"], data.y[0, :2500])
    assert list(PROTOCOL.reveal(data, data.splits[0]).arrays) == ["test_x"]


def test_permuted_functions_change_no_view(data: PrivilegedRegressionData) -> None:
    split = data.splits[2]
    permuted = PROTOCOL.permute_withheld(data, split, np.random.default_rng(0))
    assert PROTOCOL.view(permuted, split).digest() == PROTOCOL.view(data, split).digest()
    assert PROTOCOL.reveal(permuted, split).digest() == PROTOCOL.reveal(data, split).digest()
    right = report_of({"estimates": data.marginal[2, split.test]})
    assert PROTOCOL.score(permuted, split, "", right)["mse_to_marginal"] > 0.1


@pytest.mark.parametrize(
    ("estimates", "message"),
    [
        (np.zeros(3), "estimates must be 2500 numbers, got float64 of shape"),
        (np.zeros((2500, 1)), r"shape \(2500, 1\)"),
        (np.array(["a"] * 2500), "estimates must be 2500 numbers, got <U1"),
        (np.full(2500, np.nan), "estimates must be finite"),
    ],
)
def test_bad_estimates_are_named(data: PrivilegedRegressionData, estimates: np.ndarray, message: str) -> None:
    with pytest.raises(BadPrediction, match=message):
        PROTOCOL.score(data, data.splits[0], "", report_of({"estimates": estimates}))


def test_bad_samples_and_options_are_named() -> None:
    x = np.zeros(3)
    with pytest.raises(ValueError, match="must have one shape"):
        PrivilegedSamples(x, x, np.zeros(2))
    with pytest.raises(ValueError, match="must have one shape"):
        PrivilegedSamples(x[:0], x[:0], x[:0])
    with pytest.raises(ValueError, match="side must be finite"):
        PrivilegedSamples(x, np.array([0, np.nan, 1]), x)
    with pytest.raises(ValueError, match="steps must be positive, got 0"):
        RegressionOptions(steps=0)
    with pytest.raises(ValueError, match="ridge must be 0 or more, got -1"):
        RegressionOptions(ridge=-1)


def test_the_format_names_sizes(data: PrivilegedRegressionData) -> None:
    assert "(2500,) float64" in PROTOCOL.expected_format(data)
