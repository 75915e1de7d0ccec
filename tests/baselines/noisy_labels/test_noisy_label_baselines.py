"""The baselines as contenders: they learn, they are blind to clean labels, and each does what its name says."""

import importlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from baselines.noisy_labels.aggregation import (
    DawidSkeneSettings,
    ExpectedLabels,
    MajorityVoting,
    majority,
    with_labels,
)
from baselines.noisy_labels.cross_entropy import (
    CrossEntropySettings,
    NoSideInformation,
    SmoothedLabels,
    cross_entropy,
)
from baselines.noisy_labels.early_stopping import EarlyStoppingSettings, FirstDrop, StoppedEarly
from baselines.noisy_labels.roster import ROSTER
from harness.contract.context import Context
from harness.protocols.noisy_labels.options import ClassificationOptions
from harness.protocols.noisy_labels.training.epochs import new_network, train_epochs
from harness.protocols.noisy_labels.training.label_batches import LabelTensors
from tests.baselines.noisy_labels.trials import PROTOCOL, accuracy, parts, run
from tests.harness.protocols.noisy_labels.small_crowds import OPTIONS, context, noisy_bands
from tests.pruning_trials import single_thread

pytestmark = pytest.mark.usefixtures(single_thread.__name__)

ENTRIES = [entry for entry in ROSTER.contenders if entry.protocol == "noisy-label-classification"]
PRIVILEGED = {entry.name for entry in ENTRIES if ".privileged." in entry.target}
LONGER = ClassificationOptions(hidden=(32,), epochs=25, batch=16)


def kind_of(name: str) -> Any:
    target = next(entry.target for entry in ROSTER.contenders if entry.name == name)
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES])
class TestEveryBaseline:
    def test_it_learns_from_reliable_labels(self, name: str) -> None:
        data = noisy_bands({"kind": "annotators", "count": 4, "bad": 0.0, "labels_an_image": 2})
        report = run(kind_of(name), data, options=LONGER)
        assert accuracy(report, data) > 0.9
        scored = PROTOCOL.score(data, data.splits[0], "accuracy", report)
        assert set(scored) == {"accuracy", "nll", "ece", "noisy_fit", "accuracy_at_best_validation"}

    def test_it_is_blind_to_clean_labels(self, name: str) -> None:
        data = noisy_bands()
        blind = PROTOCOL.permute_withheld(data, data.splits[0], np.random.default_rng(0))
        first, second = run(kind_of(name), data), run(kind_of(name), blind)
        assert first.predictions.keys() == second.predictions.keys()
        assert all(np.array_equal(first[key], second[key]) for key in first.predictions)

    def test_labels_without_annotators_are_enough_unless_side_information_is_needed(self, name: str) -> None:
        data = noisy_bands({"kind": "symmetric", "rate": 0.1})
        if name in PRIVILEGED:
            with pytest.raises(ValueError, match="side information is missing"):
                run(kind_of(name), data)
            return
        report = run(kind_of(name), data)
        assert np.allclose(np.asarray(report["probabilities"]).sum(axis=1), 1, atol=1e-5)


def test_cross_entropy_is_the_mean_over_all_labels() -> None:
    train, _ = parts()
    network = new_network(train, OPTIONS, context(NoSideInformation))
    batch = LabelTensors.of(train, "cpu").batch(np.array([4, 0, 7]))
    logits = network(torch.from_numpy(train.images.channels_first()))
    chosen = [pair for image in (4, 0, 7) for pair in np.flatnonzero(train.annotations.item == image)]
    items, labels = train.annotations.item[chosen], train.annotations.label[chosen]
    logs = F.log_softmax(logits, dim=1)[torch.from_numpy(items)]
    right = logs[torch.arange(len(labels)), torch.from_numpy(labels)]
    assert cross_entropy(network)(batch).item() == pytest.approx(-right.mean().item(), rel=1e-6)
    smoothed = -(0.9 * right + 0.1 * logs.mean(dim=1)).mean().item()
    assert cross_entropy(network, 0.1)(batch).item() == pytest.approx(smoothed, rel=1e-6)


def test_label_smoothing_smooths_by_a_tenth() -> None:
    assert SmoothedLabels.configurations("standard") == (CrossEntropySettings(0.1),)
    plain, smooth = run(NoSideInformation, options=LONGER), run(SmoothedLabels, options=LONGER)
    assert np.max(smooth["probabilities"]) < np.max(plain["probabilities"])
    with pytest.raises(ValueError, match=r"smoothing must lie in 0\.\.1, got 1\.5"):
        CrossEntropySettings(1.5)


