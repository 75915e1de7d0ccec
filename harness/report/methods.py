"""The methods of the catalog: contenders and kernels of one package below ``methods``, with its model card."""

from dataclasses import dataclass
from pathlib import Path

from harness import catalog
from harness.report.text import anchor

FOLDER = Path(__file__).parents[2] / "methods"
"""Beside the harness in a checkout and in an installed wheel alike."""


@dataclass(frozen=True)
class Method:
    """A method: its contenders, its kernels and its model card.

    Attributes:
        slug: name of its package.
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
    """Return every method with a contender or a kernel in the catalog."""
    contenders = {name: _slug(entry.module) for name, entry in catalog.contenders().items()}
    kernels = {name: _slug(entry.module) for name, entry in catalog.kernels().items()}
    slugs = dict.fromkeys(slug for slug in (*contenders.values(), *kernels.values()) if slug)
    return tuple(
        Method(
            slug,
            tuple(name for name, owner in contenders.items() if owner == slug),
            tuple(name for name, owner in kernels.items() if owner == slug),
            _card(folder / slug / "README.md"),
        )
        for slug in slugs
    )


def _slug(module: str) -> str:
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == "methods" else ""


def _card(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
