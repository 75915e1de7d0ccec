"""Workers of pytest-xdist share the cores: where each had a thread a core, threads would wait for each other."""

import os

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when torch and BLAS are first loaded
