"""Block-sparse recovery as a kernel: the fast solver, plain ones and public peers, at one certified duality gap."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from harness.kernels.contract import Implementation, Kernel, KernelCase, KernelCost, Mismatch, Target, case
from harness.kernels.kept import kept

OURS = "methods.block_sparse_attack.implementations"
PEERS = "baselines.attacks.block_sparse_recovery"
GROUPS = 40
BALL = ("newton", "spgl1", "cvxpy-clarabel")


class BlockSparseRecovery(Kernel):
    """``min_c 1/2 ||x - D c||^2 + sum_g lam_g ||c_g||`` for a batch of signals, and the ball program for one."""

    name = "block-sparse-recovery"
    title = "Block-sparse recovery: group-lasso codes of a batch of signals"
    headline = "newton"
    size_name = "signals"
    quality_name = "gap"
    implementations = (
        Implementation("newton", f"{OURS}:newton", "ours", "float32 descent, then batched damped Newton"),
        Implementation(
            "proximal-gradient", f"{OURS}:proximal_gradient", "ours", "batched accelerated proximal gradient"
        ),
        Implementation(
            "coordinate-descent", f"{OURS}:coordinate_descent", "reference", "exact block updates", threaded=False
        ),
        Implementation("celer", f"{PEERS}.celer_peer:group_lasso", "peer", "", ("celer",), False),
        Implementation("skglm", f"{PEERS}.skglm_peer:group_lasso", "peer", "", ("skglm",), False),
        Implementation("group-lasso", f"{PEERS}.group_lasso_peer:group_lasso", "peer", requires=("group_lasso",)),
        Implementation("cvxpy-clarabel", f"{PEERS}.cvxpy_peer:clarabel", "peer", "", ("cvxpy", "clarabel"), False),
        Implementation("cvxpy-scs", f"{PEERS}.cvxpy_peer:scs", "peer", "", ("cvxpy", "scs"), False),
        Implementation("spgl1", f"{PEERS}.spgl1_peer:ball", "peer", requires=("spgl1",)),
    )
    targets = (
        Target("program=penalised,p=2000,signals=100*", "ratio", "celer", at_least=3, reason="design target"),
        Target(
            "program=penalised,p=2000,signals=100*",
            "ratio",
            "celer",
            at_least=5,
            reason="stretch goal",
        ),
        Target(
            "program=penalised,p=2000,signals=100,alpha=0.3*",
            "ratio",
            "cvxpy-clarabel",
            at_least=40,
            reason="design target",
        ),
        Target(
            "program=penalised,p=2000,signals=1,*",
            "ratio",
            "celer",
            at_least=1 / 1.2,
            reason="design target: latency",
        ),
        Target("*tol=1e-10", "quality", quality="gap", at_most=1e-10, reason="design target"),
        Target("*p=8000*", "memory", at_most=300, reason="the p x p Gram matrix alone would take 512 MB"),
    )
    notes = (
        "All implementations are held to the same gap / (||x||^2 / 2), computed by us from their codes in "
        "float64; each peer's own tolerance is tightened, untimed, until it is reached.",
        "celer's own gap has a dual point extrapolated over iterations; the common one is taken at the residual.",
        "Per dictionary and untimed for ours: spectral norms and a float32 copy. Peers solve signals one by one; "
        "a share of the batch is timed.",
    )

    def cases(self, profile: str) -> Iterable[KernelCase]:
        """Return the cases of a profile."""
        if profile == "smoke":
            return [_penalised(200, 4, 0.3, 1e-6), _penalised(200, 1, 0.05, 1e-8), _ball(400)]
        headline = [_penalised(2000, 100, alpha, 1e-6) for alpha in (0.3, 0.05)]
        growth = [_penalised(2000, n, 0.3, 1e-6) for n in (10, 30)]
        single = [_penalised(2000, 1, alpha, 1e-8) for alpha in (0.3, 0.05)]
        rest = [_penalised(2000, 20, 0.3, 1e-10), _penalised(8000, 20, 0.3, 1e-6), _penalised(400, 4, 0.3, 1e-6)]
        if profile == "standard":
            return [*headline, *single, *rest, _ball(400)]
        sizes = [
            _penalised(p, n, a, 1e-6) for p in (500, 1000, 4000, 8000) for n in (1, 100) for a in (0.3, 0.05, 0.01)
        ]
        return [
            *headline,
            *growth,
            _penalised(2000, 1000, 0.3, 1e-6),
            *single,
            *rest,
            _ball(400),
            _ball(2000),
            *sizes,
        ]

    def scaled(self, case: KernelCase) -> bool:
        return case["program"] == "penalised" and case["signals"] in (4, 100) and case["alpha"] == 0.3

    def data(self, case: KernelCase, seed: int) -> dict[str, Any]:
        """Return ``atoms`` (d, p), group ``size``, ``signals`` (n, d), ``lam`` (n, groups), ``tol``, ``radius``."""
        from .generated import attacked_images

        drawn = attacked_images(case["p"] // GROUPS, case["signals"], seed)
        products = (drawn.signals @ drawn.atoms).reshape(case["signals"], GROUPS, -1)
        strengths = np.linalg.norm(products, axis=2)
        largest = np.stack([strengths[:, :10].max(axis=1), strengths[:, 10:].max(axis=1)], axis=1)
        lam = np.repeat(case["alpha"] * largest, (10, 30), axis=1)
        radius = _radius(drawn.atoms, drawn.signals[0]) if case["program"] == "ball" else 0.0
        return {
            "program": case["program"], "atoms": drawn.atoms, "size": case["p"] // GROUPS, "signals": drawn.signals,
            "lam": lam, "tol": case["tol"], "radius": radius,
        }  # fmt: skip

    def excluded(self, case: KernelCase, name: str) -> str | None:
        """Return the reason to skip a case: another program, or more than seconds; None to time it."""
        if case["program"] == "ball":
            return None if name in BALL else "solves the penalised program only"
        if name == "spgl1":
            return "solves the ball program only"
        small = case["p"] <= 500
        if name == "cvxpy-scs" and not small:
            return "over fifteen seconds a signal: timed at 400 atoms"
        headline = case["signals"] == 100 and case["alpha"] == 0.3
        if name == "cvxpy-clarabel" and not small and not headline:
            return "seconds a signal: timed on the first case"
        if name == "group-lasso" and case["p"] not in (200, 500):
            return "seconds a signal, and it does not reach the gap: shown in the smoke and paper profiles"
        if case["p"] > 2000 and name != "newton":
            return "seconds a signal and more at this size"
        if name == "skglm" and case["p"] != 500:
            return "compiles for ten seconds in every process: timed at 500 atoms, in the paper profile"
        if name == "coordinate-descent" and not small and not headline:
            return "timed on the first case and at 400 atoms"
        if name == "proximal-gradient" and case["signals"] > 10:
            return "ten seconds a batch and more"
        return None

    def reference(self, case: KernelCase, data: Any) -> Any:
        """Return the first signal's objective by exact block coordinate descent, or by the ball program's bound."""
        from .implementations import reference_objective

        return kept("block-sparse-recovery reference", case, lambda: [reference_objective(data)])[0]

    def check(self, case: KernelCase, data: Any, name: str, output: Any, expected: Any) -> None:
        """Check the certified gap of the codes, and compare the first signal's objective with the reference."""
        from .implementations import verdict

        problem = verdict(data, np.asarray(output), expected)
        if problem:
            raise Mismatch(f"{name}: {problem}")

    def cost(self, case: KernelCase, data: Any) -> KernelCost:
        """Return the cost of a certificate: D c and D^T R once a signal; D, signals and codes read once."""
        d, p = data["atoms"].shape
        n = case["signals"]
        return KernelCost(flops=4.0 * d * p * n, bytes=8.0 * (d * p + n * (d + p)), dtype="float64")

    def quality(self, case: KernelCase, data: Any, name: str, output: Any, expected: Any) -> Mapping[str, float]:
        """Return the worst certified relative gap and the mean number of active groups."""
        from .implementations import worst_gap

        codes = np.asarray(output)
        norms = np.linalg.norm(codes.reshape(len(codes), GROUPS, -1), axis=2)
        return {"gap": worst_gap(data, codes), "active": float((norms > 1e-6 * norms.max()).sum(axis=1).mean())}


def _radius(atoms: np.ndarray, signal: np.ndarray) -> float:
    """Return 0.15 ||x||, or more where a smaller ball would not meet the span of few atoms."""
    distance = float(np.linalg.norm(signal - atoms @ np.linalg.lstsq(atoms, signal)[0]))
    return max(0.15 * float(np.linalg.norm(signal)), 1.25 * distance)


def _penalised(p: int, signals: int, alpha: float, tol: float) -> KernelCase:
    series = "batch" if (p, alpha, tol) == (2000, 0.3, 1e-6) else ""
    return case(size=signals, series=series, program="penalised", p=p, signals=signals, alpha=alpha, tol=tol)


def _ball(p: int) -> KernelCase:
    return case(size=1, program="ball", p=p, signals=1, alpha=0.3, tol=1e-4)


KERNEL = BlockSparseRecovery()
