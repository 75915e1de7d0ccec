"""Read a real data set with its own library, in a process of its own: ``python -m harness.data.prepare REQUEST``.

The request is a JSON file with the data set's entry, the folder of the raw files (in the cache, so that libraries
may write beside them) and the folder to put the arrays in.
"""

import json
import sys
from pathlib import Path

from harness.data.entry import DatasetEntry
from harness.data.own_process import NOT_THE_FILES
from harness.data.stamps import unwritable
from harness.errors import BenchError
from harness.targets import resolve


def main(request_file: str) -> int:
    """Carry out one request; return the exit status. The last line of stderr is the reason of a failure."""
    request = json.loads(Path(request_file).read_text())
    entry = DatasetEntry.from_dict(request["entry"])
    try:
        payload = resolve(entry.loader)(Path(request["folder"]), entry)
    except BenchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except ImportError as error:
        print(f"a library that reads it is not installed: {error}", file=sys.stderr)
        return NOT_THE_FILES
    try:
        payload.save(Path(request["arrays"]))
    except OSError as error:
        print(unwritable(error), file=sys.stderr)
        return NOT_THE_FILES
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
