"""Trials of calibration with NPC: metrics, entries of the transition matrix, withheld labels, claims."""

from typing import Any

import numpy as np
import pytest
import torch

from harness.contract.contender import Contender
from harness.contract.context import Context
from harness.contract.report import Report
from harness.protocols.noisy_labels.arrays import NoisyDataset
from harness.protocols.noisy_labels.metrics import BASES, CALIBRATION
from harness.protocols.noisy_labels.prediction_calibration import PredictionCalibration
from harness.trial import Trial
from methods.npc import claims
from methods.npc.contenders import NPC
from methods.npc.roster import ROSTER
from methods.npc.settings import NPCSettings
from tests.noisy_digits import noisy_digits


class ShortNPC(NPC):
    """NPC with one epoch."""

    variant = NPCSettings(epochs=1)


def report(data: NoisyDataset, contender: type[Contender] = ShortNPC) -> Report:
    torch.set_num_threads(1)
    protocol, split = PredictionCalibration(), data.splits[0]
    context = Context(Trial("calibrate-digits", "npc", 0, 0, "smoke"), streams=contender.streams)
    return protocol.run(
        contender, protocol.inputs(data), protocol.view(data, split), lambda: protocol.reveal(data, split), context
    )


def test_a_trial_scores_each_classifier_and_the_transition_matrix() -> None:
    data = noisy_digits()
    found = report(data)
    scored = PredictionCalibration().score(data, data.splits[0], "accuracy", found)
    CALIBRATION.check(scored, "test")
    assert scored["accuracy"] == pytest.approx((scored["accuracy_on_ce"] + scored["accuracy_on_es"]) / 2)
    estimate = np.array([[scored[f"estimated_share_{j}_as_{k}"] for k in range(10)] for j in range(10)])
    truth = np.array([[scored[f"true_share_{j}_as_{k}"] for k in range(10)] for j in range(10)])
    np.testing.assert_allclose(truth, data.transitions[0])
    assert scored["transition_error_on_ce"] == pytest.approx(np.mean((estimate - truth) ** 2))
    assert {"ce_support", "es_prior_changes"} <= set(found.model)


def test_predictions_do_not_depend_on_clean_labels() -> None:
    data = noisy_digits()
    permuted = PredictionCalibration().permute_withheld(data, data.splits[0], np.random.default_rng(0))
    assert not np.array_equal(permuted.targets, data.targets)
    one, other = report(data).predictions, report(permuted).predictions
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_claims_are_about_declared_metrics_and_contenders() -> None:
    assert tuple(BASES) == claims.BASES
    ours: set[Any] = {entry.name for entry in ROSTER.contenders}
    peers = {"none", "knn", "rog", "global-h", "early-stopping-base"}
    kernels = {entry.name for entry in ROSTER.kernels}
    for claim in claims.CLAIMS:
        assert claim.controls or claim.uncontrolled or claim.kernels, claim.name
        assert claim.kernels <= kernels
        for quantity in claim.quantities:
            for term in getattr(quantity, "terms", ()):
                assert term.contender in ours | peers
                assert term.metric == "" or CALIBRATION.find(term.metric) is not None
    names = [claim.name for claim in claims.CLAIMS]
    assert len(set(names)) == len(names)
    assert [claim.name for claim in claims.CLAIMS if claim.headline] == ["npc-raises-accuracy"]


def test_gain_on_a_classifier_is_a_mean_of_differences() -> None:
    terms = claims.gain_on("ce").terms
    assert sum(term.weight for term in terms) == 0
    assert sum(term.weight for term in terms if term.contender == "npc") == 1
    assert {term.metric for term in terms} == {"accuracy_on_ce"}
