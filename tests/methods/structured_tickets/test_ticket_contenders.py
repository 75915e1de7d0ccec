"""Tickets as contenders: tiny trials from end to end, and how their rounds are chosen."""

import numpy as np
import pytest

from harness.contract.contender import Contender
from harness.protocols.images.arrays import ImageDataset
from harness.protocols.pruning.training.masks import density
from methods.structured_tickets import contenders, controls
from tests.pruning_trials import (
    CONVOLUTIONS,
    PERCEPTRON,
    PROTOCOL,
    blobs,
    context,
    metrics,
    problem,
    run,
    single_thread,
)

pytestmark = pytest.mark.usefixtures(single_thread.__name__)

BLOCKS = (contenders.Regroup, contenders.RegroupGroupAware, controls.RegroupRandomPartition)
CHANNELS = (contenders.Refill, contenders.RefillPlus)
FRESH = (controls.IMPRandomTicket, controls.RefillRandomTicket, controls.RegroupRandomTicket)
WAYS = {
    contenders.IMP: {"csr"},
    **dict.fromkeys(CHANNELS, frozenset({"shrunk"})),
    **dict.fromkeys(BLOCKS, frozenset({"dispatch", "blocks", "csr", "dense"})),
}


@pytest.mark.parametrize(
    ("contender", "options"),
    [*((c, PERCEPTRON) for c in WAYS), (contenders.Refill, CONVOLUTIONS), (contenders.Regroup, CONVOLUTIONS)],
)
def test_a_ticket_has_the_density_of_its_level(contender: type[Contender], options: dict) -> None:
    report = run(contender, options)
    found, told = metrics(report), report.model
    for level in problem(options).levels:
        live, whole = (found[f"{name}_at_{level.percent}"] for name in ("density", "mask_density"))
        assert abs(live - level.density) <= level.allowed - level.density  # to within a channel of each layer
        assert live <= whole
        assert found[f"block_share_at_{level.percent}"] == (0.0 if contender is contenders.IMP else 1.0)
        assert found[f"time_ratio_at_{level.percent}"] > 0
        assert told[f"way_at_{level.percent}"] in WAYS[contender]
        assert told[f"ms_torch_at_{level.percent}"] > 0


def test_unstructured_tickets_are_those_of_their_round() -> None:
    told = run(contenders.IMP, PERCEPTRON).model
    for level in problem(PERCEPTRON).levels:
        assert told[f"round_at_{level.percent}"] == level.round
        assert told[f"round_density_at_{level.percent}"] == pytest.approx(level.density)


def test_refill_plus_takes_a_later_round_or_says_that_it_is_refill() -> None:
    wider = PERCEPTRON | {"hidden": [64, 48]}
    refill, plus = (run(c, wider).model for c in CHANNELS)
    rounds = [
        tuple(told[f"round_at_{level.percent}"] for level in problem(wider).levels) for told in (refill, plus)
    ]
    assert all(later >= own for own, later in zip(*rounds, strict=True))
    assert sum(rounds[1]) > sum(rounds[0])
    sparse = problem(PERCEPTRON | {"rounds": [12]})
    assert contenders.attainable_extra(sparse, sparse.levels[0], 0.1) == 0.0
    plus_settings = contenders.RefillPlus.configurations("standard")[0]
    flags = contenders.RefillPlus(plus_settings).flags(sparse, None, sparse.levels[0])  # type: ignore[arg-type]
    assert flags == ["10% of the remaining channels keep too much at 7 %: there, plain Refill"]


@pytest.mark.parametrize(
    ("contender", "of"), list(zip(FRESH, (contenders.IMP, contenders.Refill, contenders.Regroup), strict=True))
)
def test_a_random_ticket_has_the_masks_on_other_weights(contender: type, of: type) -> None:
    given = problem(PERCEPTRON)
    (settings,) = contender.configurations("smoke")
    (other,) = of.configurations("smoke")
    fresh = contender(settings).prune(given, context(contender))
    rewound = of(other).prune(given, context(of))
    for one, two in zip(fresh, rewound, strict=True):
        assert all(np.array_equal(one.masks[name], two.masks[name]) for name in two.masks)
        assert density(one.module, one.masks) == density(two.module, two.masks)
        assert one.compile is None
        assert not np.array_equal(one.module[1].weight.detach(), two.module[1].weight.detach())


@pytest.mark.parametrize("contender", [contenders.Regroup, contenders.Refill])
def test_a_trial_is_blind_and_repeats_to_the_bit(contender: type[Contender]) -> None:
    data = blobs()
    permuted: ImageDataset = PROTOCOL.permute_withheld(data, data.splits[0], np.random.default_rng(3))
    first, second = (run(contender, PERCEPTRON, known)["scores"] for known in (data, permuted))
    np.testing.assert_array_equal(first, second)


def test_a_network_too_narrow_for_blocks_fails_and_says_why() -> None:
    settings = contenders.BlockSettings(k=2, min_rows=17)
    pruner = contenders.Regroup(settings)
    given = problem(PERCEPTRON | {"rounds": [1]})
    with pytest.raises(ValueError, match="no round up to 7 gives a ticket of at most"):
        pruner.fits(given, context(contenders.Regroup))


def test_networks_with_skip_paths_are_pruned_but_not_timed() -> None:
    options = {"network": "resnet20", "epochs": 2, "batch": 40, "rounds": [1], "milestones": [], "rewind_epoch": 1}
    report = run(contenders.Refill, options, blobs(60))
    found = metrics(report, blobs(60))
    assert "time_ratio_at_80" not in found
    assert report.flags[0].startswith("time not measured: ")
    assert found["density_at_80"] <= problem(options).levels[0].allowed
