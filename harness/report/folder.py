"""Writing the site: all files are written beside the folder first, then moved into place one by one."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from harness.errors import UsageError

MARK = ".bench-report.json"
"""File that lists our pages in the folder, so that a later report knows which files it may replace and remove."""
NAMED = 5


def write_site(pages: Mapping[str, str], out: Path, *, force: bool = False) -> list[Path]:
    """Write pages (file name -> HTML) into a folder and return their paths.

    Each page replaces its predecessor in one step; the index comes last, then pages that are no longer part of the
    site go. Other files stay. A new or empty folder appears complete.

    Args:
        force: write into a folder that holds other things and no report of ours; of these, same-named files are
            replaced and nothing is removed.

    Raises:
        UsageError: the folder is not ours and not empty, is a file, or cannot be written.
    """
    try:
        check_folder(out, force=force)
        before = _our_pages(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
        try:
            _fill(partial, pages)
            if out.exists() and any(out.iterdir()):
                _replace(partial, out, pages, before)
            else:
                partial.chmod(0o755)
                os.replace(partial, out)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise UsageError(f"--out: cannot write {error.filename or out}: {error.strerror}") from error
    return [out / name for name in pages]


def check_folder(out: Path, *, force: bool = False) -> None:
    """Check early that a report may go into a folder; raises UsageError that names the file in the way."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out: {out} is a file; name a folder")
    inside = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    if inside and MARK not in inside and not force:
        more = f" and {len(inside) - NAMED} more" if len(inside) > NAMED else ""
        raise UsageError(
            f"--out: {out} is not empty and holds no report: {', '.join(inside[:NAMED])}{more} would lie among its "
            "pages. Name a new folder, or give --force: it replaces files of the same names and removes none."
        )


def _our_pages(out: Path) -> set[str]:
    """Return the pages of an earlier report in the folder, by its mark; only plain file names count."""
    try:
        named = json.loads((out / MARK).read_text(encoding="utf-8"))["pages"]
        return {name for name in named if name == Path(name).name and name.endswith(".html")}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return set()


def _fill(folder: Path, pages: Mapping[str, str]) -> None:
    for name, html in pages.items():
        (folder / name).write_text(html, encoding="utf-8", newline="\n")
    mark = json.dumps({"format": "bench-report", "version": 1, "pages": sorted(pages)}, indent=1)
    (folder / MARK).write_text(mark + "\n", encoding="utf-8")


def _replace(partial: Path, out: Path, pages: Mapping[str, str], before: set[str]) -> None:
    for name in sorted(pages, key=lambda page: page == "index.html"):
        os.replace(partial / name, out / name)
    for name in before - set(pages):
        (out / name).unlink(missing_ok=True)
    os.replace(partial / MARK, out / MARK)
