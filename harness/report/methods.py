"""The methods of the catalog: the contenders and kernels of a folder of ``methods`` or of a package, and its card.

A package has a page if one of its contenders is a method; its card is ``README.md`` beside its modules. A
baseline is no part of a method.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from harness import catalog
from harness.report.text import anchor

FOLDER = Path(__file__).parents[2] / "methods"
"""Beside the harness in a checkout and in an installed wheel alike."""
ROOM = "methods"
CARD = "README.md"


@dataclass(frozen=True)
class Method:
    """A method: its contenders, its kernels and its model card.

    Attributes:
        slug: name of its folder below ``methods``, or of its package.
        contenders, kernels: names, in the order of the catalog.
        card: its model card as markdown, "" if it has none.
    """

    slug: str
    contenders: tuple[str, ...]
    kernels: tuple[str, ...]
    card: str

    @property
    def page(self) -> str:
        """File name of its page."""
        return f"method-{anchor(self.slug)}.html"

    @property
    def title(self) -> str:
        """The first heading of its card; its name if there is none."""
        first = next((line for line in self.card.splitlines() if line.startswith("# ")), "")
        return first.removeprefix("# ").strip() or self.slug


def methods(folder: Path = FOLDER) -> tuple[Method, ...]:
    """Return every method that the catalog has a contender or a kernel of: ours, then those of packages."""
    entries = catalog.contenders()
    packages = {_top(entry.module) for entry in entries.values() if entry.kind == "method"} - {ROOM}
    own = {name: entry for name, entry in entries.items() if entry.kind != "baseline"}
    contenders = {name: _room(entry.module, packages) for name, entry in own.items()}
    kernels = {name: _room(entry.module, packages) for name, entry in catalog.kernels().items()}
    rooms: dict[str, str] = {}
    for room in filter(None, (*contenders.values(), *kernels.values())):
        rooms.setdefault(room.removeprefix(f"{ROOM}."), room)
    return tuple(
        Method(
            slug,
            tuple(name for name, owner in contenders.items() if owner == room),
            tuple(name for name, owner in kernels.items() if owner == room),
            _card(folder / slug / CARD if room != slug else _package_folder(room) / CARD),
        )
        for slug, room in rooms.items()
    )


def _room(module: str, packages: set[str]) -> str:
    """Return the folder of ``methods`` or the package that a module belongs to; "" for none."""
    if _top(module) == ROOM:
        return ".".join(module.split(".")[:2])
    return _top(module) if _top(module) in packages else ""


def _top(module: str) -> str:
    return module.partition(".")[0]


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else Path()


def _card(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
