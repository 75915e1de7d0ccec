"""A trial of gradient compression in the worker: start the ranks, check their results, simulate them."""

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.contract.context import Context
from harness.errors import BenchError
from harness.protocols.gradients.options import Exchange, GradientOptions

if TYPE_CHECKING:
    from harness.protocols.gradients.data_parallel.communication import Communication
    from harness.protocols.gradients.data_parallel.training import DataParallelSettings
    from harness.protocols.gradients.data_parallel.tuning import Tuned
    from harness.protocols.gradients.gradient_compression import GradientExchange

MARGIN = 5.0  # seconds of a trial's time that are reserved to end its ranks
FOREVER = 7 * 24 * 3600.0  # polling accepts no time above 24 days
CURVE_POINTS = 50
Examples = tuple[np.ndarray, np.ndarray]


class RanksDiverged(BenchError):
    """The ranks' parameters differ after the same steps."""


class SimulationDiffers(BenchError):
    """The simulation in one process computed other parameters than the ranks in processes."""


@dataclass(frozen=True, eq=False)
class Trained:
    """Result of the run of a configuration.

    Attributes:
        costs, modelled, flags: see `harness.protocols.gradients.data_parallel.accounting`.
        simulation: result of a simulation of all ranks in one process.
    """

    options: GradientOptions
    settings: "DataParallelSettings"
    tuned: "Tuned"
    costs: dict[str, float]
    modelled: dict[str, list[float]]
    flags: list[str]
    simulation: bool | str

    def scores(self, pixels: np.ndarray) -> np.ndarray:
        """Return class scores of images (n, pixels)."""
        from harness.protocols.gradients.data_parallel.tuning import logits

        assert self.tuned.result.state is not None
        return logits(self.settings, self.tuned.result.state, pixels)

    def log_losses(self, context: Context) -> None:
        """Log the training losses as a learning curve, at most `CURVE_POINTS` of them and the last."""
        losses = self.tuned.result.losses
        for step in sorted({*range(1, len(losses), max(1, len(losses) // CURVE_POINTS)), len(losses)}):
            context.log(step, train_loss=losses[step - 1])

    @property
    def num_parameters(self) -> int:
        """Number of parameters whose gradients the ranks exchange."""
        return sum(size for layout in self.tuned.result.layouts[-1] for _, size in layout)

    @property
    def facts(self) -> dict[str, Any]:
        """Values and flags for the record."""
        options, steps = self.options, len(self.tuned.result.losses)
        return {
            **self.modelled,
            "flags": self.flags,
            "workers": options.workers,
            "ratio": options.ratio,
            "steps": steps,
            "search_steps": min(options.search_steps or steps, steps),
            "valid_loss_by_learning_rate": [f"{r:g}: {loss:.6g}" for r, loss in self.tuned.searched.items()],
            "learning_rate_inside": self.tuned.inside,
            "momentum_in_memory": self.settings.momentum == 0 < options.momentum,
            "simulation_equal": self.simulation,
            "simulated_steps": options.simulated_steps,
        }


def trained(
    contender: "GradientExchange",
    classes: int,
    train: Examples,
    valid: Examples,
    context: Context,
) -> Trained:
    """Run the ranks of a configuration and check their results."""
    from harness.protocols.gradients.data_parallel.accounting import costs
    from harness.protocols.gradients.data_parallel.launch import run_ranks
    from harness.protocols.gradients.data_parallel.training import DataParallelSettings
    from harness.protocols.gradients.data_parallel.tuning import LearningRateGrid, tune_rank

    options: GradientOptions = context.options
    context.configuration = 0  # every configuration starts from the same weights and sees the same batches
    exchange = Exchange(
        options.ratio, options.workers, options.momentum, options.link_gbit, context.seed("exchange")
    )
    communication = contender.communication(exchange)
    steps = options.steps_of(len(train[1]))
    settings = DataParallelSettings(
        widths=(train[0].shape[1], *options.widths, classes),
        momentum=0.0 if communication.owns_momentum else options.momentum,
        batch=options.batch,
        steps=steps,
        seed=context.seed("init"),
        linear_decay=options.linear_decay,
    )
    grid = LearningRateGrid(options.learning_rates, options.search_steps or steps)
    limit = min(context.time_left() - MARGIN, FOREVER)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeWarning)
        ranks: list[Tuned] = run_ranks(
            tune_rank,
            options.workers,
            settings,
            grid,
            communication,
            train,
            valid,
            options.simulated_steps,
            limit=max(limit, MARGIN),
            timeout=options.timeout,
            scratch=context.scratch,
        )
    results = [rank.result for rank in ranks]
    if not all(result.agreed for result in results):
        raise RanksDiverged(
            f"after {steps} steps the parameters of {options.workers} ranks are not the same bits; expected a "
            "communication that gives every rank the same mean gradient"
        )
    figures, modelled, flags = costs(results, options.workers)
    flags += [str(warning.message) for warning in caught]
    if len(options.learning_rates) > 1 and not ranks[0].inside:
        flags.append(f"learning rate {ranks[0].learning_rate:g} is at the edge of those searched")
    flags += [f"{count} of {steps} steps warned: {text}" for text, count in results[0].warned.items()]
    simulation = _simulated(ranks[0], settings, communication, train, options)
    return Trained(options, settings, ranks[0], figures, modelled, flags, simulation)


def _simulated(
    tuned: "Tuned",
    settings: "DataParallelSettings",
    communication: "Communication",
    train: Examples,
    options: GradientOptions,
) -> bool | str:
    """Repeat the first steps of the chosen run in this process; return True, or ``not simulated``.

    Raises:
        SimulationDiffers: the parameters are not the same bits.
    """
    import torch

    from harness.protocols.gradients.data_parallel.group import checksum
    from harness.protocols.gradients.data_parallel.training import simulate

    steps = min(options.simulated_steps, settings.steps)
    if communication.compression is None or not steps:
        return "not simulated"
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as in the ranks
    chosen = replace(settings, learning_rate=tuned.learning_rate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the ranks have already raised it
        model, _ = simulate(
            chosen, communication.compression, train, options.workers, tuned.result.layouts, steps=steps
        )
    torch.set_num_threads(threads)
    if checksum(model) != tuned.result.early_digest:
        raise SimulationDiffers(
            f"after {steps} steps, {options.workers} simulated ranks do not have the parameters of the processes; "
            "expected the same bits: the exchange depends on who computes it"
        )
    return True
