"""Network pruning: the same network pruned to fixed densities and trained by the same schedule."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from harness.contract.contender import Contender
from harness.contract.context import Context
from harness.contract.protocol import Capability
from harness.contract.report import Report
from harness.contract.scoring import accuracy, check_scores, negative_log_likelihood
from harness.contract.search import search, timed
from harness.contract.split import Split
from harness.errors import BadPrediction
from harness.payload import Payload
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.images.held_out_images import HeldOutImages
from harness.protocols.pruning.options import PruningOptions

if TYPE_CHECKING:
    from harness.protocols.pruning.training.problem import PruningProblem
    from harness.protocols.pruning.training.tickets import TrainedTicket


COUNTS = ("density", "mask_density", "block_share")
"""Counted shares of a ticket, each reported for every level."""


class NetworkPruner(Contender):
    """Contract: prune a given network to given densities.

    The problem has the images, the network with the initial weights that all contenders share, the schedule and the
    levels; `prune` returns one trained ticket a level. The protocol counts the live weights, checks that all others
    are zero, and measures its time.
    """

    streams = ("init", "batches", "fresh init", "mask")

    @abstractmethod
    def prune(self, problem: "PruningProblem", context: Context) -> "Sequence[TrainedTicket]":
        """Return a trained ticket for each of `problem.levels`; choices are made on `problem.valid` only."""


class NetworkPruning(HeldOutImages):
    """Trials of pruning, on image data."""

    name = "network-pruning"
    capabilities = (Capability("prune", "(problem, context) -> tickets", "a trained network for each density"),)
    Options = PruningOptions

    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: Context,
    ) -> Report:
        """Prune and predict.

        Raises:
            ValueError: the task's options do not fit its images.
            BadPrediction: tickets that do not match their report, or no finite validation loss.
        """
        from harness.protocols.pruning.training.evaluation import PrunedNetworks

        problem = _problem(inputs, view, context)
        targets = problem.valid.targets.numpy()

        def loss(model: PrunedNetworks) -> float:
            scores = model.scores(problem.valid.images)
            return float(np.mean([negative_log_likelihood(of_level, targets) for of_level in scores]))

        selected = search(contender, context, lambda c: PrunedNetworks(c.prune(problem, context), problem), loss)  # type: ignore[attr-defined]
        speeds = selected.model.measure()
        test = ImageSet(reveal()["test_images"], int(inputs.facts["num_classes"]))
        scores, seconds = timed(lambda: selected.model.predict(test))
        percents = [level.percent for level in problem.levels]
        ratios = {f"time_ratio_at_{p}": s.ratio for p, s in zip(percents, speeds, strict=True) if s.way}
        return selected.report({"scores": scores, **selected.model.counted()}, seconds, ratios)

    def score(self, data: ImageDataset, split: Split, metric: str, report: Report) -> dict[str, float]:
        """Return the metric (the mean accuracy over the levels), `nll` (its mean too) and, for each nominal percent
        p, `accuracy_at_<p>`, the live `density_at_<p>`, `mask_density_at_<p>`, `block_share_at_<p>` and, where
        measured, `time_ratio_at_<p>`.
        """
        scores, percents = _levels(report)
        targets = data.targets[split.test]
        checked = [check_scores(level, len(targets), data.num_classes) for level in scores]
        by_level = [accuracy(level, targets) for level in checked]
        metrics = {
            "accuracy": float(np.mean(by_level)),
            "nll": float(np.mean([negative_log_likelihood(level, targets) for level in checked])),
        }
        metrics |= {f"accuracy_at_{p}": value for p, value in zip(percents, by_level, strict=True)}
        for name in COUNTS:
            metrics |= {f"{name}_at_{p}": float(v) for p, v in zip(percents, report[name], strict=True)}
        return metrics | report.costs("time_ratio_at_*")

    def expected_format(self, data: ImageDataset) -> str:
        first = data.splits[0]
        size = ", ".join(str(side) for side in data.images.shape[1:])
        return (
            f"prune(problem, context): a PruningProblem with `train` and `valid`, {len(first.train)} and "
            f"{len(first.valid)} images ({size}) of {data.num_classes} classes (fold 0) as float32 (n, c, h, w) or "
            f"fewer, `build`, `levels` and the schedule in `options`\n"
            f"-> a TrainedTicket a level: `module` -> logits (n, {data.num_classes}), `masks` bool by parameter "
            f"name, keeping at most level.allowed of the prunable weights, dead channels not counted\n"
            f"seen while fitting: {self.sees}"
        )


def _problem(inputs: Payload, view: Payload, context: Context) -> "PruningProblem":
    """Return the problem of a trial; its seeds are those of the first configuration, for every configuration."""
    from harness.protocols.pruning.training.problem import pruning_problem

    classes = int(inputs.facts["num_classes"])
    train = ImageSet(view["train_images"], classes, view["train_targets"])
    valid = ImageSet(view["valid_images"], classes, view["valid_targets"])
    return pruning_problem(train, valid, context.options, context.seed("init"), context.seed("batches"))


def _levels(report: Report) -> tuple[np.ndarray, list[int]]:
    """Return the scores of each level and the levels' nominal percents; raises BadPrediction."""
    names = ("scores", "percent", *COUNTS)
    if missing := [name for name in names if name not in report.predictions]:
        raise BadPrediction(f"expected the arrays {', '.join(names)}; {missing[0]!r} is missing")
    scores, percents = report["scores"], report["percent"]
    if scores.ndim != 3 or not len(scores) or any(report[name].shape != scores.shape[:1] for name in names[1:]):
        raise BadPrediction(f"expected scores (levels, n, classes) and one value a level, got {scores.shape}")
    if percents.dtype.kind not in "iu" or (percents < 0).any() or len(set(percents.tolist())) < len(percents):
        raise BadPrediction(
            f"expected percents that are whole, 0 or more and distinct, got {percents.tolist()!r:.80}"
        )
    if wrong := [name for name in ("density", "block_share") if report[name].dtype.kind not in "fiu"]:
        raise BadPrediction(f"expected numbers as {wrong[0]}, got {report[wrong[0]].dtype}")
    return scores, percents.tolist()
