"""One toy project for all tests of the command: its compiled limits are reused."""

from collections.abc import Iterator

import pytest

from tests.harness.kernels.toy_kernel import make
from tests.toy_project import ToyProject


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToyProject]:
    """A project with toy kernels."""
    made = make(tmp_path_factory.mktemp("kernels"))
    yield made
    made.stop()
