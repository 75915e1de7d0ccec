"""Make a derived data set in a process of its own: ``python -m harness.data.derive REQUEST``."""

import json
import sys
from importlib import import_module
from pathlib import Path

from harness.data.derived import carry_out
from harness.data.prepared import NOT_THE_FILES
from harness.data.stamps import unwritable
from harness.errors import BenchError


def main(request_file: str) -> int:
    """Carry out one request; return the exit status. The last line of stderr says what went wrong."""
    request = json.loads(Path(request_file).read_text())
    module, _, function = request["loader"].partition(":")
    maker = getattr(import_module(module), function)
    torch = sys.modules.get("torch")
    if torch is not None:  # a maker without it need not wait for its import
        torch.set_num_threads(request["threads"])
    try:
        carry_out(request, maker)
    except BenchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(unwritable(error), file=sys.stderr)
        return NOT_THE_FILES
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
