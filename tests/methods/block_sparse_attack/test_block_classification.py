"""SBSC, SBSAD and BSC on signals that are block-sparse by construction; selection; bad input."""

import numpy as np
import pytest
import torch
from attacked_subspaces import attacked_subspaces

from methods.block_sparse_attack.classification.classifier import BlockSparseClassifier, network_labels
from methods.block_sparse_attack.classification.irls import IrlsSettings
from methods.block_sparse_attack.classification.selection import select_solver
from methods.block_sparse_attack.classification.signal_only import SignalOnlyClassifier
from methods.block_sparse_attack.classification.solvers import (
    SOLVERS,
    Ball,
    Convex,
    Exact,
    Greedy,
    Irls,
    solver_named,
)
from methods.block_sparse_attack.recovery.conditions import dual_margin, primal_condition
from methods.block_sparse_attack.recovery.constrained import projection_residual
from methods.block_sparse_attack.recovery.dictionary import Dictionary
from methods.block_sparse_attack.recovery.results import InfeasibleError

# 24 blocks of ranks 3 and 4 in 200 dimensions are independent subspaces: recovery is guaranteed.
INDEPENDENT = attacked_subspaces(12, dimension=200)
SOLVERS_UNDER_TEST = [Greedy(), Convex(1e-3), Exact(), Ball(0.05), Irls(IrlsSettings(1, l1=0.01, tol=1e-8))]


@pytest.mark.parametrize("solver", SOLVERS_UNDER_TEST, ids=lambda s: type(s).__name__)
def test_class_and_attack_are_exact_where_the_recovery_condition_holds(solver) -> None:
    case = INDEPENDENT
    active = (int(case.labels[0]), case.joint.layout.attack_group(int(case.attacks[0]), int(case.labels[0])))
    assert primal_condition(case.joint.dictionary, active).holds
    found = BlockSparseClassifier(case.joint, solver).classify(case.signals)
    np.testing.assert_array_equal(found.labels, case.labels)
    np.testing.assert_array_equal(found.attacks, case.attacks)
    assert not found.undecided.any()
    assert found.codes.shape == (12, 24 * 8)
    tolerance = 0.35 if isinstance(solver, Greedy | Irls) else 0.1
    assert np.linalg.norm(found.denoised - case.clean, axis=1).max() < tolerance  # clean signals have unit length
    heuristic = isinstance(solver, Greedy | Irls)
    assert np.isnan(found.gaps).all() == heuristic
    if not heuristic:
        assert found.gaps.max() <= 1e-3


def test_the_exact_program_recovers_overlapping_blocks_when_the_dual_margin_is_positive() -> None:
    case = attacked_subspaces(15, dimension=60)  # the blocks' ranks sum to 90: subspaces overlap
    dictionary, layout = case.joint.dictionary, case.joint.layout
    promised = 0
    clean_and_attack = BlockSparseClassifier(case.joint, Exact()).classify(case.signals)
    for n, signal in enumerate(case.signals):
        active = (int(case.labels[n]), layout.attack_group(int(case.attacks[n]), int(case.labels[n])))
        if dual_margin(dictionary, active, signal) <= 0.01:
            continue
        promised += 1
        assert (clean_and_attack.labels[n], clean_and_attack.attacks[n]) == (case.labels[n], case.attacks[n])
        norms = dictionary.groups.norms(clean_and_attack.codes[n : n + 1])[0]
        assert np.delete(norms, active).max() < 1e-4
    assert promised >= 2


def test_the_generated_smoke_instance() -> None:
    case = attacked_subspaces(60, noise=0.05)
    found = BlockSparseClassifier(case.joint, Greedy()).classify(case.signals)
    assert (found.labels == case.labels).mean() >= 0.95
    assert (found.attacks == case.attacks).mean() >= 0.85


def test_attack_energy_tells_attacked_from_clean_signals() -> None:
    classifier = BlockSparseClassifier(INDEPENDENT.joint, Convex(1e-3))
    attacked = classifier.classify(INDEPENDENT.signals).attack_energy
    clean = classifier.classify(INDEPENDENT.clean)
    np.testing.assert_array_equal(clean.labels, INDEPENDENT.labels)
    assert clean.attack_energy.max() < 0.05 < 0.5 < attacked.min()


def test_signals_are_coded_one_by_one() -> None:
    classifier = BlockSparseClassifier(INDEPENDENT.joint, Convex(0.05))
    whole = classifier.classify(INDEPENDENT.signals)
    for n in (0, 7):
        alone = classifier.classify(INDEPENDENT.signals[n : n + 1])
        np.testing.assert_allclose(alone.codes[0], whole.codes[n], atol=2e-3)
        assert alone.labels[0] == whole.labels[n]


