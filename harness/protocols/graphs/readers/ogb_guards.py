"""Guards around ogb 1.3.6, which asks the terminal, asks the network, and relies on old torch defaults."""

import builtins
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.errors import DataCorrupted


@contextmanager
def guarded_ogb(data_folder: Path | None = None) -> Iterator[None]:
    """Import and use ogb inside this block; its changes are undone at the end.

    - ``import ogb`` starts a thread that asks PyPI for updates: the package it needs is hidden meanwhile.
    - Constructors call ``input()`` when a release file or a download is in doubt: that raises DataCorrupted.
    - Processed files are read by ``torch.load(path)``, which since torch 2.6 refuses PyG's classes: exactly the
      file that ogb itself has just written below `data_folder` is loaded with ``weights_only=False``.
    """
    with _no_update_check(), _no_questions(), _own_processed_file(data_folder):
        yield


@contextmanager
def _no_update_check() -> Iterator[None]:
    before, setting = sys.modules.get("outdated"), os.environ.get("OUTDATED_IGNORE")
    sys.modules["outdated"] = None  # type: ignore[assignment]  # makes `import outdated` an ImportError
    try:
        import ogb  # noqa: F401

        yield
    finally:
        del sys.modules["outdated"]
        if before is not None:
            sys.modules["outdated"] = before
        if setting is None:
            os.environ.pop("OUTDATED_IGNORE", None)
        else:
            os.environ["OUTDATED_IGNORE"] = setting


@contextmanager
def _no_questions() -> Iterator[None]:
    def refuse(prompt: object = "") -> str:
        raise DataCorrupted(
            f"ogb asked {str(prompt).strip()!r}: the files are not the release that this ogb reads, "
            f"or some are missing. Replace the set's folder by the official download."
        )

    ask = builtins.input
    builtins.input = refuse
    try:
        yield
    finally:
        builtins.input = ask


@contextmanager
def _own_processed_file(data_folder: Path | None) -> Iterator[None]:
    if data_folder is None:
        yield
        return
    import torch

    own = (data_folder / "processed" / "geometric_data_processed.pt").resolve()
    if own.exists():
        raise DataCorrupted(
            f"{own} existed before ogb wrote it and may be from another source, so it is not loaded; delete it"
        )
    load = torch.load

    def load_own(file: Any, *args: Any, **options: Any) -> Any:
        if isinstance(file, str | Path) and Path(file).resolve() == own:
            options.setdefault("weights_only", False)
        return load(file, *args, **options)

    torch.load = load_own  # type: ignore[assignment]
    try:
        yield
    finally:
        torch.load = load
