"""What holds of every baseline of network pruning: tiny trials from end to end."""

import numpy as np
import pytest

from baselines.pruning import channelwise, unstructured
from harness.contract.contender import Contender
from tests.pruning_trials import CONVOLUTIONS, PERCEPTRON, PROTOCOL, blobs, metrics, problem, run, single_thread

pytestmark = pytest.mark.usefixtures(single_thread.__name__)

CHANNELWISE = (channelwise.ChannelL1, channelwise.NetworkSlimming, channelwise.GroupLassoPruner)
UNSTRUCTURED = (
    unstructured.RandomMask, unstructured.OneShotMagnitude, unstructured.SNIP, unstructured.GraSP,
    unstructured.SynFlow, unstructured.ADMM,
)  # fmt: skip
NORMED = (channelwise.ChannelL1, channelwise.NetworkSlimming, unstructured.SNIP)


@pytest.mark.parametrize(
    ("contender", "options"),
    [*((c, PERCEPTRON) for c in (*UNSTRUCTURED, *CHANNELWISE)), *((c, CONVOLUTIONS) for c in NORMED)],
)
def test_a_baseline_prunes_to_every_level(contender: type[Contender], options: dict) -> None:
    report = run(contender, options)
    levels = problem(options).levels
    found = metrics(report)
    structured = contender in CHANNELWISE
    for level in levels:
        live, whole = (found[f"{name}_at_{level.percent}"] for name in ("density", "mask_density"))
        assert abs(live - level.density) <= level.allowed - level.density  # to within a channel of each layer
        assert live <= whole
        assert found[f"block_share_at_{level.percent}"] == (1.0 if structured else 0.0)
        assert found[f"time_ratio_at_{level.percent}"] > 0
        assert report.model[f"way_at_{level.percent}"] == ("shrunk" if structured else "csr")
    assert found["accuracy"] == pytest.approx(np.mean([found[f"accuracy_at_{x.percent}"] for x in levels]))


@pytest.mark.parametrize("contender", [unstructured.SNIP, channelwise.ChannelL1])
def test_a_trial_is_blind_and_repeats_to_the_bit(contender: type[Contender]) -> None:
    data = blobs()
    split = data.splits[0]
    permuted = PROTOCOL.permute_withheld(data, split, np.random.default_rng(3))
    assert not np.array_equal(permuted.targets, data.targets)
    first, second = (run(contender, PERCEPTRON, known)["scores"] for known in (data, permuted))
    np.testing.assert_array_equal(first, second)


def test_the_dense_network_is_one_network_at_every_level() -> None:
    output = run(unstructured.Unpruned, PERCEPTRON)
    np.testing.assert_array_equal(output["scores"][0], output["scores"][1])
    found = metrics(output)
    assert [found[f"density_at_{level.percent}"] for level in problem(PERCEPTRON).levels] == [1.0, 1.0]
    assert not any(name.startswith("time_ratio") for name in found)


def test_slimming_without_batch_norms_is_the_group_lasso_and_says_so() -> None:
    slim, lasso = (run(c, PERCEPTRON) for c in (channelwise.NetworkSlimming, channelwise.GroupLassoPruner))
    np.testing.assert_array_equal(slim["scores"], lasso["scores"])
    assert slim.flags == ("no batch norm to slim: group lasso instead",)
    assert run(channelwise.NetworkSlimming, CONVOLUTIONS).flags == ()
