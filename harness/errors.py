"""The tree of errors that users meet; each knows the exit code that it ends a command with.

    BenchError
    ├── UsageError (2)            the command line or a configuration file asks for something impossible
    │   ├── UnknownName           no such suite, task, contender, data set, ...; suggests near names
    │   ├── EmptySelection        the selectors match nothing
    │   └── ConfigError           a TOML file cannot be read, or has an unknown key or a wrong value
    ├── DataError (1)
    │   ├── DataUnavailable       a data set is unavailable here: sources tried, remedy
    │   ├── DataCorrupted         a file is truncated or altered: refused by its fingerprint
    │   └── MissingFold           a task asks for a fold that its data set does not have
    ├── ContractError (1)         a contender does not meet its protocol
    │   ├── CapabilityMissing     it lacks a method or declaration that the protocol requires
    │   ├── UnknownStream         it asked for a random stream that it did not declare
    │   └── BadPrediction         its predictions have the wrong shape, type or values
    ├── DeclarationError (1)      a roster, task, claim or suite contradicts another declaration
    │   └── ProtocolFault         a protocol contradicts its declaration, or its own code fails: it ends a run
    ├── StoreError (1)            the run store cannot be read or written
    │   ├── StoreReadOnly
    │   ├── StoreFull
    │   └── StoreVersion          written by a newer version of this program
    └── CouldNotMeasure (4)       too noisy, too few runs, or no baseline to compare with

Exit codes: 0 fine, 1 some trials failed, 2 usage, 3 regression, 4 could not measure.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_REGRESSION, EXIT_UNMEASURED = 0, 1, 2, 3, 4
EXIT_INTERRUPTED = 130


class BenchError(Exception):
    """Base of every error that is shown to users as one clear message."""

    exit_code = EXIT_FAILED


class UsageError(BenchError):
    """The request itself is at fault."""

    exit_code = EXIT_USAGE


class UnknownName(UsageError):
    """A name that the catalog does not have, with the nearest ones it has."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, listing: str = "bench list") -> None:
        self.kind, self.name = kind, name
        super().__init__(f"unknown {kind} {name!r}{suggestion(name, known)} `{listing}` lists them all.")


class EmptySelection(UsageError):
    """Selectors that are each valid but match nothing together."""


class ConfigError(UsageError):
    """A configuration file that cannot be used."""


class DataError(BenchError):
    """Something is wrong with a data set."""


class DataUnavailable(DataError):
    """A data set that is unavailable here; lists the sources tried and the remedy."""

    def __init__(self, dataset: str, tried: Sequence[str], cure: str) -> None:
        self.dataset, self.tried, self.cure = dataset, tuple(tried), cure
        attempts = "; ".join(self.tried) or "nothing"
        super().__init__(f"data set {dataset!r} is unavailable. Tried: {attempts}. {cure}")


class DataCorrupted(DataError):
    """A data file that does not match its fingerprint."""


class MissingFold(DataError):
    """A fold that a task asks for and its data set does not have."""


class ContractError(BenchError):
    """A contender that does not meet the contract of its protocol."""


class CapabilityMissing(ContractError):
    """A contender that lacks what its protocol requires."""


class UnknownStream(ContractError):
    """A random stream that the contender did not declare."""


class BadPrediction(ContractError):
    """Predictions of the wrong shape, type or value."""


class DeclarationError(BenchError):
    """A roster, task, claim or suite that contradicts another declaration."""


class ProtocolFault(DeclarationError):
    """A protocol that contradicts its declaration, or whose code fails; no contender is to blame."""


class StoreError(BenchError):
    """The run store cannot be used."""


class StoreReadOnly(StoreError):
    """The run store, or its folder, cannot be written."""


class StoreFull(StoreError):
    """No space is left where the run store lies."""


class StoreVersion(StoreError):
    """The run store was written by a newer version."""


class CouldNotMeasure(BenchError):
    """A measurement without a meaningful result."""

    exit_code = EXIT_UNMEASURED


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the names nearest to `name`, or a full stop."""
    lowered = {k.lower(): k for k in known}
    near = [lowered[m] for m in get_close_matches(name.lower(), list(lowered), n=3, cutoff=0.55)]
    if not near:
        near = sorted(k for low, k in lowered.items() if name.lower() in low)[:3]
    return f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else "."
