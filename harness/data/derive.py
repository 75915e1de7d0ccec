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
    import torch

    request = json.loads(Path(request_file).read_text())
    torch.set_num_threads(request["threads"])
    module, _, function = request["loader"].partition(":")
    try:
        carry_out(request, getattr(import_module(module), function))
    except BenchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(unwritable(error), file=sys.stderr)
        return NOT_THE_FILES
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
