"""Tickets as contenders: one trajectory of magnitude pruning, and of it a ticket of the live density of each level.

    imp              unstructured masks, the upper bound of accuracy
    refill           whole output channels;  refill-plus: with a share of the remaining ones
    regroup          dense blocks;  regroup-group-aware: regrouped in every round

Every ticket is trained from the rewound weights with the task's whole schedule. Controls are in `controls`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import nn

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.pruning.network_pruning import NetworkPruner
from harness.protocols.pruning.training.compressed_rows import compile_rows
from harness.protocols.pruning.training.first_fit import Fit, first_fits
from harness.protocols.pruning.training.images import LabelledImages
from harness.protocols.pruning.training.iterative import PruningRound
from harness.protocols.pruning.training.problem import BEYOND, DensityLevel, PruningProblem
from harness.protocols.pruning.training.retraining import Retrained
from harness.protocols.pruning.training.shrunk import compile_shrunk
from harness.protocols.pruning.training.tickets import Compile, Computation, TrainedTicket, finished
from methods.structured_tickets.inference.dispatch import least_seconds
from methods.structured_tickets.training.channels import refill_ticket
from methods.structured_tickets.training.compilation import compile_ticket
from methods.structured_tickets.training.groups import GroupAwarePruning, RegroupSettings, regroup_ticket
from methods.structured_tickets.training.ticket import Ticket, unstructured_ticket

FEATURE_IMAGES = 512
CHOICE_ROUNDS = 10
FINEST = 1e-6


@dataclass(frozen=True)
class MagnitudeSettings(Settings):
    """Settings of iterative magnitude pruning; schedule, rate and rounds are the task's."""


@dataclass(frozen=True)
class RefillSettings(Settings):
    """Settings of Refill and Refill+.

    Attributes:
        criterion: score of a channel, see `channel_scores`; "l1" is the paper's.
        extra: share of the remaining channels that Refill+ keeps too.
    """

    criterion: str = "l1"
    extra: float = 0.0


@dataclass(frozen=True)
class BlockSettings(Settings):
    """Settings of Regroup; see `RegroupSettings`.

    Attributes:
        k, min_rows: number of row groups of a layer, and least rows of a block; None follows the layer's width.
        partitioner: partitioner of the rows.
    """

    k: int | None = None
    min_rows: int | None = None
    partitioner: str = "gram"


class TicketPruner(NetworkPruner):
    """Base of tickets: prune, make a ticket of every round, train the tickets that fit their level.

    Subclasses define the ticket of a round's masks, its training and its computation; here the masks are
    unchanged.
    """

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (MagnitudeSettings(),)

    def prune(self, problem: PruningProblem, context: Context) -> list[TrainedTicket]:
        return [
            self.trained(problem, context, fit, level)
            for fit, level in zip(self.fits(problem, context), problem.levels, strict=True)
        ]

    def fits(self, problem: PruningProblem, context: Context) -> list[Fit[Ticket]]:
        """Return the round and the ticket of each level."""
        module = problem.initial()
        return first_fits(
            problem.rounds(module),
            problem.levels,
            lambda step, level, x: self.ticket(problem, context, module, step, level, x),
            lambda ticket: problem.live_density(ticket.masks),
        )

    def ticket(
        self,
        problem: PruningProblem,
        context: Context,
        module: nn.Module,
        step: PruningRound,
        level: DensityLevel,
        x: float,
    ) -> Ticket:
        """Return a ticket of a round for a level, denser than the round's own for x > 0.

        Here the round prunes less by a share x. The module is in the round's final state.
        """
        return unstructured_ticket(module, step.denser(x))

    def retrained(self, problem: PruningProblem, context: Context, fit: Fit[Ticket]) -> Retrained:
        """Return a ticket trained from the rewound weights."""
        return problem.retrained(fit.ticket.masks, fit.round.rewound)

    def compile(self, ticket: Ticket) -> Compile | None:
        """Return the factory of a ticket's implementations; None for no timing."""
        return compile_rows

    def facts(self, problem: PruningProblem, fit: Fit[Ticket], level: DensityLevel) -> dict[str, Any]:
        """Return the facts of a level."""
        return {"round": fit.round.number, "round_density": fit.round.density}

    def flags(self, problem: PruningProblem, fit: Fit[Ticket], level: DensityLevel) -> list[str]:
        """Return the flags of a ticket for the board."""
        return [f"layer {name}: no block found, {what}" for name, what in fit.ticket.fallbacks.items()]

    def trained(
        self, problem: PruningProblem, context: Context, fit: Fit[Ticket], level: DensityLevel
    ) -> TrainedTicket:
        """Return a trained ticket with its facts and flags."""
        return finished(
            self.retrained(problem, context, fit),
            fit.ticket.masks,
            blocks=fit.ticket.blocks,
            compile=self.compile(fit.ticket),
            facts=self.facts(problem, fit, level),
            flags=self.flags(problem, fit, level),
        )


