"""Identifiers and times as a page writes them."""

import re


def anchor(*parts: str) -> str:
    """Return an identifier for links: letters, digits and hyphens only; different texts may share one."""
    return "-".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)


def minute(created: str) -> str:
    """Write an ISO 8601 time to the minute: 2022-07-17 09:30."""
    return created[:16].replace("T", " ")
