"""The tuning rule, the same for every contender: try each configuration, keep the lowest validation loss."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.contract.context import Context
from harness.contract.protocol import Contender, Settings, as_plain
from harness.errors import BadPrediction
from harness.payload import Payload


@dataclass(frozen=True)
class Selected:
    """The model that won the search on validation data, and what the search cost."""

    model: Any
    settings: Settings
    valid_loss: float
    tried: int
    fit_seconds: float

    def facts(self) -> dict[str, Any]:
        """Return what the record keeps of the search."""
        return {
            "settings": as_plain(self.settings),
            "valid_loss": self.valid_loss,
            "configurations_tried": self.tried,
            "fit_seconds": self.fit_seconds,
            "parameters": int(getattr(self.model, "num_parameters", 0)),
        }


def search(
    contender: type[Contender],
    context: Context,
    fit: Callable[[Contender], Any],
    validation_loss: Callable[[Any], float],
) -> Selected:
    """Fit every configuration of the trial's profile; return the one with the lowest validation loss.

    The first configuration wins ties, so the order that the contender gives matters and is part of its
    settings fingerprint.

    Raises:
        BadPrediction: no configuration reached a finite validation loss.
    """
    best: Selected | None = None
    configurations = contender.configurations(context.trial.profile)
    started = time.perf_counter()
    for number, settings in enumerate(configurations):
        context.configuration = number
        model = fit(contender(settings))
        loss = float(validation_loss(model))
        if np.isfinite(loss) and (best is None or loss < best.valid_loss):
            best = Selected(model, settings, loss, len(configurations), 0.0)
    if best is None:
        raise BadPrediction(
            f"no finite validation loss in {len(configurations)} configuration(s): the predictions on the "
            f"validation part hold NaN or infinite values"
        )
    elapsed = time.perf_counter() - started
    return Selected(best.model, best.settings, best.valid_loss, best.tried, elapsed)


def predicted_classes(selected: Selected, items: Any) -> Payload:
    """Return the class scores of the selected model for test items, those of every epoch where it kept them."""
    started = time.perf_counter()
    predictions = {"scores": np.asarray(selected.model.predict(items))}
    facts = {**selected.facts(), "predict_seconds": time.perf_counter() - started}
    if hasattr(selected.model, "predict_epochs"):
        predictions["epoch_classes"] = selected.model.predict_epochs(items).argmax(axis=2).astype(np.int16)
    return Payload(predictions, facts)
