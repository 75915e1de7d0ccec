"""Read untrusted pickles of arrays: only NumPy arrays, SciPy matrices and plain containers are built.

A pickle is a program that may call anything it can name. The unpickler here resolves the few names that files of
arrays need and rejects every other one before it is called (the Python documentation, "Restricting Globals").
"""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import IO, Any

from harness.errors import DataCorrupted

ALLOWED = {
    ("collections", "defaultdict"): ("collections", "defaultdict"),
    ("__builtin__", "list"): ("builtins", "list"),
    ("builtins", "list"): ("builtins", "list"),
    ("numpy", "ndarray"): ("numpy", "ndarray"),
    ("numpy", "dtype"): ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"): ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"): ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"): ("numpy._core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"): ("numpy._core.multiarray", "scalar"),
    ("scipy.sparse.csr", "csr_matrix"): ("scipy.sparse", "csr_matrix"),
    ("scipy.sparse._csr", "csr_matrix"): ("scipy.sparse", "csr_matrix"),
}
"""Name in a pickle -> its place today; Python 2 and older releases of the libraries used other names."""


class ArrayUnpickler(pickle.Unpickler):
    """An unpickler that resolves the names in `ALLOWED` only."""

    def find_class(self, module: str, name: str) -> Any:
        """Return the object that a name stands for.

        Raises:
            DataCorrupted: it is not allowed.
        """
        if (module, name) not in ALLOWED:
            raise DataCorrupted(
                f"a pickle names {module}.{name}, which no file of arrays needs; the file is not used. "
                "Replace the file by the official download."
            )
        home, attribute = ALLOWED[module, name]
        return getattr(import_module(home), attribute)


def load_arrays(file: IO[bytes], encoding: str = "ASCII") -> Any:
    """Return the content of a pickle file of arrays.

    Raises:
        DataCorrupted: it names something else, or is damaged.
    """
    try:
        return ArrayUnpickler(file, encoding=encoding).load()
    except DataCorrupted:
        raise
    except Exception as error:  # a damaged pickle raises whatever its half-built object raises
        raise DataCorrupted(f"a pickle cannot be read: {type(error).__name__}: {error}") from error


@contextmanager
def arrays_only(module: Any) -> Iterator[None]:
    """Replace ``module.pickle`` by one with nothing but :func:`load_arrays` while the body runs."""
    before = module.pickle
    module.pickle = SimpleNamespace(load=load_arrays)
    try:
        yield
    finally:
        module.pickle = before
