"""Rendering pages as HTML: templates that escape every string; each page is one file that loads nothing."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.leaderboard.papers import pieces
from harness.report.tables import TONES
from harness.tables.printable import printable

FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
"""A page may use its own style and script, known by their hashes, and request nothing: should a string ever slip
through unescaped, a browser would still not run it."""


def render(template: str, content: Mapping[str, Any]) -> str:
    """Return the HTML of a page.

    Raises:
        jinja2.UndefinedError: the template uses what `content` lacks.
    """
    return environment().get_template(template).render(**content)


@cache
def environment() -> Environment:
    """Return the template engine, with the style, the script and the policy that allows only these two."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = ((FOLDER / name).read_text(encoding="utf-8") for name in ("style.css", "script.js"))
    policy = POLICY.format(style=_digest(style), script=_digest(script))
    made.globals |= {"style": Markup(style), "script": Markup(script), "policy": policy}
    made.globals |= {"pieces": pieces, "tone": lambda text: TONES.get(text, "")}
    return made


def _finalize(value: Any) -> Any:
    """Replace characters that a page must not hold in every string that is not markup of ours."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
