"""Whether speeds of two environments may be compared.

A ratio to a peer cancels a machine's clock, not its caches, instruction sets and number of cores, nor the version
of the library that the peer comes from: on another processor the same code may win or lose tens of per cent against
the same peer. So the speed of another environment is *could not measure*, unless the user asks for it. What does
not count: the release of the operating system, the amount of memory and the version of this project, which is what
is being compared.
"""

from collections.abc import Mapping, Sequence
from typing import Any

SPEED = ("cpu", "cores", "machine", "system", "python")
MEMORY = ("machine", "system", "python")
OURS = "bench-icml22"


def difference(
    reference: Mapping[str, Any] | None, new: Mapping[str, Any] | None, names: Sequence[str] = SPEED
) -> str:
    """Say what differs between two captured environments, of `names` and the packages; '' if nothing does."""
    if reference is None or new is None:
        return "it is not known on which machine one side was measured"
    differing = [
        f"{name} {_told(reference.get(name))} in the reference, {_told(new.get(name))} now"
        for name in names
        if _release(name, reference.get(name)) != _release(name, new.get(name))
    ]
    there, here = (dict(content.get("packages", {})) for content in (reference, new))
    differing += [
        f"{name} {_told(there.get(name))} in the reference, {_told(here.get(name))} now"
        for name in sorted({*there, *here} - {OURS})
        if there.get(name) != here.get(name)
    ]
    return "; ".join(differing)


def _release(name: str, value: Any) -> Any:
    """Return a value as it is compared: of Python's version only the minor release."""
    return str(value).rpartition(".")[0] if name == "python" else value


def _told(value: Any) -> str:
    return "unknown" if value is None else str(value)
