"""The GPU encoder in Triton's interpreter, on the CPU, against the CPU encoder; in a process of its own, as the
interpreter is chosen when Triton is imported."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import numpy as np, torch
from methods.dragonn.encode import encode
from methods.dragonn.triton_kernel import encode as on_device

compared = 0
for size in (0, 1, 4096, 5001):
    x = np.round(np.random.default_rng(size).standard_normal(size, np.float32), 1)
    for policy in ("max_index", "max_abs"):
        for slot_map in ("mulhi", "mod"):
            for slots, seed in ((1, 0), (97, 2**32 - 44), (5000, 7)):
                options = {"seed": seed, "policy": policy, "slot_map": slot_map}
                got = on_device(torch.from_numpy(x), 1.2, slots, **options)
                expected = encode(x, 1.2, slots, **options)
                assert np.array_equal(got.index, expected.index), (size, options)
                assert np.array_equal(got.value, expected.value)
                assert got.selected == expected.selected
                compared += 1
for bad, error in (
    (lambda: on_device(torch.tensor([1.0, torch.nan]), 0.5, 4), FloatingPointError),
    (lambda: on_device(torch.zeros(4, dtype=torch.float64), 0.5, 4), TypeError),
    (lambda: on_device(torch.zeros(4), 0.5, 4, policy="probe2"), ValueError),
):
    try:
        bad()
    except error:
        compared += 1
print("compared", compared)
"""


def test_the_triton_encoder_is_the_cpu_encoder() -> None:
    pytest.importorskip("triton", reason="Triton is not installed")
    environment = {**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["compared", "51"]
