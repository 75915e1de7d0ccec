"""The published report: static pages of HTML that need no server, no network and no script."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.store import RunStore

__all__ = ["write_report"]


def write_report(
    store: "RunStore", out: Path, suites: "Sequence[str]", profile: str, *, force: bool = False
) -> list[Path]:
    """Write the report of suites, by name, into a folder and return the paths of its pages.

    Raises:
        UnknownName: no such suite.
        StoreError: a record is damaged.
        BenchError: no record is of any of the suites.
        UsageError: the folder holds other things, or cannot be written.
    """
    from harness.report.folder import write_site
    from harness.report.site import build_site

    return write_site(build_site(store, suites, profile), out, force=force)
