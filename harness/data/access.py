"""The places of data sets and of their copies on this machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError

_FALSE = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True)
class DataAccess:
    """The places of data sets, in this order: data root, cache, official download.

    Attributes:
        root: a folder with raw files, or None; it is never written to.
        cache: a folder for this program alone.
        offline: whether downloads are ruled out.
        mirror: base URL in place of the official servers; it holds ``<host>/<path>`` of each official URL.
    """

    root: Path | None
    cache: Path
    offline: bool = False
    mirror: str | None = None

    @classmethod
    def from_environment(
        cls, root: str | Path | None = None, cache: str | Path | None = None, offline: bool = False
    ) -> "DataAccess":
        """Return the places of the arguments, else of ``BENCH_DATA`` and ``BENCH_CACHE``; and the other settings.

        ``BENCH_OFFLINE`` rules out downloads, ``BENCH_MIRROR`` is the mirror.

        Raises:
            UsageError: the data root does not exist or is not a folder, or the cache is not a folder.
        """
        environment = os.environ
        option = "--data-root" if root else "BENCH_DATA"
        chosen = root or environment.get("BENCH_DATA")
        folder = _existing_folder(chosen, option) if chosen else None
        store = _absolute(cache or environment.get("BENCH_CACHE") or _default_cache(environment))
        if store.exists() and not store.is_dir():
            raise UsageError(f"the cache must be a folder, got the file {store}. Give another one by BENCH_CACHE.")
        silent = offline or environment.get("BENCH_OFFLINE", "").strip().lower() not in _FALSE
        return cls(folder, store, silent, environment.get("BENCH_MIRROR") or None)

    @property
    def data(self) -> Path:
        """Folder of downloads, prepared and derived sets; they hold targets, so workers have no access."""
        return self.cache / "data"

    @property
    def derived(self) -> Path:
        """Folder of intermediate results that workers compute from inputs alone; never any target."""
        return self.cache / "derived"


def _existing_folder(given: str | Path, option: str) -> Path:
    folder = _absolute(given)
    if not folder.is_dir():
        fault = "is not a folder" if folder.exists() else "does not exist"
        raise UsageError(
            f"the data root {folder} (from {option}) {fault}. Give an existing folder, or none to use the cache "
            f"and official downloads."
        )
    return folder


def _default_cache(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache")) / "bench-icml22"


def _absolute(path: str | Path) -> Path:
    return Path(path).expanduser().absolute()
