"""The protocol of network pruning: what contenders get, what is refused, what is counted and scored."""

import copy
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.claims.listing import suite_claims
from harness.claims.quantities import KernelSpeed
from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.contract.options import build_options
from harness.errors import BadPrediction, ConfigError
from harness.protocols.pruning.network_pruning import NetworkPruner
from harness.protocols.pruning.options import PruningOptions
from harness.protocols.pruning.training.live import live_masks
from harness.protocols.pruning.training.masks import all_ones, apply_masks
from harness.protocols.pruning.training.problem import PruningProblem
from harness.protocols.pruning.training.speed import ticket_speed
from harness.protocols.pruning.training.tickets import TrainedTicket, channel_blocks
from harness.suites.sparse import SUITE
from harness.task import Extent, Task
from tests.pruning_trials import PERCEPTRON, PROTOCOL, blobs, context, metrics, problem, run, single_thread

pytestmark = pytest.mark.usefixtures(single_thread.__name__)


class FirstRows(NetworkPruner):
    """Keeps the first rows of each layer, untrained."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (Settings(),)

    def prune(self, problem: PruningProblem, context: Context) -> list[TrainedTicket]:
        return [self.ticket(problem, level.density) for level in problem.levels]

    def ticket(self, problem: PruningProblem, share: float) -> TrainedTicket:
        module = problem.initial()
        masks = all_ones(module)
        for mask in masks.values():
            mask[int(np.ceil(share * len(mask))) :] = False
        apply_masks(module, live_masks(module, masks, problem.shape))
        return TrainedTicket(module, masks, channel_blocks(module, masks), facts={"tried": 1}, flags=("untrained",))


def spoiled(**changes: object) -> type[NetworkPruner]:
    class Spoiled(FirstRows):
        def ticket(self, problem: PruningProblem, share: float) -> TrainedTicket:
            return replace(super().ticket(problem, share), **changes)

    return Spoiled


def test_a_trial_counts_what_tickets_keep() -> None:
    report = run(FirstRows, PERCEPTRON)
    found = metrics(report)
    assert next(iter(found)) == "accuracy"
    for level in problem(PERCEPTRON).levels:
        rows = [int(np.ceil(level.density * c)) for c in (24, 16)]
        weights = 24 * 64 + 16 * 24
        assert found[f"mask_density_at_{level.percent}"] == pytest.approx((rows[0] * 64 + rows[1] * 24) / weights)
        live = rows[0] * 64 + rows[1] * rows[0]  # the dead rows of the first layer are no inputs of the second
        assert found[f"density_at_{level.percent}"] == pytest.approx(live / weights)
        assert found[f"block_share_at_{level.percent}"] == 1.0
        assert f"time_ratio_at_{level.percent}" not in found
    assert report.flags == ("untrained", "at 41 %, no ticket nearer than 37%")
    assert report.model == {f"tried_at_{level.percent}": 1 for level in problem(PERCEPTRON).levels}
    assert report["scores"].shape == (2, 30, 3)


def test_whole_channels_may_round_up_and_no_more() -> None:
    given = problem(PERCEPTRON)
    (settings,) = FirstRows.configurations("smoke")
    for level in given.levels:
        FirstRows(settings).ticket(given, level.density).check(level, given.shape)
        with pytest.raises(BadPrediction, match=r"at most \d+\.\d+% of the prunable weights .*, got"):
            FirstRows(settings).ticket(given, level.density + 0.1).check(level, given.shape)
        replace(FirstRows(settings).ticket(given, 1.0), dense=True).check(level, given.shape)


def test_living_masked_weights_are_refused() -> None:
    alive = problem(PERCEPTRON).initial()
    with pytest.raises(BadPrediction, match="masked or of dead channels must be zero, got"):
        run(spoiled(module=alive), PERCEPTRON)


def test_dead_channels_must_be_silent() -> None:
    given = problem(PERCEPTRON)
    ticket = FirstRows(Settings()).ticket(given, 0.3)
    loud = copy.deepcopy(ticket.module)
    with torch.no_grad():
        loud[1].bias[-1] = 1.0  # the last neuron has no weights left
    with pytest.raises(BadPrediction, match=r"dead channels must be zero, got 1 others in '1\.bias'"):
        replace(ticket, module=loud).check(given.levels[0], given.shape)


def test_weights_that_are_not_numbers_are_refused() -> None:
    given = problem(PERCEPTRON)
    ticket = FirstRows(Settings()).ticket(given, 0.3)
    broken = copy.deepcopy(ticket.module)
    torch.nn.init.constant_(broken[-1].bias, float("nan"))
    with pytest.raises(BadPrediction, match=r"parameters must be finite, got others in '5\.bias'"):
        replace(ticket, module=broken).check(given.levels[0], given.shape)


def test_masks_of_another_network_are_refused() -> None:
    with pytest.raises(BadPrediction, match="masks must be for parameters of the network, got 'x'"):
        run(spoiled(masks={"x": torch.ones(1, dtype=torch.bool)}), PERCEPTRON)


def test_one_ticket_a_level() -> None:
    class Lazy(FirstRows):
        def prune(self, problem: PruningProblem, context: Context) -> list[TrainedTicket]:
            return super().prune(problem, context)[:1]

    with pytest.raises(BadPrediction, match="expected a TrainedTicket for each of 2 levels"):
        run(Lazy, PERCEPTRON)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"networks": "x"},
            r"unknown option 'networks'; did you mean 'network'\? Allowed: network, rounds, .*, timing_batch\.$",
        ),
        ({"rounds": [4, 2]}, "rounds must be rising"),
        (
            {"epochs": 4, "milestones": [0.5], "rewind_epoch": 3},
            "rewind_epoch must come before the first milestone",
        ),
        ({"mean": [0.5]}, "mean and deviation must go together"),
    ],
)
def test_wrong_options_are_refused_where_a_task_is_declared(change: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^task 'blobs': {message}"):
        Task(
            "blobs", "Blobs", "network-pruning", "digits", "accuracy", "seeds", {"smoke": Extent()},
            options=PERCEPTRON | change,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"network": "lenet"}, "network must be one of perceptron"),
        ({"hidden": []}, "hidden widths must be given for a perceptron only"),
        ({"rounds": [30, 31]}, "levels must differ by a percent"),
        ({"train_images": 31}, "the task asks for the first 31 labelled images; the data set has 30"),
    ],
)
def test_options_that_do_not_fit_the_images_are_named(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        run(FirstRows, PERCEPTRON | change)


def test_contenders_share_initial_weights_whatever_is_searched() -> None:
    seen = []

    class Searching(FirstRows):
        @classmethod
        def configurations(cls, profile: str) -> Sequence[Settings]:
            return (Settings(), Settings())

        def prune(self, problem: PruningProblem, context: Context) -> list[TrainedTicket]:
            seen.append((problem.init_seed, problem.batch_seed))
            return super().prune(problem, context)

    run(Searching, PERCEPTRON)
    run(FirstRows, PERCEPTRON)
    assert seen[0] == seen[1]
    fresh = context(FirstRows)
    assert seen[0] == (fresh.seed("init"), fresh.seed("batches"))


def test_a_way_that_computes_something_else_is_refused() -> None:
    given = problem(PERCEPTRON)
    ticket = FirstRows(Settings()).ticket(given, 0.3)
    images = given.valid.images[:8]
    wrong = replace(ticket, compile=lambda module, shape: {"fast": lambda x: module(x) + 1})
    with pytest.raises(BadPrediction, match="way 'fast' of a ticket is off by"):
        ticket_speed(wrong, images)
    right = replace(ticket, compile=lambda module, shape: {"fast": module, "dense": module})
    speed = ticket_speed(right, images)
    assert speed.way == "fast"
    milliseconds = speed.milliseconds or {}
    assert speed.ratio == milliseconds["fast"] / min(milliseconds["torch"], milliseconds["dense"])


@pytest.mark.parametrize("missing", ["scores", "percent", "density", "mask_density", "block_share"])
def test_predictions_lack_nothing(missing: str) -> None:
    report = run(FirstRows, PERCEPTRON)
    arrays = report.predictions
    less = replace(report, predictions={name: array for name, array in arrays.items() if name != missing})
    with pytest.raises(BadPrediction, match=f"{missing!r} is missing"):
        metrics(less)
    short = replace(report, predictions={**arrays, missing: report[missing][:1]})
    with pytest.raises(BadPrediction, match="expected scores"):
        metrics(short)


def test_another_metric_is_refused_and_the_format_is_given() -> None:
    message = r"task 'blobs': unknown metric 'auc' of network-pruning.*accuracy, nll, accuracy_at_\{level\}"
    with pytest.raises(ConfigError, match=message):
        Task("blobs", "Blobs", "network-pruning", "digits", "auc", "seeds", {"smoke": Extent()}, options=PERCEPTRON)
    data = blobs()
    assert "30 and 30 images (8, 8) of 3 classes" in PROTOCOL.expected_format(data)


PRUNING_TASKS = {task.name: task for task in SUITE.tasks if task.protocol == "network-pruning"}


@pytest.mark.parametrize("task", PRUNING_TASKS.values(), ids=PRUNING_TASKS)
def test_the_options_of_every_task_are_sound(task: Task) -> None:
    options = build_options(PruningOptions, task.options, task.name)
    assert options.pruning.rounds == options.rounds[-1]
    assert len(percents(task)) == len(options.rounds)


def test_claims_speak_of_levels_that_exist() -> None:
    terms = [
        term
        for claim in suite_claims(SUITE)
        for quantity in claim.quantities
        if not isinstance(quantity, KernelSpeed)
        for term in quantity.terms
        if term.task in PRUNING_TASKS
    ]
    assert len(terms) > 50
    for term in terms:
        kind, _, percent = term.metric.rpartition("_at_")
        assert kind in ("accuracy", "time_ratio")
        assert int(percent) in percents(PRUNING_TASKS[term.task])


def percents(task: Task) -> set[int]:
    return {round(100 * 0.8**k) for k in task.options["rounds"]}
