"""The source holds no call that would run what a file or a stranger says; exceptions are listed with a reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = [file for package in ("harness", "methods", "baselines") for file in sorted((ROOT / package).rglob("*.py"))]

DANGEROUS = {
    **dict.fromkeys(("pickle.load", "pickle.loads", "pickle.Unpickler", "cPickle.load", "dill.load"), "unpickles"),
    **dict.fromkeys(("joblib.load", "pandas.read_pickle", "pd.read_pickle", "marshal.loads"), "unpickles"),
    **dict.fromkeys(("shelve.open", "cloudpickle.load", "cloudpickle.loads"), "unpickles"),
    **dict.fromkeys(("eval", "exec", "compile", "builtins.eval", "os.system", "os.popen"), "runs text"),
    **dict.fromkeys(("yaml.load", "yaml.unsafe_load", "yaml.full_load"), "builds objects"),
    **dict.fromkeys(("shutil.unpack_archive",), "extracts what it is told"),
}
ALLOWED = {
    ("harness/data/restricted_pickle.py", "pickle.Unpickler"): "its find_class knows the names of arrays only",
    (
        "harness/protocols/graphs/readers/ogb_guards.py",
        "weights_only",
    ): "of the file that ogb has just written",
}


def calls(source: str) -> Iterator[tuple[str, str]]:
    """Yield each dangerous call or base class in a source as (name, what it does)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield from (
                (ast.unparse(base), DANGEROUS[ast.unparse(base)])
                for base in node.bases
                if ast.unparse(base) in DANGEROUS
            )
        if isinstance(node, ast.ImportFrom) and node.module in ("pickle", "marshal", "joblib", "shelve"):
            yield f"{node.module}.load", "imports what unpickles by another name"
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        if name in DANGEROUS:
            yield name, DANGEROUS[name]
        if name in ("np.load", "numpy.load") and given.get("allow_pickle", "False") != "False":
            yield name, "unpickles"
        if name == "torch.load" and given.get("weights_only") != "True":
            yield name, "unpickles"
        if name.endswith("setdefault") and ast.unparse(node).endswith("('weights_only', False)"):
            yield "weights_only", "unpickles"
        if given.get("shell", "False") != "False":
            yield f"{name}(shell)", "runs text"
        if name.endswith((".extractall", ".extract")) and given.get("filter") != "'data'":
            yield name, "extracts what it is told"


SAMPLES = {
    "import pickle; pickle.load(f)": "pickle.load",
    "from pickle import loads": "pickle.load",
    "torch.load(path)": "torch.load",
    "torch.load(path, weights_only=False)": "torch.load",
    "np.load(path, allow_pickle=True)": "np.load",
    "yaml.load(text)": "yaml.load",
    "eval(text)": "eval",
    "subprocess.run(text, shell=True)": "subprocess.run(shell)",
    "tar.extractall(folder)": "tar.extractall",
    "class U(pickle.Unpickler): pass": "pickle.Unpickler",
}


@pytest.mark.parametrize("source", SAMPLES)
def test_the_scan_sees(source: str) -> None:
    assert SAMPLES[source] in [name for name, _ in calls(source)]


def test_the_scan_passes_what_is_safe() -> None:
    safe = "torch.load(p, weights_only=True); np.load(p, allow_pickle=False); tar.extractall(p, filter='data')"
    assert not list(calls(f"{safe}; json.load(f); model.eval(); subprocess.run([a], shell=False)"))


def test_nothing_in_the_source_runs_what_a_stranger_says() -> None:
    found = {
        (file.relative_to(ROOT).as_posix(), name): what for file in FILES for name, what in calls(file.read_text())
    }
    assert not {place: what for place, what in found.items() if place not in ALLOWED}


def test_every_exception_is_still_needed() -> None:
    found = {(file.relative_to(ROOT).as_posix(), name) for file in FILES for name, _ in calls(file.read_text())}
    assert not ALLOWED.keys() - found
