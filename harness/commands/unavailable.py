"""Lines of `bench plan` and `bench run` on tasks whose data are missing, and what to do."""

from collections.abc import Iterator, Mapping

from harness.errors import DataError, DataUnavailable


def unavailable_lines(label: str, unavailable: Mapping[str, DataError]) -> Iterator[str]:
    """Yield a line a task: a single one in full; several in brief, with a last line on what to do."""
    for task, error in unavailable.items():
        yield f"{label}{task}: {_brief(error) if len(unavailable) > 1 else error}"
    if len(unavailable) > 1:
        yield (
            f"{' ' * len(label)}`bench data fetch NAME...` fetches data sets over the network, and reports for "
            f"each where else to put its files."
        )


def _brief(error: DataError) -> str:
    if not isinstance(error, DataUnavailable):
        return str(error)
    return f"data set {error.dataset!r} is unavailable ({error.tried[-1]})"
