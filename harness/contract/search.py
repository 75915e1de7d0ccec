"""The tuning rule, the same for every contender of a protocol: fit each configuration, select on validation data.

Protocols select the lowest validation loss, or the fewest validation errors with the loss as tie-break.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.contract.contender import Contender, Settings, as_plain
from harness.contract.context import Context
from harness.contract.report import Report, model_report
from harness.errors import BadPrediction

Validation = float | tuple[float, float]
"""The validation loss of a model; or its share of validation errors and its loss, compared in that order."""


@dataclass(frozen=True)
class SearchResult:
    """The model that the search selected on validation data, and the cost of the search."""

    model: Any
    settings: Settings
    valid_loss: float
    configurations_tried: int
    fit_seconds: float

    def report(
        self, predictions: dict[str, np.ndarray], predict_seconds: float, measured: dict[str, float] | None = None
    ) -> Report:
        """Return the report of the trial; the model's own values and flags go with it.

        Raises:
            BadPrediction: the model reports no plain values, or no whole number of parameters.
        """
        values, flags = model_report(self.model)
        parameters = getattr(self.model, "num_parameters", None)
        return Report(
            predictions=predictions,
            settings=as_plain(self.settings),
            valid_loss=self.valid_loss,
            configurations_tried=self.configurations_tried,
            fit_seconds=self.fit_seconds,
            predict_seconds=predict_seconds,
            parameters=None if parameters is None else int(parameters),
            measured=measured or {},
            model=values,
            flags=flags,
        )


def search(
    contender: type[Contender],
    context: Context,
    fit: Callable[[Contender], Any],
    validate: Callable[[Any], Validation],
) -> SearchResult:
    """Fit every configuration of the trial's profile; return the best one by `validate`, lower is better.

    A configuration without a finite validation loss is never selected. The first configuration wins ties, so the
    contender's order matters and is part of its settings fingerprint.

    Raises:
        BadPrediction: no configuration reached a finite validation loss.
    """
    best: tuple[tuple[float, ...], Any, Settings] | None = None
    configurations = contender.configurations(context.trial.profile)
    started = time.perf_counter()
    for number, settings in enumerate(configurations):
        context.configuration = number
        model = fit(contender(settings))
        found = validate(model)
        rank = tuple(map(float, found)) if isinstance(found, tuple) else (float(found),)
        if np.isfinite(rank[-1]) and (best is None or rank < best[0]):
            best = (rank, model, settings)
    if best is None:
        raise BadPrediction(
            f"no finite validation loss in {len(configurations)} configuration(s): the predictions on the "
            f"validation part hold NaN or infinite values"
        )
    rank, model, settings = best
    return SearchResult(model, settings, rank[-1], len(configurations), time.perf_counter() - started)


def timed(predict: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result of a call and the seconds that it took."""
    started = time.perf_counter()
    result = predict()
    return result, time.perf_counter() - started
