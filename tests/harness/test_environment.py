"""What a record keeps of the machine."""

import json
import os
import subprocess
import sys
import time

from harness.environment import (
    THREAD_VARIABLES,
    busy_seconds,
    capture,
    environment_fingerprint,
    thread_variables,
    total_memory,
    usable_cores,
)


def test_nothing_captured_names_a_user_a_host_or_a_path() -> None:
    text = json.dumps(capture())
    assert os.uname().nodename not in text
    assert os.path.expanduser("~") not in text
    assert "/" not in json.dumps({k: v for k, v in capture().items() if k != "cpu"})


def test_the_capture_has_versions_and_machine() -> None:
    found = capture()
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"torch", "numpy", "bench-icml22"} <= set(found["packages"])
    assert found["cores"] == usable_cores() >= 1


def test_the_fingerprint_is_of_the_content() -> None:
    found = capture()
    assert environment_fingerprint(found) == environment_fingerprint(dict(reversed(list(found.items()))))
    assert environment_fingerprint(found) != environment_fingerprint({**found, "python": "2.7.18"})
    assert len(environment_fingerprint(found)) == 16


def test_cores_follow_the_affinity() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from harness.environment import usable_cores; print(usable_cores())"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1\n"


def test_threads_are_pinned_for_every_library() -> None:
    assert thread_variables(3) == dict.fromkeys(THREAD_VARIABLES, "3")
    code = "import torch, numba; print(torch.get_num_threads(), numba.get_num_threads())"
    environment = {**os.environ, **thread_variables(1)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout == "1 1\n"


def test_busy_seconds_count_work() -> None:
    before, own = busy_seconds(), time.process_time()
    while time.process_time() - own < 0.3:
        pass
    assert busy_seconds() - before >= 0.25


def test_memory_is_at_most_the_machines() -> None:
    assert 0 < total_memory() <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
