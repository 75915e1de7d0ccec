"""What a catalog entry says of a data set: what it is, where it comes from, who reads or makes it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["bundled", "generated", "real", "derived"]


@dataclass(frozen=True)
class RawLayout:
    """Which files a real set consists of, the same below the data root and below the cache.

    Attributes:
        folder: relative to the data root.
        required: files, relative to `folder`, without which the set is not there.
        content: glob patterns, relative to `folder`, of all files that the set is read from.
        archive_folder: the folder inside the downloaded archive, or None where single files are downloaded.
        unpack_to: where in `folder` the archive's (or the single) files belong.
        checksums: SHA-256 by URL where the official bytes are known; other URLs are trusted on first use.
    """

    folder: str
    required: tuple[str, ...]
    content: tuple[str, ...]
    archive_folder: str | None = None
    unpack_to: str = "raw"
    checksums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DatasetEntry:
    """One data set: what it is and where it comes from.

    Attributes:
        protocol: name of the protocol that its tasks belong to.
        loader: ``module:function``, see the module's docstring.
        version: raised whenever the loader gives other content; part of the fingerprint.
        download_bytes: approximate size of the official download, None where nothing can be downloaded.
        urls: official addresses.
        items, classes: published number of graphs (or nodes) and of classes; a set that differs is refused.
        cure: what to do when it cannot be had; replaces the general advice.
    """

    name: str
    title: str
    protocol: str
    kind: Kind
    loader: str
    licence: str
    version: int = 1
    download_bytes: int | None = None
    urls: tuple[str, ...] = ()
    raw: RawLayout | None = None
    items: int | None = None
    classes: int | None = None
    cure: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for a process of its own to rebuild the entry from."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "DatasetEntry":
        """Undo :meth:`as_dict`, also after a way through JSON."""
        raw = values["raw"]
        if raw is not None:
            raw = RawLayout(**{**raw, "required": tuple(raw["required"]), "content": tuple(raw["content"])})
        return cls(**{**values, "urls": tuple(values["urls"]), "raw": raw})
