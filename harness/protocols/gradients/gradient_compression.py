"""Gradient compression: ranks train one network together, and a contender is how they exchange gradients.

A trial starts the task's number of workers as processes on this machine, with torch's gloo over the loopback
interface. Every contender trains the same network from the same weights on the same batches, with the same grid of
learning rates; the one with the lowest validation loss is kept. Only then do the test images arrive.
"""

import time
from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from harness.contract.context import Context
from harness.contract.protocol import Capability, Contender, as_plain
from harness.contract.scoring import score_classes
from harness.data.split import Split
from harness.payload import Payload
from harness.protocols.gradients.options import Exchange, Options
from harness.protocols.gradients.trial import Trained, trained
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.images.held_out_images import ImageClassification

if TYPE_CHECKING:
    from harness.protocols.gradients.data_parallel.communication import Communication


class GradientExchange(Contender):
    """Contract: say how ranks exchange their gradients.

    `communication` is asked once a configuration, before the ranks start, and its answer travels to each of them,
    so it must be picklable. See `data_parallel` of this family: what it returns is a ``Compressed`` with a
    compressor, a feedback and a choice of buckets; or anything that installs a hook on DDP.
    """

    streams = ("init", "exchange")

    @abstractmethod
    def communication(self, exchange: Exchange) -> "Communication":
        """Return how gradients are exchanged."""


class GradientCompression(ImageClassification):
    """Trials of data-parallel training, on what image classification shows and withholds."""

    name = "gradient-compression"
    title = "Gradient compression"
    capabilities = (Capability("communication", "(exchange) -> Communication", "how ranks exchange gradients"),)

    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: Context,
    ) -> Payload:
        """Train with every configuration and learning rate, and score the test images with the best.

        Raises:
            ConfigError: the task's options are wrong.
            RankFailed, RanksDiffer: a rank raised, died, hung, or is not like the others.
            RanksDiverged, SimulationDiffers: parameters that must be the same bits are not.
        """
        options, classes = Options.of(inputs.facts.get("options", {})), int(inputs.facts["num_classes"])
        began = time.perf_counter()
        train, valid = (_examples(view, part, classes) for part in ("train", "valid"))
        best: Trained | None = None
        configurations = contender.configurations(context.trial.profile)
        for number, settings in enumerate(configurations):
            run = trained(contender(settings), options, classes, train, valid, context, number)  # type: ignore[arg-type]
            if best is None or run.tuned.valid_loss < best.tuned.valid_loss:
                best = run
        assert best is not None
        fit_seconds = time.perf_counter() - began
        pixels = ImageSet(reveal()["test_images"], classes).flattened()
        began = time.perf_counter()
        scores = best.scores(pixels)
        facts = {
            **best.facts(options, context),
            "settings": {**as_plain(configurations[best.number]), "learning_rate": best.tuned.learning_rate},
            "configurations_tried": len(configurations) * len(options.learning_rates),
            "fit_seconds": fit_seconds,
            "predict_seconds": time.perf_counter() - began,
        }
        return Payload({"scores": scores}, facts)

    def score(self, data: ImageDataset, split: Split, metric: str, predictions: Payload) -> dict[str, float]:
        """Return the task's metric, `nll`, and what the ranks counted and timed.

        `bytes_per_step` is what a rank hands to collectives for others, `loopback_bytes_per_step` what the
        interface counted for each rank, `…_ms` milliseconds of a step on this machine, `modelled_step_ms_…` of one
        on a link of that bandwidth, `kept_ratio` the share of the gradient's elements that were sent, and
        `break_even_gbit` the bandwidth below which compression makes a modelled step shorter.
        """
        metrics = score_classes(predictions, data.targets[split.test], data.num_classes, metric)
        costs = predictions.facts.get("model", {}).get("costs", {})
        return metrics | {name: float(value) for name, value in costs.items()}

    def expected_format(self, data: ImageDataset) -> str:
        first = data.splits[0]
        return (
            f"communication(exchange): told ratio, workers, momentum, link_gbit and seed -> how ranks exchange "
            f"float32 gradients (a Compressed, or whatever has register(ddp, world))\n"
            f"trained on {len(first.train)} images (fold 0), chosen by validation loss on {len(first.valid)}, "
            f"scored on {len(first.test)}\nseen while fitting: {self.sees}"
        )


def _examples(view: Payload, part: str, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels (n, d) float32 in 0..1 and targets (n,) int64."""
    pixels = ImageSet(view[f"{part}_images"], classes).flattened()
    return pixels, np.array(view[f"{part}_targets"], np.int64)
