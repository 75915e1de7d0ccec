"""The order of a case's implementations in tables and figures."""

from harness.kernels.results import CaseBoard, KernelBoard, KernelRow


def ordered(board: KernelBoard, case: CaseBoard) -> list[KernelRow]:
    """Return the headline first, then what was timed by increasing time, then the rest."""

    def place(row: KernelRow) -> tuple[bool, bool, float]:
        first = row.implementation.name != board.kernel.headline
        if not row.timings:
            return first, True, 0.0
        return first, False, row.timings[min(row.timings)].seconds

    return sorted(case.rows, key=place)
