"""Compute a derived data set in a process of its own: ``python -m harness.data.derive REQUEST``.

The request is a JSON file with the loader, its recipe, the entry of the base (or null), the data root, the cache,
the folder to put the arrays in and the number of threads.
"""

import json
import sys
from pathlib import Path

from harness.data.access import DataAccess
from harness.data.datasets import open_entry
from harness.data.entry import DatasetEntry
from harness.data.own_process import NOT_THE_FILES
from harness.data.stamps import unwritable
from harness.errors import BenchError
from harness.targets import resolve


def main(request_file: str) -> int:
    """Carry out one request; return the exit status. The last line of stderr is the reason of a failure."""
    request = json.loads(Path(request_file).read_text())
    loader = resolve(request["loader"])
    torch = sys.modules.get("torch")
    if torch is not None:  # a loader without it need not wait for its import
        torch.set_num_threads(request["threads"])
    access = DataAccess(Path(request["root"]) if request["root"] else None, Path(request["cache"]), offline=True)
    try:
        base = open_entry(DatasetEntry.from_dict(request["base"]), access) if request["base"] else None
        loader(base, request["recipe"]).save(Path(request["arrays"]))
    except BenchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(unwritable(error), file=sys.stderr)
        return NOT_THE_FILES
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
