"""Contenders that prune whole output channels; they are timed as the smaller network."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from baselines.pruning.channel_norm import channel_norm_masks
from baselines.pruning.group_lasso import trimmed_group_lasso
from baselines.pruning.slimming import STRENGTH, slimmed, train_slim
from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.pruning.network_pruning import NetworkPruner
from harness.protocols.pruning.training.channels import following_norms
from harness.protocols.pruning.training.layers import prunable_layers
from harness.protocols.pruning.training.masks import Masks
from harness.protocols.pruning.training.matching import matched
from harness.protocols.pruning.training.problem import DensityLevel, PruningProblem
from harness.protocols.pruning.training.shrunk import compile_shrunk
from harness.protocols.pruning.training.tickets import TrainedTicket, channel_blocks, finished


class Candidate(NamedTuple):
    """Channel masks of a level.

    Attributes:
        facts: plain values for the record.
        flags: short texts for the board.
    """

    masks: Masks
    facts: Mapping[str, float] = MappingProxyType({})
    flags: tuple[str, ...] = ()


class ChannelPruner(NetworkPruner):
    """Base of channel pruners: candidates, then training from the rewound weights, so that only masks differ."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (Settings(),)

    @abstractmethod
    def candidates(self, problem: PruningProblem) -> list[Candidate]:
        """Return one candidate a level."""

    def prune(self, problem: PruningProblem, context: Context) -> list[TrainedTicket]:
        module, start = problem.initial(), problem.rewound()
        return [
            finished(
                problem.retrained(found.masks, start),
                found.masks,
                blocks=channel_blocks(module, found.masks),
                compile=compile_shrunk,
                facts=found.facts,
                flags=found.flags,
            )
            for found in self.candidates(problem)
        ]


class ChannelL1(ChannelPruner):
    """One-shot removal of the output channels of smallest l1 norm of the trained dense network, in each layer."""

    def candidates(self, problem: PruningProblem) -> list[Candidate]:
        module = problem.initial()
        problem.trained(module)
        example = problem.train.images[:1]
        return _matched(problem, lambda share: channel_norm_masks(module, share, example))


@dataclass(frozen=True)
class GroupLassoSettings(Settings):
    """Settings of the group lasso.

    Attributes:
        trials: number of fits for a level, with strengths by bisection.
    """

    trials: int = 5


class GroupLassoPruner(ChannelPruner):
    """Training with the group lasso, its strength chosen for the density; excess weakest rows are cut."""

    settings: GroupLassoSettings

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (GroupLassoSettings(trials={"smoke": 4, "standard": 5}.get(profile, 8)),)

    def candidates(self, problem: PruningProblem) -> list[Candidate]:
        return group_lasso_candidates(problem, self.settings.trials)


@dataclass(frozen=True)
class SlimmingSettings(Settings):
    """Settings of network slimming.

    Attributes:
        strength: strength of the l1 penalty on the scales of batch norms.
        trials: number of fits of the group lasso, in networks without batch norms.
    """

    strength: float = STRENGTH
    trials: int = 5


class NetworkSlimming(ChannelPruner):
    """Training with an l1 penalty on batch-norm scales; without batch norms, the group lasso and a flag."""

    settings: SlimmingSettings

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (SlimmingSettings(trials={"smoke": 4, "standard": 5}.get(profile, 8)),)

    def candidates(self, problem: PruningProblem) -> list[Candidate]:
        module = problem.initial()
        norms = following_norms(module, problem.train.images[:1])
        if set(prunable_layers(module)) - set(norms):
            flag = "no batch norm to slim: group lasso instead"
            found = group_lasso_candidates(problem, self.settings.trials)
            return [candidate._replace(flags=(flag, *candidate.flags)) for candidate in found]
        scales = train_slim(
            module, problem.train, problem.options.training, seed=problem.batch_seed,
            strength=self.settings.strength, augment=problem.augmentation,
        )  # fmt: skip
        return _matched(problem, lambda share: slimmed(module, scales, norms, share))


def _matched(problem: PruningProblem, masks: Callable[[float], Masks]) -> list[Candidate]:
    """Return masks of the live density of each level, given those of a share of channels."""

    def fit(level: DensityLevel) -> Masks:
        return matched(lambda x: masks(level.density + x * (1 - level.density)), problem.live_density, level)

    return [Candidate(fit(level)) for level in problem.levels]


def group_lasso_candidates(problem: PruningProblem, trials: int) -> list[Candidate]:
    """Return the group lasso's masks of each level; levels share fits of equal strength."""
    module = problem.initial()
    fits = trimmed_group_lasso(
        module, problem.train, problem.levels, problem.options.training,
        seed=problem.batch_seed, trials=trials, augment=problem.augmentation,
    )  # fmt: skip
    return [
        Candidate(fit.masks, {"strength": fit.strength, "density_before_cut": fit.density_before_cut})
        for fit in fits
    ]
