"""Contenders whose masks are irregular, and the dense network. All are timed in compressed sparse rows."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

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
from harness.protocols.pruning.training.matching import matched
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
    def finder(self, problem: PruningProblem, context: Context) -> Callable[[float], Masks]:
        """Return density -> masks; work that all densities share is done once, here."""

    def prune(self, problem: PruningProblem, context: Context) -> list[TrainedTicket]:
        find, start = self.finder(problem, context), problem.rewound()
        masks = [
            matched(partial(_denser, find, level.density), problem.live_density, level) for level in problem.levels
        ]
        return [finished(problem.retrained(of_level, start), of_level, compile=compile_rows) for of_level in masks]


class RandomMask(MaskFinder):
    """Random masks."""

    def finder(self, problem: PruningProblem, context: Context) -> Callable[[float], Masks]:
        return partial(random_masks, problem.initial(), seed=context.seed("mask"))


class OneShotMagnitude(MaskFinder):
    """Largest weights of the trained dense network."""

    def finder(self, problem: PruningProblem, context: Context) -> Callable[[float], Masks]:
        module = problem.initial()
        problem.trained(module)
        return partial(magnitude_masks, module)


class SNIP(MaskFinder):
    """SNIP: the highest connection sensitivities at initialisation."""

    def finder(self, problem: PruningProblem, context: Context) -> Callable[[float], Masks]:
        scores = snip_scores(problem.initial(), problem.train, batch_size=problem.options.batch)
        return partial(_largest, scores)


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

    def finder(self, problem: PruningProblem, context: Context) -> Callable[[float], Masks]:
        scores = grasp_scores(problem.initial(), problem.train, batch_size=problem.options.batch)
        magnitude = self.settings.magnitude
        return partial(_largest, {name: s.abs() if magnitude else -s for name, s in scores.items()})


class SynFlow(MaskFinder):
    """SynFlow: the weights of most synaptic flow at initialisation, without data, in a hundred steps."""

    def finder(self, problem: PruningProblem, context: Context) -> Callable[[float], Masks]:
        return partial(synflow_masks, problem.initial(), input_shape=problem.shape)


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

    def finder(self, problem: PruningProblem, context: Context) -> Callable[[float], Masks]:
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
        return partial(magnitude_masks, module)


def _denser(find: Callable[[float], Masks], density: float, x: float) -> Masks:
    """Return the masks of a density at x = 0, of a higher one for x > 0, of all weights at x = 1."""
    return find(density + x * (1 - density))


def _largest(scores: dict[str, torch.Tensor], density: float) -> Masks:
    return keep_largest(scores, kept_at(density, sum(score.numel() for score in scores.values())))


@torch.no_grad()
def _pruned_loss(module: nn.Module, masks: Masks, problem: PruningProblem) -> float:
    """Return the validation loss of a network right after pruning, before any training; it stays pruned."""
    apply_masks(module, masks)
    module.eval()
    batches = problem.valid.batches(1000)
    losses = [float(F.cross_entropy(module(b.images), b.targets, reduction="sum")) for b in batches]
    return sum(losses) / len(problem.valid)
