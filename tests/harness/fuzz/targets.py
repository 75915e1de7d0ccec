"""What is fed with malformed input: each target makes it from a random source and uses it as the program does.

A target returns whether the input was accepted, raises an error that users would meet as one clear message, or
fails: any other exception is a fault of the program.
"""

import io
import sqlite3
import sys
import zipfile
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from random import Random

import click

from harness import catalog, plugins
from harness.claims.listing import every_claim
from harness.commands import kernels as kernels_command
from harness.commands import options
from harness.commands import run as run_command
from harness.data.archive import unpack
from harness.errors import BenchError, StoreError
from harness.paper import FOLDER, read_figures
from harness.store import RunStore, export, merge
from harness.store.fields import ROW
from tests.harness.fuzz.mutations import HOSTILE, damaged, scrambled, with_hostile_field
from tests.harness.fuzz.sound import CONFIGURATION, ENTRY_POINTS, sound_store, sound_text

Target = Callable[[Random, Path], bool]


def paper_figures(random: Random, folder: Path) -> bool:
    """A file of a paper's figures, damaged or with a hostile value."""
    path = folder / "paper.toml"
    sound = next(FOLDER.glob("*.toml")).read_bytes()
    path.write_bytes(_hostile_toml(sound, random) if random.random() < 0.5 else damaged(sound, random))
    for _ in read_figures(path):
        pass
    return True


def configuration(random: Random, folder: Path) -> bool:
    """A file for ``bench run --config``."""
    path = folder / "run.toml"
    sound = CONFIGURATION.encode()
    path.write_bytes(_hostile_toml(sound, random) if random.random() < 0.5 else damaged(sound, random))
    run_command.command.make_context("run", ["--config", str(path)])
    return True


def arguments(random: Random, folder: Path) -> bool:
    """The text of an option that is parsed by hand."""
    kinds = (
        *(options.Numbers(), options.Duration(), options.ByteSize()),
        *(kernels_command.Sizes(), kernels_command.ThreadCounts()),
    )
    kind = random.choice(kinds)
    text = scrambled(("0-4", "1e5", "10m", "4G", "1h30m", ",", "-"), random)
    kind.convert(text, None, None)
    return True


def records(random: Random, folder: Path) -> bool:
    """A file of JSON lines, merged into a store that holds records, then read as leaderboards read it."""
    lines = sound_text().splitlines()
    number = random.randrange(len(lines))
    if random.random() < 0.6:
        lines[number] = with_hostile_field(lines[number], random)
        content = "\n".join(lines).encode("utf-8", "surrogatepass")
    else:
        content = damaged("\n".join(lines).encode(), random)
    source = folder / "records.jsonl"
    source.write_bytes(content)
    return _merged(source, folder)


def store_file(random: Random, folder: Path) -> bool:
    """A run store with damaged bytes or a hostile value in a column: examined, read and merged."""
    source = folder / "source.sqlite"
    content = sound_store()
    source.write_bytes(damaged(content, random) if random.random() < 0.5 else content)
    if source.read_bytes() == content:
        _poison(source, random)
    with RunStore.open(source, create=False, readonly=True) as store:
        store.check()
    return _merged(source, folder)


def archive(random: Random, folder: Path) -> bool:
    """A zip archive, damaged."""
    buffer = io.BytesIO()
    packing = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(buffer, "w", packing) as made:
        second = random.choice(("A/y.txt", "A/x.txt/z.txt", "../A/x.txt", "A//x.txt", "A/\0", "A/."))
        for name in ("A/x.txt", second):
            made.writestr(name, "0123456789" * 50)
    path = folder / "A.zip"
    path.write_bytes(damaged(buffer.getvalue(), random))
    target = folder / "out"
    try:
        unpack(path, "A", target, ["*.txt"], limit=10_000)
    finally:
        outside = [p for p in folder.rglob("*") if p.is_file() and p.parent == folder and p.suffix == ".txt"]
        assert not outside, outside
    return True


