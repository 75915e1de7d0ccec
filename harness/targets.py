"""Targets ``module:name``: objects that declarations name and that are imported on use."""

from importlib import import_module
from typing import Any


def resolve(target: str) -> Any:
    """Return the object that ``module:name`` names; errors of the import pass through."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