def test_the_network_judges_the_denoised_signal() -> None:
    found = BlockSparseClassifier(INDEPENDENT.joint, Exact()).classify(INDEPENDENT.signals)
    network = torch.nn.Linear(200, 6)
    expected = network(torch.from_numpy(found.denoised).float()).argmax(1).numpy()
    np.testing.assert_array_equal(network_labels(network, found), expected)


@pytest.mark.parametrize("name", SOLVERS)
def test_every_solver_has_a_name_and_takes_empty_batches(name: str) -> None:
    found = BlockSparseClassifier(INDEPENDENT.joint, solver_named(name)).classify(np.zeros((0, 200)))
    assert found.labels.shape == found.gaps.shape == (0,)
    assert found.denoised.shape == (0, 200)
    assert found.codes.shape == (0, 192)


def test_codes_that_are_all_zero_are_undecided() -> None:
    found = BlockSparseClassifier(INDEPENDENT.joint, Convex(alpha=1.0)).classify(INDEPENDENT.signals[:2])
    assert found.undecided.all()
    assert not found.codes.any()


def test_bad_signals_are_refused() -> None:
    classifier = BlockSparseClassifier(INDEPENDENT.joint)
    zero = INDEPENDENT.signals[:3].copy()
    zero[1] = 0
    with pytest.raises(ValueError, match="row 1 is zero"):
        classifier.classify(zero)
    zero[1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        classifier.classify(zero)
    with pytest.raises(ValueError, match="signals have shape"):
        classifier.classify(np.ones((2, 7)))
    with pytest.raises(ValueError, match="solver is 'scs'; expected one of greedy"):
        solver_named("scs")
    outside = np.random.default_rng(0).normal(size=(1, 200))
    with pytest.raises(InfeasibleError) as caught:
        BlockSparseClassifier(INDEPENDENT.joint, Exact()).classify(outside)
    assert caught.value.residual == pytest.approx(projection_residual(INDEPENDENT.joint.dictionary, outside[0]))


def test_signal_only_classification_in_a_ball() -> None:
    case = attacked_subspaces(10, dimension=200)
    small = case.clean + 0.2 * (case.signals - case.clean)
    found = SignalOnlyClassifier(case.joint.signals, 0.25).classify(small)
    np.testing.assert_array_equal(found.labels, case.labels)
    np.testing.assert_allclose(np.linalg.norm(found.residuals, axis=1), 0.25, rtol=1e-3)
    assert (found.radii == 0.25).all()
    assert not found.undecided.any()


def test_signal_only_says_where_the_ball_was_too_small_or_too_large() -> None:
    signals = Dictionary(np.eye(6)[:, :4], 2)
    classifier = SignalOnlyClassifier(signals, 1.0)
    x = np.array([[5.0, 1, 0, 0, 3, 0], [0.1, 0.1, 0.5, 0, 0, 0], [0, 0, 0, 0, 2, 0]])
    found = classifier.classify(x)
    assert found.labels[0] == 0
    np.testing.assert_allclose(found.radii, [3.003, 1.0, 2.002])
    assert found.undecided.tolist() == [False, True, True]
    assert classifier.classify(x[:0]).labels.shape == (0,)
    with pytest.raises(ValueError, match="radius"):
        SignalOnlyClassifier(signals, 0.0)
    with pytest.raises(ValueError, match="signals have shape"):
        classifier.classify(np.ones((1, 5)))


def test_selection_prefers_class_accuracy_then_attack_accuracy_then_the_first() -> None:
    case = INDEPENDENT
    attacks = np.where(np.arange(12) < 3, -1, case.attacks)
    candidates = [Convex(1.0), Convex(1e-3), Convex(2e-3)]
    found = select_solver(case.joint, candidates, case.signals, case.labels, attacks)
    assert found.solver == candidates[1]
    assert found.class_accuracy[0] == (case.labels == 0).mean()
    assert found.class_accuracy[1:].tolist() == [1, 1]
    assert found.attack_accuracy[1:].tolist() == [1, 1]
    for wrong in (([], case.signals), (candidates, case.signals[:0])):
        with pytest.raises(ValueError, match="expected one or more of each"):
            select_solver(case.joint, *wrong, case.labels, attacks)
    with pytest.raises(ValueError, match="labels"):
        select_solver(case.joint, candidates, case.signals, case.labels, attacks + 3)
