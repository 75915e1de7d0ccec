"""The entry of a data set in its family's catalogue: its name, type, origin and loader.

Light: every command reads the catalogues. Types and loaders are named by strings ``module:name``. A loader returns
a `Payload`; its signature depends on the kind of the data set:

    bundled, generated   ``f(entry)``, in this process, at once
    real                 ``f(folder, entry)``, from raw files, in a process of its own, once
    derived              ``f(base, recipe)``, by a computation of minutes, in a process of its own, once

`folder` holds the raw files; libraries may write into it. `base` is the data set that the entry names, or None;
`recipe` is the entry's options. The payload is all that the type gets (see `harness.data.data_set`), so what an
option decides belongs into its arrays or facts. The facts ``reader`` (the library) and ``folds`` (the splits, in
words) of a real set, and ``provenance`` of a bundled or generated one, enter the provenance of the data set.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

DatasetKind = Literal["bundled", "generated", "real", "derived"]


@dataclass(frozen=True)
class RawLayout:
    """The files of a real set; their places are the same below the data root and below the cache.

    Attributes:
        folder: relative to the data root.
        required: files, relative to `folder`, without which the set is incomplete.
        content: glob patterns, relative to `folder`, of all files that the set is read from.
        archive_folder: the folder inside the downloaded zip archive, or None where single files are downloaded.
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
    """One data set: its identity and its origin.

    Attributes:
        type: ``module:Class`` of its data set, see `harness.data.data_set.DataSet`.
        loader: ``module:function``, see the module's docstring.
        version: raised whenever the loader or the type changes the content; part of the identity.
        download_bytes: approximate size of the official download, None where nothing can be downloaded.
        urls: official addresses.
        raw: files of a real set.
        items, classes: published numbers, None where none is published; a real set with other numbers is rejected.
        cure: advice for a set that is unavailable; replaces the general advice.
        base: name of the data set that a derived set is computed from; empty if from its recipe alone.
        options: plain values for the loader; those of a derived set are its recipe.
    """

    name: str
    title: str
    type: str
    kind: DatasetKind
    loader: str
    licence: str
    version: int = 1
    download_bytes: int | None = None
    urls: tuple[str, ...] = ()
    raw: RawLayout | None = None
    items: int | None = None
    classes: int | None = None
    cure: str = ""
    base: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fault(self) -> str:
        """The first fault of the declaration, taken by itself; "" if it has none."""
        if self.kind not in get_args(DatasetKind):
            kinds = ", ".join(get_args(DatasetKind))
            return f"its kind is {self.kind!r}; expected one of {kinds}"
        for part, target in (("type", self.type), ("loader", self.loader)):
            if not re.fullmatch(r"[\w.]+:\w+", str(target)):
                return f"its {part} is {target!r}; expected 'module:name'"
        if self.base and self.kind != "derived":
            return f"it is {self.kind} and has the base {self.base!r}; only a derived set has one"
        if self.kind == "real" and self.raw is None:
            return "it is real and names no raw files; expected a RawLayout"
        try:
            json.dumps(dict(self.options))
        except (TypeError, ValueError) as error:
            return f"its options are {self.options!r}; expected a mapping of plain values ({error})"
        return ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for another process to rebuild the entry from."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "DatasetEntry":
        """Return the entry of :meth:`as_dict`, also after a way through JSON."""
        raw = values["raw"]
        if raw is not None:
            raw = RawLayout(**{**raw, "required": tuple(raw["required"]), "content": tuple(raw["content"])})
        return cls(**{**values, "urls": tuple(values["urls"]), "raw": raw})
