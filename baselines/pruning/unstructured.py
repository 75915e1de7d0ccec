"""Contenders whose masks are irregular, and the dense network. All are timed in compressed sparse rows."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn import functional as F

from baselines.pruning.admm import ADMMSettings, admm_masks
from baselines.pruning.magnitude import magnitude_masks
from baselines.pruning.random_masks import random_masks
from baselines.pruning.saliency import grasp_scores, snip_scores
from baselines.pruning.synaptic_flow import synflow_masks
from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.pruning.network_pruning import NetworkPruner
from harness.protocols.pruning.training.compressed_rows import compile_rows
from harness.protocols.pruning.training.masks import Masks, apply_masks
from harness.protocols.pruning.training.problem import PruningProblem
from harness.protocols.pruning.training.rewinding import Snapshot
from harness.protocols.pruning.training.selection import keep_largest, kept_at
from harness.protocols.pruning.training.tickets import TrainedTicket, finished


class Unpruned(NetworkPruner):
    """Dense network without masks, trained from the rewound weights as all others, once for all levels."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (Settings(),)

    def prune(self, problem: PruningProblem, context: Context) -> list[TrainedTicket]:
        ticket = TrainedTicket(problem.retrained({}, problem.rewound()).module, {}, dense=True)
        return [ticket for _ in problem.levels]


class MaskFinder(NetworkPruner):
    """Base of unstructured pruners: masks of each density, then training from the rewound weights."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (Settings(),)

    @abstractmethod
    def masks(self, problem: PruningProblem, context: Context) -> list[Masks]:
        """Return masks of each level."""

    def prune(self, problem: PruningProblem, context: Context) -> list[TrainedTicket]:
        masks, start = self.masks(problem, context), problem.rewound()
        return [finished(problem.retrained(of_level, start), of_level, compile=compile_rows) for of_level in masks]


class RandomMask(MaskFinder):
    """Random masks."""

    def masks(self, problem: PruningProblem, context: Context) -> list[Masks]:
        module, seed = problem.initial(), context.seed("mask")
        return [random_masks(module, level.density, seed=seed) for level in problem.levels]


class OneShotMagnitude(MaskFinder):
    """Largest weights of the trained dense network."""

    def masks(self, problem: PruningProblem, context: Context) -> list[Masks]:
        module = problem.initial()
        problem.trained(module)
        return [magnitude_masks(module, level.density) for level in problem.levels]


class SNIP(MaskFinder):
    """SNIP: the highest connection sensitivities at initialisation."""

    def masks(self, problem: PruningProblem, context: Context) -> list[Masks]:
        module = problem.initial()
        scores = snip_scores(module, problem.train, batch_size=problem.options.batch)
        return _masks_of(problem, scores)


@dataclass(frozen=True)
class GraSPSettings(Settings):
    """GraSP.

    Attributes:
        magnitude: whether to rank by the magnitude of the score, as the code of structured tickets does.
    """

    magnitude: bool = False


class GraSP(MaskFinder):
    """GraSP: the weights that preserve gradient flow at initialisation."""

    settings: GraSPSettings

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (GraSPSettings(),)

    def masks(self, problem: PruningProblem, context: Context) -> list[Masks]:
        module = problem.initial()
        scores = grasp_scores(module, problem.train, batch_size=problem.options.batch)
        magnitude = self.settings.magnitude
        ranked = {name: score.abs() if magnitude else -score for name, score in scores.items()}
        return _masks_of(problem, ranked)


class SynFlow(MaskFinder):
    """SynFlow: the weights of most synaptic flow at initialisation, without data, in a hundred steps."""

    def masks(self, problem: PruningProblem, context: Context) -> list[Masks]:
        module = problem.initial()
        shape = tuple(problem.train.images.shape[1:])
        return [synflow_masks(module, level.density, shape) for level in problem.levels]


@dataclass(frozen=True)
class ADMMContenderSettings(Settings):
    """ADMM; see `ADMMSettings`.

    Attributes:
        epochs: number of outer iterations, an epoch each.
        momenta: candidates of the inner SGD; the one with the lower validation loss of the pruned weights is taken.
            With .9 and few steps an epoch, weights and their sparse copies oscillate instead of converging.
    """

    rho: float = 1e-2
    alpha: float = 5e-4
    epochs: int = 20
    learning_rate: float = 0.01
    momenta: tuple[float, ...] = (0.5, 0.9)


class ADMM(MaskFinder):
    """The largest weights after ADMM from the trained dense network."""

    settings: ADMMContenderSettings

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        """Return twenty epochs, as in the code of structured tickets; ten outside the paper profile."""
        return (ADMMContenderSettings(epochs=20 if profile == "paper" else 10),)

    def masks(self, problem: PruningProblem, context: Context) -> list[Masks]:
        module = problem.initial()
        problem.trained(module)
        dense = Snapshot.of(module)
        given = self.settings
        admm = ADMMSettings(given.rho, given.alpha, given.epochs, given.learning_rate)
        states: list[tuple[float, Snapshot]] = []
        middle = problem.levels[len(problem.levels) // 2].density
        for momentum in given.momenta:
            dense.restore(module)
            inner = replace(problem.options.training, momentum=momentum)
            masks, _ = admm_masks(module, problem.train, middle, inner, admm, seed=problem.batch_seed)
            state = Snapshot.of(module)
            states.append((_pruned_loss(module, masks, problem), state))
        chosen = min(states, key=lambda found: found[0])[1]
        chosen.restore(module)
        return [magnitude_masks(module, level.density) for level in problem.levels]


def _masks_of(problem: PruningProblem, scores: dict[str, torch.Tensor]) -> list[Masks]:
    total = sum(score.numel() for score in scores.values())
    return [keep_largest(scores, kept_at(level.density, total)) for level in problem.levels]


@torch.no_grad()
def _pruned_loss(module: nn.Module, masks: Masks, problem: PruningProblem) -> float:
    """Return the validation loss of a network right after pruning, before any training; it stays pruned."""
    apply_masks(module, masks)
    module.eval()
    batches = problem.valid.batches(1000)
    losses = [float(F.cross_entropy(module(b.images), b.targets, reduction="sum")) for b in batches]
    return sum(losses) / len(problem.valid)
