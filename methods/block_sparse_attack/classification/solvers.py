"""Five solvers for codes in a joint dictionary, each a frozen dataclass of its settings with one method.

    decisions(joint, signals) -> list[Decided]     one a signal (n, d)

`Convex`, `Exact` and `Ball` solve their programs over all classes and attacks to a certified gap; `Greedy` and
`Irls` are heuristics that consider the classes they have kept.
"""

from dataclasses import asdict, dataclass, field
from typing import Protocol

import numpy as np

from ..recovery.ball_batch import ball_programs
from ..recovery.constrained import exact_program
from ..recovery.homotopy import Decision, decide, homotopy
from ..recovery.penalty import relative_penalty
from ..recovery.solve import Method, solve
from .irls import IrlsSettings, irls
from .joint_dictionary import JointDictionary

ALPHAS = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001)  # candidates of a search on validation signals


@dataclass(frozen=True)
class Decided:
    """A decision and the certified accuracy of its program.

    Attributes:
        decision: class, attack, codes, denoised signal.
        gap: certified relative gap; NaN for a heuristic, which has no program.
    """

    decision: Decision
    gap: float


class Solver(Protocol):
    """Solver for the codes of signals; instances are settings."""

    def decisions(self, joint: JointDictionary, signals: np.ndarray) -> list[Decided]:
        """Return one decision a signal (n, d)."""
        ...


@dataclass(frozen=True)
class Greedy:
    """Active-set homotopy over classes and attacks, the solver of the published experiments.

    Our variant has a smaller penalty (`share`) and selects blocks by orthonormal bases: see `homotopy`.
    """

    iterations: int = 4
    mixing: float = 0.99
    tol: float = 1e-9
    share: float = 1.0
    orthonormal: bool = False

    def decisions(self, joint: JointDictionary, signals: np.ndarray) -> list[Decided]:
        found = (homotopy(joint.dictionary, joint.layout, x, **asdict(self)) for x in signals)
        return [Decided(decision, float("nan")) for decision in found]


@dataclass(frozen=True)
class Convex:
    """The penalised program over all blocks, ``lam = alpha max ||D_g^T x'||`` apart for signals and attacks."""

    alpha: float = 0.01
    mu: float = 0.0
    tol: float = 1e-6
    method: Method = "auto"
    threads: int = 1

    def decisions(self, joint: JointDictionary, signals: np.ndarray) -> list[Decided]:
        penalty = relative_penalty(joint.dictionary, signals, self.alpha, joint.penalty_families, self.mu)
        found = solve(joint.dictionary, signals, penalty, tol=self.tol, method=self.method, threads=self.threads)
        return [
            Decided(decide(joint.dictionary, joint.layout, x, codes), float(gap))
            for x, codes, gap in zip(signals, found.codes, found.relative_gap, strict=True)
        ]


@dataclass(frozen=True)
class Exact:
    """The equality-constrained program; a signal outside the span raises InfeasibleError with its residual."""

    tol: float = 1e-6

    def decisions(self, joint: JointDictionary, signals: np.ndarray) -> list[Decided]:
        decided = []
        for x in signals:
            program = exact_program(joint.dictionary, x, tol=self.tol)
            gap = max(program.objective - program.bound, 0.0) / max(program.objective, np.finfo(float).tiny)
            decided.append(Decided(decide(joint.dictionary, joint.layout, x, program.codes), gap))
        return decided


@dataclass(frozen=True)
class Ball:
    """The program with ``||x' - D c|| <= radius``; a signal farther from the span raises InfeasibleError."""

    radius: float = 1.0
    tol: float = 1e-6
    gap: float = 1e-9  # of the intermediate penalised problems

    def decisions(self, joint: JointDictionary, signals: np.ndarray) -> list[Decided]:
        radii = np.full(len(signals), self.radius)
        found = ball_programs(joint.dictionary, signals, radii, tol=self.tol, gap=self.gap)
        return [
            Decided(decide(joint.dictionary, joint.layout, x, codes), float(gap))
            for x, codes, gap in zip(signals, found.codes, found.relative_gap, strict=True)
        ]


@dataclass(frozen=True)
class Irls:
    """Iteratively reweighted least squares; deleted classes take no part in the decision."""

    settings: IrlsSettings = field(default_factory=IrlsSettings)

    def decisions(self, joint: JointDictionary, signals: np.ndarray) -> list[Decided]:
        coded = ((x, irls(joint, x, self.settings)) for x in signals)
        return [
            Decided(decide(joint.dictionary, joint.layout, x, found.codes, found.classes), float("nan"))
            for x, found in coded
        ]


SOLVERS: dict[str, Solver] = {
    "greedy": Greedy(),
    "convex": Convex(),
    "exact": Exact(),
    "ball": Ball(),
    **{f"irls{variant}": Irls(IrlsSettings(variant)) for variant in (1, 2, 3, 4)},
}


def solver_named(name: str) -> Solver:
    """Return a solver with its default settings.

    Raises:
        ValueError: an unknown name.
    """
    if name not in SOLVERS:
        raise ValueError(f"solver is {name!r}; expected one of {', '.join(SOLVERS)}")
    return SOLVERS[name]
