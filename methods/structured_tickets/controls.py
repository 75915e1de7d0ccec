"""Controls for the weights, the mask and the row groups of a ticket.

A random ticket has the masks of a ticket on fresh weights of another seed (Frankle and Carbin, ICLR 2019; the
paper's tables A3 and A4). A random partition has row groups drawn at random, of equal sizes.
"""

from collections.abc import Sequence

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.pruning.training.first_fit import Fit
from harness.protocols.pruning.training.problem import PruningProblem
from harness.protocols.pruning.training.retraining import Retrained
from harness.protocols.pruning.training.tickets import Compile
from methods.structured_tickets.contenders import IMP, BlockSettings, Refill, RefillSettings, Regroup, TicketPruner
from methods.structured_tickets.training.ticket import Ticket


class FreshWeights(TicketPruner):
    """Mixin of a ticket that is trained on fresh weights; not timed, since its masks are those of the ticket.

    The epochs up to the rewind point are trained with the masks, so that it is trained as long as a ticket.
    """

    def retrained(self, problem: PruningProblem, context: Context, fit: Fit[Ticket]) -> Retrained:
        masks = fit.ticket.masks
        return problem.retrained(masks, problem.begun(problem.build(context.seed("fresh init")), masks))

    def compile(self, ticket: Ticket) -> Compile | None:
        return None


class IMPRandomTicket(FreshWeights, IMP):
    """Masks of `imp` on fresh weights."""


class RefillRandomTicket(FreshWeights, Refill):
    """Masks of `refill` on fresh weights."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        """Return the paper's criterion."""
        return (RefillSettings(),)


class RegroupRandomTicket(FreshWeights, Regroup):
    """Masks of `regroup` on fresh weights."""


class RegroupRandomPartition(Regroup):
    """Regroup with row groups drawn at random."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        """Return the settings of `regroup` with the random partitioner."""
        (given,) = (c for c in Regroup.configurations(profile) if isinstance(c, BlockSettings))
        return (BlockSettings(given.k, given.min_rows, "random"),)