class IMP(TicketPruner):
    """Unstructured masks, timed in compressed sparse rows."""


class Refill(TicketPruner):
    """IMP-Refill: whole output channels, timed as the network without the dead ones."""

    settings: RefillSettings

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        """Return the paper's criterion; in the paper profile the others compete."""
        criteria = ("l1", "count", "feat_l1", "saliency") if profile == "paper" else ("l1",)
        return tuple(RefillSettings(criterion) for criterion in criteria)

    def ticket(
        self,
        problem: PruningProblem,
        context: Context,
        module: nn.Module,
        step: PruningRound,
        level: DensityLevel,
        x: float,
    ) -> Ticket:
        batch = LabelledImages(problem.train.images[:FEATURE_IMAGES], problem.train.targets[:FEATURE_IMAGES])
        extra = attainable_extra(problem, level, self.settings.extra)
        criterion = self.settings.criterion
        return refill_ticket(module, step.denser(x), step.ranked, batch, criterion=criterion, extra=extra)

    def compile(self, ticket: Ticket) -> Compile | None:
        return compile_shrunk


class RefillPlus(Refill):
    """IMP-Refill+: also a share of the remaining channels, from a later round, at the same density."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        """Return an extra share of a tenth; in the paper profile a fifth competes."""
        return tuple(RefillSettings(extra=extra) for extra in ((0.1, 0.2) if profile == "paper" else (0.1,)))

    def flags(self, problem: PruningProblem, fit: Fit[Ticket], level: DensityLevel) -> list[str]:
        extra = self.settings.extra
        if attainable_extra(problem, level, extra) == extra:
            return super().flags(problem, fit, level)
        return [f"{extra:.0%} of the remaining channels keep too much at {level.percent} %: there, plain Refill"]


class Regroup(TicketPruner):
    """IMP-Regroup: dense blocks of rows times columns, timed in the fastest way of several."""

    settings: BlockSettings

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        """Return row groups by the width of a layer; in the tiny network of the smoke profile always four."""
        return (BlockSettings(k=4, min_rows=4) if profile == "smoke" else BlockSettings(),)

    def ticket(
        self,
        problem: PruningProblem,
        context: Context,
        module: nn.Module,
        step: PruningRound,
        level: DensityLevel,
        x: float,
    ) -> Ticket:
        """Return a ticket of the round's masks, for x > 0 with more columns in each block."""
        return regroup_ticket(module, step.masks, self.blocks(context, x))

    def blocks(self, context: Context, x: float = 0.0) -> RegroupSettings:
        """Return the settings of regrouping; the partitioner draws from the stream of masks.

        The ratio rises from its default at x = 0 without bound; all columns that a group uses are kept at x = 1.
        """
        given = self.settings
        settings = RegroupSettings(given.k, given.min_rows, method=given.partitioner, seed=context.seed("mask"))
        return replace(settings, param=settings.param / max(1 - x, FINEST))

    def compile(self, ticket: Ticket) -> Compile | None:
        return partial(compile_blocks, ticket)


class RegroupGroupAware(Regroup):
    """Regroup in every round; pruning continues from the regrouped mask: an ablation of the paper."""

    def fits(self, problem: PruningProblem, context: Context) -> list[Fit[Ticket]]:
        module = problem.initial()
        pruning = GroupAwarePruning(module, problem.options.rate, self.blocks(context))
        rounds = problem.rounds(module, pruning)
        return first_fits(
            rounds,
            problem.levels,
            lambda step, level, x: regroup_ticket(module, pruning.pruned, self.blocks(context, x)),
            lambda ticket: problem.live_density(ticket.masks),
        )


def attainable_extra(problem: PruningProblem, level: DensityLevel, extra: float) -> float:
    """Return the extra share of Refill+ if a round reaches the level with it, else 0.

    Refill+ keeps about d + extra (1 - d) of the weights of a mask of density d, which cannot go below `extra`, nor
    below that of the last round.
    """
    options = problem.options
    last = (1 - options.rate) ** (options.rounds[-1] + BEYOND)
    return extra if last + extra * (1 - last) <= level.density else 0.0


def compile_blocks(ticket: Ticket, module: nn.Module, shape: tuple[int, ...]) -> dict[str, Computation]:
    """Return the ways of `compile_ticket`, the fastest on random images first.

    A network of small layers spends most of its time between them: the choice layer by layer, ``dispatch``, is then
    not always better than ``blocks`` throughout.
    """
    ways = compile_ticket(module, ticket, (shape[0], shape[1], shape[2], shape[3]))
    images = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    seconds = least_seconds({name: partial(way, images) for name, way in ways.items()}, CHOICE_ROUNDS)
    return {name: ways[name] for name in sorted(ways, key=seconds.__getitem__)}
