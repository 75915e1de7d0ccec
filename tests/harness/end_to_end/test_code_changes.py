"""Editing code reruns exactly the trials that depend on it."""

from pathlib import Path

import pytest

from tests.toy_project import ToyProject

EMPTY = "class Honest(Toy):\n    pass\n"
ALPHA = """
from toy_contenders import *


class Alpha(Toy):
    def fit(self, train, valid, context):
        from alpha_model import width  # inside a function

        assert width() == 3
        return Constant(train.num_classes)
"""


@pytest.fixture
def project(tmp_path: Path) -> ToyProject:
    made = ToyProject(tmp_path / "toy", EMPTY)
    made.add("nets/__init__.py", "")
    made.add("nets/alpha.py", ALPHA.replace("from alpha_model", "from .shared.layers"))
    made.add(
        "nets/beta.py", "from nets.alpha import *\nfrom nets import alpha\nclass Beta(alpha.Alpha):\n    pass\n"
    )
    made.add("nets/gamma.py", "from toy_contenders import *\nclass Gamma(Toy):\n    pass\n")
    made.add("nets/shared/__init__.py", "")
    made.add("nets/shared/layers.py", "from . import sizes\ndef width():\n    return sizes.WIDTH\n")
    made.add("nets/shared/sizes.py", "WIDTH = 3\n")
    made.install("nets_metadata", "", {n: f"nets.{n}:{n.title()}" for n in ("alpha", "beta", "gamma")})
    return made


def rerun(project: ToyProject) -> set[str]:
    """Run, and return the contenders that had to run."""
    known = {record.key for record in project.records()}
    run = project.run("-q", "-t", "toy-task")
    assert run.returncode == 0, run.stderr
    return {record.trial.contender for record in project.records() if record.key not in known}


def test_editing_a_helper_reruns_who_imports_it(project: ToyProject) -> None:
    assert rerun(project) == {"honest", "alpha", "beta", "gamma"}
    assert rerun(project) == set()
    sizes = project.packages / "nets" / "shared" / "sizes.py"
    sizes.write_text('"""Sizes."""\n\n# in neurons\nWIDTH   =   3\n')
    assert rerun(project) == set(), "comments, docstrings and formatting do not count"
    sizes.write_text("WIDTH = 2 + 1\n")
    assert rerun(project) == {"alpha", "beta"}
    gamma = project.packages / "nets" / "gamma.py"
    gamma.write_text(gamma.read_text().replace("pass", "offset = 1"))
    assert rerun(project) == {"gamma"}


def test_editing_settings_reruns_the_contender(tmp_path: Path) -> None:
    source = """
class Tuned(Toy):
    @classmethod
    def configurations(cls, profile):
        return (Nothing(0.5),)
"""
    project = ToyProject(tmp_path / "toy", source)
    assert rerun(project) == {"tuned"}
    project.write(source.replace("0.5", "0.25"))
    assert rerun(project) == {"tuned"}
    prints = {record.fingerprints.settings for record in project.records()}
    assert len(prints) == 2
    project.write(source)
    assert rerun(project) == set(), "the old result is still valid for the old code"
