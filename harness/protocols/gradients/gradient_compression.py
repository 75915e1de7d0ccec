"""Gradient compression: ranks train one network together; a contender determines how they exchange gradients.

A trial starts the task's number of workers as processes on this machine, with torch's gloo over the loopback
interface. Every contender trains the same network from the same weights on the same batches, with the same grid of
learning rates, which grows until the best is inside it; the one with the lowest validation loss is kept. Only then
do the test images arrive.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness.contract.contender import Contender
from harness.contract.context import Context
from harness.contract.protocol import Capability
from harness.contract.report import Report
from harness.contract.scoring import score_classes
from harness.contract.search import search, timed
from harness.contract.split import Split
from harness.payload import Payload
from harness.protocols.gradients.options import Exchange, GradientOptions
from harness.protocols.gradients.trial import Trained, trained
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.images.held_out_images import HeldOutImages

if TYPE_CHECKING:
    from harness.protocols.gradients.data_parallel.communication import Communication


MEASURED = ("*_ms", "modelled_step_ms_*gbit", "*bytes_per_step", "kept_ratio", "break_even_gbit")
"""Names of the counts and times that ranks report."""


class GradientExchange(Contender):
    """Contract: determine how ranks exchange their gradients.

    `communication` is called once for each configuration, before the ranks start; its result is sent to each of
    them, so it must be picklable. It is a ``CompressedCommunication`` of this family's `data_parallel`, with a
    compressor, a feedback and a selection of buckets, or another object that installs a hook on DDP.
    """

    streams = ("init", "exchange")

    @abstractmethod
    def communication(self, exchange: Exchange) -> "Communication":
        """Return the communication of gradients between ranks."""


class GradientCompression(HeldOutImages):
    """Trials of data-parallel training, with the views and withheld targets of image classification."""

    name = "gradient-compression"
    capabilities = (Capability("communication", "(exchange) -> Communication", "how ranks exchange gradients"),)
    Options = GradientOptions

    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: Context,
    ) -> Report:
        """Train with every configuration and learning rate, and score the test images with the best.

        Raises:
            RankFailed, RanksDiffer: a rank raised, died, hung, or differs from the others.
            RanksDiverged, SimulationDiffers: parameters that must be the same bits are not.
        """
        classes = int(inputs.facts["num_classes"])
        train, valid = (_examples(view, part, classes) for part in ("train", "valid"))
        tried = 0

        def fit(one: Contender) -> Trained:
            nonlocal tried
            # `search` returns contenders of this protocol, whose type is `Contender` there
            run = trained(one, classes, train, valid, context)  # type: ignore[arg-type]
            tried += len(run.tuned.searched)
            return run

        selected = search(contender, context, fit, lambda run: run.tuned.valid_loss)
        run: Trained = selected.model
        run.log_losses(context)
        pixels = ImageSet(reveal()["test_images"], classes).flattened()
        scores, seconds = timed(lambda: run.scores(pixels))
        report = selected.report({"scores": scores}, seconds, run.costs)
        return replace(
            report,
            settings={**report.settings, "learning_rate": run.tuned.learning_rate},
            configurations_tried=tried,
        )

    def score(self, data: ImageDataset, split: Split, metric: str, report: Report) -> dict[str, float]:
        """Return `accuracy`, `nll`, and the counts and times of the ranks (`metrics.py` of this family)."""
        scored = score_classes(report, data.targets[split.test], data.num_classes, "accuracy")
        return scored | report.costs(*MEASURED)

    def expected_format(self, data: ImageDataset) -> str:
        first = data.splits[0]
        return (
            f"communication(exchange): exchange has ratio, workers, momentum, link_gbit, seed -> communication of "
            f"float32 gradients (a CompressedCommunication, or an object with register(ddp, world))\n"
            f"trained on {len(first.train)} images (fold 0), chosen by validation loss on {len(first.valid)}, "
            f"scored on {len(first.test)}\nseen while fitting: {self.sees}"
        )


def _examples(view: Payload, part: str, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels (n, d) float32 in 0..1 and targets (n,) int64."""
    pixels = ImageSet(view[f"{part}_images"], classes).flattened()
    return pixels, np.array(view[f"{part}_targets"], np.int64)
