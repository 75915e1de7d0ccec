"""A model card's markdown as HTML for a page that loads nothing and trusts nothing."""

import re
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from harness.tables.printable import printable

ELSEWHERE = re.compile(r"https?://", re.IGNORECASE)
LEADERBOARD = re.compile(r"results/leaderboards/(?P<name>[\w-]+)\.md$")
LOWEST_LEVEL = 6


def render_card(markdown: str, pages: Mapping[str, str], under: int = 2) -> Markup:
    """Render a card without its first heading, which titles the page, below a heading of level `under`.

    Raw HTML is shown as text. Images become their descriptions. Links to a leaderboard in `pages` (name of the
    leaderboard -> page) lead there, links to the web stay, other ones become plain text.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("table_open", _open_table)
    parser.add_render_rule("table_close", _close_table)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("fence", _code)
    parser.add_render_rule("code_block", _code)
    tokens = _without_title(parser.parse(printable(markdown)))
    _shift_headings(tokens, under)
    for token in tokens:
        if token.children:
            token.children = _links(token.children, pages)
    return Markup(parser.renderer.render(tokens, parser.options, {}))


def _without_title(tokens: list[Token]) -> list[Token]:
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return tokens[3:]
    return tokens


def _shift_headings(tokens: Sequence[Token], under: int) -> None:
    """Renumber headings so that none skips a level below `under`."""
    open_levels: list[tuple[int, int]] = []
    for token in tokens:
        if token.type == "heading_open":
            written = int(token.tag[1:])
            while open_levels and open_levels[-1][0] >= written:
                open_levels.pop()
            level = min((open_levels[-1][1] if open_levels else under) + 1, LOWEST_LEVEL)
            open_levels.append((written, level))
            token.tag = f"h{level}"
        elif token.type == "heading_close":
            token.tag = f"h{open_levels[-1][1]}"


def _links(tokens: Sequence[Token], pages: Mapping[str, str]) -> list[Token]:
    """Point links at pages of the site or the web; leave out the marks of all others."""
    kept: list[Token] = []
    shown: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            target = _target(str(token.attrGet("href") or ""), pages)
            shown.append(bool(target))
            token.attrs = {"href": target}
            if ELSEWHERE.match(target):
                token.attrs["rel"] = "noreferrer noopener"
        if token.type in ("link_open", "link_close"):
            if shown[-1]:
                kept.append(token)
            if token.type == "link_close":
                shown.pop()
        else:
            kept.append(token)
    return kept


def _target(href: str, pages: Mapping[str, str]) -> str:
    if ELSEWHERE.match(href):
        return href
    board = LEADERBOARD.search(PurePosixPath(href.partition("#")[0]).as_posix())
    return pages.get(board["name"], "") if board else ""


Environment = MutableMapping[str, Any]


def _open_table(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: Mapping[str, Any], env: Environment
) -> str:
    return '<div class="scroll" role="group" aria-label="table of the model card" tabindex="0"><table>'


def _close_table(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: Mapping[str, Any], env: Environment
) -> str:
    return "</table></div>"


def _image(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: Mapping[str, Any], env: Environment
) -> str:
    return str(escape(f"[figure: {tokens[index].content}]"))


def _code(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: Mapping[str, Any], env: Environment
) -> str:
    """Render code so that the keyboard can scroll it."""
    return f'<pre tabindex="0"><code>{escape(tokens[index].content)}</code></pre>\n'
