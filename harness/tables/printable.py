"""Text of records made safe for pages and drawings."""

import re

FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
REPLACEMENT = "\ufffd"


def printable(text: str) -> str:
    """Replace characters that no page may hold (controls, lone surrogates) or that reorder the text around them.

    Escaping is not done here but by the template engine and the XML serialiser.
    """
    return DIRECTION.sub(REPLACEMENT, FORBIDDEN.sub(REPLACEMENT, text))
