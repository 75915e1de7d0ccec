"""Content of the pages, read once: boards, kernels and verdicts of the suites that have records."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness import catalog
from harness.errors import BenchError
from harness.leaderboard.board import build_board
from harness.tables.values import Board, TaskTable
from harness.task import Suite

if TYPE_CHECKING:
    from harness.claims import ClaimVerdict
    from harness.kernels.results import KernelBoard
    from harness.store import RunStore


@dataclass(frozen=True)
class SuiteResults:
    """Results of a suite.

    Attributes:
        kernels: boards of those kernels of the suite that were measured.
        verdicts: of the suite's claims, in its order.
    """

    suite: Suite
    board: Board
    kernels: tuple["KernelBoard", ...]
    verdicts: tuple["ClaimVerdict", ...]

    @property
    def trials(self) -> int:
        """Number of records in its tables."""
        return sum(table.provenance.records for table in self.board.tables)

    @property
    def failed(self) -> int:
        """Number of its failed records."""
        return sum(table.provenance.failed for table in self.board.tables)

    @property
    def empty(self) -> bool:
        """Whether no record is of this suite."""
        return not self.board.tables and not self.kernels


@dataclass(frozen=True)
class Results:
    """All suites of a report.

    Attributes:
        suites: those that have records.
        without: names of those that have none.
        environments: fingerprint -> machine and versions.
    """

    profile: str
    suites: tuple[SuiteResults, ...]
    without: tuple[str, ...]
    environments: Mapping[str, Mapping[str, Any]]
    store: "RunStore"

    def tables_of(self, contenders: Collection[str]) -> list[tuple[SuiteResults, TaskTable]]:
        """Return the tables that have a row of one of these contenders, with their suite."""
        return [
            (results, table)
            for results in self.suites
            for table in results.board.tables
            if any(row.contender in contenders for row in table.rows)
        ]

    def kernel_boards(self) -> dict[str, tuple[SuiteResults, "KernelBoard"]]:
        """Return each measured kernel's board with the first suite that has it."""
        found: dict[str, tuple[SuiteResults, KernelBoard]] = {}
        for results in self.suites:
            for board in results.kernels:
                found.setdefault(board.name, (results, board))
        return found


def gather(store: "RunStore", suites: Sequence[str], profile: str) -> Results:
    """Read the boards of suites, by name.

    Raises:
        UnknownName: no such suite.
        StoreError: a record is damaged.
        BenchError: no record is of any of the suites.
    """
    known = [catalog.suite(name) for name in suites]
    names = dict.fromkeys(kernel for suite in known for kernel in suite.kernels)
    kernels = _kernel_boards(store, list(names), profile)
    read = [
        SuiteResults(
            suite,
            build_board(store, suite.name, profile),
            tuple(kernels[name] for name in suite.kernels if name in kernels),
            judged(store, suite, profile),
        )
        for suite in known
    ]
    filled = tuple(results for results in read if not results.empty)
    if not filled:
        raise BenchError(
            f"no records of {', '.join(suites)} in profile {profile!r} to report. `bench run --suite {suites[0]} "
            f"--profile {profile}` produces them; name other records with --profile, --store or --from."
        )
    environments = {known.fingerprint: known.content for known in store.environments()}
    without = tuple(results.suite.name for results in read if results.empty)
    return Results(profile, filled, without, environments, store)


def judged(store: "RunStore", suite: Suite, profile: str) -> tuple["ClaimVerdict", ...]:
    """Return the verdict on each claim of a suite."""
    from harness.claims.judge import judge_suite

    return judge_suite(store, suite.name, profile)


def _kernel_boards(store: "RunStore", names: Sequence[str], profile: str) -> dict[str, "KernelBoard"]:
    from harness.kernels.results import kernel_board

    entries = [entry for entry in store.entries(profile=profile) if ":" in entry.record.trial.task] if names else []
    boards: dict[str, KernelBoard] = {}
    for name in names:
        own = [entry for entry in entries if entry.record.trial.task.startswith(f"{name}:")]
        board = kernel_board(name, catalog.kernel(name), profile, own) if own else None
        if board is not None:
            boards[name] = board
    return boards
