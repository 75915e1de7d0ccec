"""Differences between two environments that forbid to compare their speeds.

A ratio to a peer cancels a machine's clock, not its caches, instruction sets and number of cores, nor the version
of the library that the peer comes from: on another processor the same code may win or lose tens of per cent against
the same peer. So a speed of another environment is *unmeasured*, unless the user asks for the comparison. Three
properties do not count: the release of the operating system, the amount of memory, and the version of this project,
whose versions the gate compares.
"""

from collections.abc import Mapping, Sequence
from typing import Any

SPEED = ("cpu", "cores", "machine", "system", "python")
MEMORY = ("machine", "system", "python")
OURS = "bench-icml22"


def difference(
    reference: Mapping[str, Any] | None, new: Mapping[str, Any] | None, names: Sequence[str] = SPEED
) -> str:
    """Return the differences of two captured environments in `names` and packages as text; '' without any."""
    if reference is None or new is None:
        return "the environment of one side is not recorded"
    differing = [
        f"{name} {_shown(reference.get(name))} in the reference, {_shown(new.get(name))} now"
        for name in names
        if _release(name, reference.get(name)) != _release(name, new.get(name))
    ]
    there, here = (dict(content.get("packages", {})) for content in (reference, new))
    differing += [
        f"{name} {_shown(there.get(name))} in the reference, {_shown(here.get(name))} now"
        for name in sorted({*there, *here} - {OURS})
        if there.get(name) != here.get(name)
    ]
    return "; ".join(differing)


def _release(name: str, value: Any) -> Any:
    """Return a value as it is compared: of Python's version only the minor release."""
    return str(value).rpartition(".")[0] if name == "python" else value


def _shown(value: Any) -> str:
    return "unknown" if value is None else str(value)