def entry_points(random: Random, folder: Path) -> bool:
    """The entry points of an installed package, damaged: the harness goes on without them and says so."""
    info = folder / "packages" / "fuzzed-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fuzzed\nVersion: 1.0\n")
    text = damaged(ENTRY_POINTS.encode(), random)
    (info / "entry_points.txt").write_bytes(text)
    rooms = (catalog.contenders, catalog.kernels, catalog.suites, catalog.tasks, catalog.plugin_tasks, every_claim)
    caches = (plugins._installed, plugins._sound_entry_points, *rooms)
    sys.path.insert(0, str(folder / "packages"))
    try:
        for cached in caches:
            cached.cache_clear()
        with redirect_stderr(io.StringIO()) as said:
            for read in rooms:
                read()
    finally:
        sys.path.remove(str(folder / "packages"))
        for cached in caches:
            cached.cache_clear()
    assert "Traceback" not in said.getvalue()
    return "left out" not in said.getvalue()


TARGETS: dict[str, tuple[Target, int]] = {
    "paper": (paper_figures, 2000),
    "configuration": (configuration, 1500),
    "arguments": (arguments, 1500),
    "records": (records, 2500),
    "store": (store_file, 1500),
    "archive": (archive, 500),
    "entry points": (entry_points, 500),
}
"""Target and how many of 10,000 inputs it gets."""


def _hostile_toml(sound: bytes, random: Random) -> bytes:
    """Replace the value of a random line."""
    lines = sound.decode().splitlines()
    chosen = [number for number, line in enumerate(lines) if "=" in line]
    number = random.choice(chosen)
    name = lines[number].partition("=")[0]
    values = (
        "nan",
        "-inf",
        "-1",
        "9" * 400,
        "true",
        "''",
        "[]",
        "{}",
        "[1, 'a']",
        "[[1]]",
        "{a = 1}",
        "1979-05-27",
    )
    lines[number] = f"{name} = {random.choice(values)}"
    return "\n".join(lines).encode()


def _poison(path: Path, random: Random) -> None:
    """Put a value of any type into any column of a store, past our own code."""
    values = [v for v in HOSTILE if isinstance(v, str | float | None | bool) or (type(v) is int and abs(v) < 2**63)]
    values += [b"\xff\0", "{}, {}", '{"accuracy": "x"}', "[" * 5000, '{"kind": 1}', '{"accuracy": 1e400}', "[]"]
    connection = sqlite3.connect(path)
    column = random.choice(ROW)
    try:
        if random.random() < 0.15:
            blob = random.choice((b"", b"BPL1" + b"\xff" * 20, b"cos\nsystem\n(S'id'\ntR."))
            part = random.choice(("log", "curve", "predictions"))
            connection.execute(f"UPDATE attachments SET {part} = ?", (blob,))
        else:
            connection.execute(f"UPDATE records SET {column} = ? WHERE id = 1", (random.choice(values),))
    except (sqlite3.IntegrityError, UnicodeEncodeError):
        pass
    finally:
        connection.commit()
        connection.close()


def _merged(source: Path, folder: Path) -> bool:
    """Merge into a store that holds records; a refused source leaves it as it was, to the byte."""
    path = folder / "runs.sqlite"
    path.write_bytes(sound_store())
    with RunStore.open(path) as store:
        before = list(store._connection.iterdump())
        try:
            merge(store, [source])
        except StoreError:
            assert list(store._connection.iterdump()) == before, "a refused file has changed the store"
            raise
        columns = store.columns()
        entries = list(store.entries())
        assert len(columns) <= len(entries)
        harmless = ("its key is not that of", "which is not kept")
        assert not [problem for problem in store.check() if not any(text in problem for text in harmless)]
        for form in ("csv", "jsonl"):
            export(store, io.BytesIO(), form)
    return bool(entries)


def attempt(target: Target, random: Random, folder: Path) -> bool:
    """Return whether the input was accepted; errors that are one clear message count as refused."""
    try:
        return target(random, folder)
    except click.ClickException as error:
        message = error.format_message()
    except BenchError as error:
        message = str(error)
    assert message.strip(), "an error without a message"
    return False
