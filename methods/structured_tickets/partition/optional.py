"""Partitioners of other projects, imported only when they are asked for."""

from importlib import import_module
from typing import Any


def require(package: str) -> Any:
    """Import an optional package.

    Raises:
        ImportError: it is not installed; says what to do.
    """
    try:
        return import_module(package)
    except ImportError as error:
        raise ImportError(
            f"method {package!r} needs the package {package}, which is not installed: `pip install {package}`, "
            'or use method "gram", which needs none'
        ) from error
