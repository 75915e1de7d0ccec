"""Partitioners of other projects, imported on first use."""

from importlib import import_module
from typing import Any


def require(package: str) -> Any:
    """Import an optional package.

    Raises:
        ImportError: the package is not installed; the message has the command to install it.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise ImportError(
            f"method {package!r} needs the package {package}, which is not installed: `pip install {package}`, "
            'or use method "gram", which needs none'
        ) from error