class TestEarlyStopping:
    def test_the_lowest_noisy_loss_decides(self) -> None:
        """Its predictions are those that cross-entropy reports for its best epoch."""
        options = replace(LONGER, epochs=40)
        plain, stopped = run(NoSideInformation, options=options), run(StoppedEarly, options=options)
        assert np.array_equal(stopped["probabilities"], plain["best_probabilities"])
        assert stopped.model["best_epoch"] == stopped.model["stopped_epoch"] == plain.model["best_epoch"]
        losses = [row["valid_loss"] for row in curve(StoppedEarly, options)]
        assert stopped.model["best_epoch"] == int(np.argmin(losses)) < 39
        assert stopped.valid_loss == pytest.approx(min(losses), rel=1e-5)

    def test_the_first_drop_keeps_the_weights_before_it(self) -> None:
        options = replace(LONGER, epochs=40)
        settings = EarlyStoppingSettings("first-drop")
        stopped = run(StoppedEarly, settings=settings, options=options)
        epochs = int(stopped.model["stopped_epoch"]) + 1
        assert epochs < 40, "noisy validation accuracy must drop at some time"
        shorter = run(NoSideInformation, options=replace(options, epochs=epochs))
        assert np.array_equal(stopped["probabilities"], shorter["probabilities"])
        assert len(curve(StoppedEarly, options, settings)) == epochs + 1, "the epoch of the drop is the last"

    def test_a_drop_is_a_strict_one(self) -> None:
        _, valid = parts()
        watch = FirstDrop(LabelTensors.of(valid, "cpu"))
        votes = np.bincount(valid.annotations.label, minlength=4)
        network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 4))
        stops = []
        for label in (votes.argmin(), votes.argmax(), votes.argmax(), votes.argmin()):
            with torch.no_grad():
                network[1].weight.zero_()
                network[1].bias.copy_(torch.eye(4)[int(label)])
            stops.append(watch(len(stops), network))
        assert stops == [False, False, False, True]
        assert int(watch.weights["1.bias"].argmax()) == votes.argmax()

    def test_unknown_rules_are_refused(self) -> None:
        with pytest.raises(ValueError, match="rule must be one of lowest-loss, first-drop, got 'patience'"):
            EarlyStoppingSettings("patience")  # type: ignore[arg-type]


def curve(kind: Any, options: ClassificationOptions, settings: Any = None) -> list[dict[str, float]]:
    train, valid = parts()
    ctx = context(kind, options=options)
    kind(settings or kind.configurations("smoke")[0]).fit(train, valid, ctx)
    return ctx.curve


class TestAggregation:
    def test_majority_vote_trains_on_the_votes_alone(self) -> None:
        data = noisy_bands({"kind": "annotators", "count": 5, "bad": 0.4, "labels_an_image": 5})
        train, valid = parts(data)
        ctx = context(MajorityVoting)
        voted = with_labels(train, majority(train.annotations, ctx.stream("ties")))
        assert voted.annotations.counts.tolist() == [1] * len(train)
        assert voted.annotations.num_annotators == 1
        (settings,) = MajorityVoting.configurations("smoke")
        model = MajorityVoting(settings).fit(train, valid, ctx)
        plain = NoSideInformation(CrossEntropySettings()).fit(voted, valid, context(NoSideInformation))
        assert np.array_equal(model.predict(valid.images), plain.predict(valid.images))

    def test_soft_labels_of_certain_posteriors_are_hard_labels(self) -> None:
        data = noisy_bands({"kind": "annotators", "count": 5, "bad": 0.0, "labels_an_image": 5})
        hard = run(ExpectedLabels, data)
        soft = run(ExpectedLabels, data, DawidSkeneSettings(soft=True))
        assert np.allclose(hard["probabilities"], soft["probabilities"], atol=1e-3)
        assert hard.model["em_iterations"] >= 1
        assert hard.model["em_converged"] is True

    def test_soft_labels_differ_where_annotators_disagree(self) -> None:
        hard, soft = run(ExpectedLabels), run(ExpectedLabels, settings=DawidSkeneSettings(soft=True))
        assert not np.allclose(hard["probabilities"], soft["probabilities"], atol=1e-3)


class TestTraining:
    def test_after_epoch_ends_training(self) -> None:
        train, valid = parts()
        ctx: Context = context(NoSideInformation)
        network = new_network(train, OPTIONS, ctx)
        seen: list[tuple[int, bool]] = []

        def stop(epoch: int, module: torch.nn.Module) -> bool:
            seen.append((epoch, module.training))
            return epoch == 1

        tensors = [LabelTensors.of(part, "cpu") for part in (train, valid)]
        found = train_epochs(
            network, cross_entropy(network), lambda module: lambda x: F.log_softmax(module(x), dim=1), tensors[0],
            tensors[1], OPTIONS, ctx, after_epoch=stop,
        )  # fmt: skip
        assert seen == [(0, False), (1, False)]
        assert len(ctx.curve) == 2
        assert found.best in (0, 1)
        assert not found.at_best.training
