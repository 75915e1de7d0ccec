"""Sound input that the mutations begin with."""

import io
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from harness.payload import Payload
from harness.store import RunStore, export
from harness.trial import Fingerprints, Record, Resources, Trial, TrialFailure, trial_key

CONFIGURATION = """\
suite = "graph"
profile = "smoke"
tasks = ["mutag*", "ptc"]
contenders = ["sep-g"]
folds = "0-2"
seeds = [0, 1]
jobs = 1
timeout = "10m"
memory = "1G"
quiet = true
offline = false
"""

ENTRY_POINTS = """\
[bench.contenders.graph_classification]
fuzzed-pool = fuzzed_package.pooling:FuzzedPool

[bench.tasks]
fuzzed-task = fuzzed_package.tasks:TASK

[bench.suites]
fuzzed = json:dumps

[bench.kernels]
fuzzed-kernel = fuzzed_package.kernel:KERNEL

[bench.rosters]
fuzzed-roster = json:loads

[bench.claims]
fuzzed-claims = fuzzed_package.claims:CLAIMS
"""


def sound_record(number: int, failure: TrialFailure | None = None) -> Record:
    trial = Trial("mutag", ("sep-g", "gcn-sum")[number % 2], number // 2, 0, "standard")
    prints = Fingerprints("d" * 32, "e" * 32, "f" * 32)
    return Record(
        key=trial_key(trial, prints),
        trial=trial,
        fingerprints=prints,
        status="failed" if failure else "done",
        created=f"2026-11-2{number}T10:00:00.000+00:00",
        metrics={} if failure else {"accuracy": 0.5 + number / 10, "nll": 0.7},
        facts={"parameters": 100, "settings": {"hidden": 16}, "configurations_tried": 2},
        resources=Resources(1.0, 0.9, 0.8, 0.1, 1 << 20, 0.1, 2, 1, True),
        environment="0123456789abcdef",
        failure=failure,
        log="a line\n",
        curve=({"epoch": 0.0, "loss": 0.7}, {"epoch": 1.0, "loss": 0.6}),
    )


@cache
def sound_store() -> bytes:
    """Return a run store of four records, one of them a failure, as the bytes of its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.sqlite"
        with RunStore.open(path) as store:
            store.put_environment("0123456789abcdef", {"cpu": "one", "cores": 2, "packages": {"numpy": "2.0"}})
            for number in range(3):
                store.add(sound_record(number), Payload({"scores": np.arange(6.0).reshape(3, 2)}))
            store.add(sound_record(3, TrialFailure("ValueError", "no", "Traceback", "tail")))
            store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            store._connection.execute("PRAGMA journal_mode = delete")
        return path.read_bytes()


@cache
def sound_text() -> str:
    """Return the same records as JSON lines, with their predictions."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.sqlite"
        path.write_bytes(sound_store())
        stream = io.BytesIO()
        with RunStore.open(path, readonly=True) as store:
            export(store, stream, "jsonl", predictions=True)
        return stream.getvalue().decode()
