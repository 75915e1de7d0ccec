"""Regression with side information in training only: an estimate of the mean of y given x is scored.

A contender gets noisy values with their side information; test inputs come without it.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from harness.contract.contender import Contender
from harness.contract.context import Context
from harness.contract.protocol import Capability, Protocol, permuted
from harness.contract.report import Report
from harness.contract.search import search, timed
from harness.errors import BadPrediction
from harness.payload import Payload
from harness.protocols.noisy_labels.arrays import NumberedSplit
from harness.protocols.noisy_labels.options import RegressionOptions
from harness.protocols.noisy_labels.regression_arrays import PrivilegedRegressionData, PrivilegedSamples


class PrivilegedRegressor(Contender):
    """Contract: learn from noisy values and side information, return a model that needs inputs alone.

    The model's ``predict(x)``, (n,) float64, returns estimates (n,). It may have ``num_parameters`` and ``facts``.
    """

    @abstractmethod
    def fit(self, train: PrivilegedSamples, valid: PrivilegedSamples, context: Context) -> Any:
        """Return a fitted model; the protocol compares the searched settings on the noisy validation values."""


class PrivilegedRegression(Protocol):
    """Trials of regression with side information."""

    name = "privileged-regression"
    capabilities = (Capability("fit", "(train, valid, context) -> model", "regression with side information"),)
    sees = (
        "inputs, noisy values and side information of the training and validation parts; neither the functions "
        "behind them, nor anything of the test part"
    )
    Options = RegressionOptions

    def inputs(self, data: PrivilegedRegressionData) -> Payload:
        return Payload()

    def view(self, data: PrivilegedRegressionData, split: NumberedSplit) -> Payload:
        train, valid = data.samples(split, split.train), data.samples(split, split.valid)
        arrays = {f"train_{name}": getattr(train, name) for name in ("x", "side", "y")}
        return Payload(arrays | {f"valid_{name}": getattr(valid, name) for name in ("x", "side", "y")})

    def reveal(self, data: PrivilegedRegressionData, split: NumberedSplit) -> Payload:
        return Payload({"test_x": data.x[split.number, split.test]})

    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: Context,
    ) -> Report:
        train, valid = (
            PrivilegedSamples(*(view[f"{part}_{name}"] for name in ("x", "side", "y")))
            for part in ("train", "valid")
        )

        def fit(one: Contender) -> Any:
            return one.fit(train, valid, context)  # type: ignore[attr-defined]

        def validate(model: Any) -> float:
            return float(np.mean((check_estimates(model.predict(valid.x), len(valid)) - valid.y) ** 2))

        selected = search(contender, context, fit, validate)
        x = reveal()["test_x"]
        estimates, seconds = timed(lambda: np.asarray(selected.model.predict(x)))
        return selected.report({"estimates": estimates}, seconds)

    def score(
        self, data: PrivilegedRegressionData, split: NumberedSplit, metric: str, report: Report
    ) -> dict[str, float]:
        """Return the mean squared errors against the mean of y given x, and against the noise-free function."""
        estimates = check_estimates(report["estimates"], len(split.test))
        truth = {"mse_to_marginal": data.marginal, "mse_to_signal": data.signal}
        return {
            name: float(np.mean((estimates - values[split.number, split.test]) ** 2))
            for name, values in truth.items()
        }

    def permute_withheld(
        self, data: PrivilegedRegressionData, split: NumberedSplit, generator: np.random.Generator
    ) -> PrivilegedRegressionData:
        """Permute the functions' values at all inputs of the split's draw; the noisy values are given away."""
        marginal, signal = data.marginal.copy(), data.signal.copy()
        everything = np.arange(marginal.shape[1])
        for values in (marginal, signal):
            values[split.number] = permuted(values[split.number], everything, generator)
        return data.with_functions(marginal, signal)

    def expected_format(self, data: PrivilegedRegressionData) -> str:
        first = data.splits[0]
        return (
            f"fit(train, valid, context): train.x, train.side, train.y, "
            f"({len(first.train)},) float64 each -> model\n"
            f"model.predict(x) -> estimates (n,); {len(first.valid)} samples validate, {len(first.test)} test\n"
            f"seen while fitting: {self.sees}"
        )


def check_estimates(given: Any, count: int) -> np.ndarray:
    """Return estimates as (n,) float64.

    Raises:
        BadPrediction: another shape or type, or values that are not finite.
    """
    found = np.asarray(given)
    if found.shape != (count,) or found.dtype.kind not in "iuf":
        raise BadPrediction(f"estimates must be {count} numbers, got {found.dtype} of shape {found.shape}")
    found = found.astype(np.float64)
    if not np.isfinite(found).all():
        raise BadPrediction("estimates must be finite, got NaN or an infinite value")
    return found
