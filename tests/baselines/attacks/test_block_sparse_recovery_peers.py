"""Every public peer reaches our certificate on a small problem, or its failure is a mismatch with the gap."""

import importlib

import numpy as np
import pytest

from baselines.attacks.block_sparse_recovery.calibration import relative_gap
from harness.kernels.contract import Timed, case
from methods.block_sparse_attack.kernel import KERNEL
from methods.block_sparse_attack.recovery.dictionary import Dictionary
from methods.block_sparse_attack.recovery.objective import certify
from methods.block_sparse_attack.recovery.penalty import Penalty

PEERS = [entry for entry in KERNEL.implementations if entry.role == "peer"]


def problem(program: str) -> dict:
    random = np.random.default_rng(0)
    atoms = random.normal(size=(30, 200))
    atoms = np.asfortranarray(atoms / np.linalg.norm(atoms, axis=0))
    signals = random.normal(size=(2, 30))
    strengths = np.linalg.norm((signals @ atoms).reshape(2, 40, 5), axis=2)
    lam = np.repeat(0.3 * strengths.max(axis=1, keepdims=True), 40, axis=1)
    radius = 0.3 * float(np.linalg.norm(signals[0]))
    return {
        "program": program,
        "atoms": atoms,
        "size": 5,
        "signals": signals,
        "lam": lam,
        "tol": 1e-4,
        "radius": radius,
    }


def output(entry, program: str) -> tuple[dict, np.ndarray]:
    for module in entry.requires:
        pytest.importorskip(module)
    data = problem(program)
    prepare = getattr(importlib.import_module(entry.module), entry.target.partition(":")[2])
    call = prepare(case(size=2, signals=2), data, 1)
    return data, call.call() if isinstance(call, Timed) else call()


@pytest.mark.parametrize("name", [p.name for p in PEERS if p.name not in ("spgl1", "group-lasso")])
def test_penalised_peers_are_certified(name: str) -> None:
    data, codes = output(KERNEL.implementation(name), "penalised")
    point = case(size=2, program="penalised", signals=2, alpha=0.3, tol=1e-4, p=200)
    KERNEL.check(point, data, name, codes, KERNEL.reference(point, data))


@pytest.mark.parametrize("name", ["spgl1", "cvxpy-clarabel"])
def test_ball_peers_agree_with_the_reference(name: str) -> None:
    data, codes = output(KERNEL.implementation(name), "ball")
    point = case(size=1, program="ball", signals=1, alpha=0.3, tol=1e-4, p=200)
    KERNEL.check(point, data, name, codes, KERNEL.reference(point, data))


def test_group_lasso_minimises_the_same_objective() -> None:
    data, codes = output(KERNEL.implementation("group-lasso"), "penalised")
    best = KERNEL.reference(case(size=1), data)
    found = certify(Dictionary(data["atoms"], 5), data["signals"][:1], codes, Penalty(data["lam"][:1]))
    assert best - 1e-6 <= found.primal[0] <= 1.2 * best


def test_the_gap_used_for_calibration_is_the_certificate() -> None:
    data = problem("penalised")
    codes = np.random.default_rng(1).normal(size=(1, 200)) / 20
    ours = certify(Dictionary(data["atoms"], 5), data["signals"][:1], codes, Penalty(data["lam"][:1])).relative[0]
    assert relative_gap(data, 0, codes[0]) == pytest.approx(ours, rel=1e-12)
