"""Text that fits a terminal."""

import shutil
import textwrap

NARROWEST, WIDEST = 80, 120


def terminal_width() -> int:
    """Return the terminal's width in characters, within 80 to 120."""
    return min(max(shutil.get_terminal_size((100, 24)).columns, NARROWEST), WIDEST)


def wrapped(text: str, width: int) -> str:
    """Break a sentence into lines of `width` characters, later ones indented."""
    return textwrap.fill(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
