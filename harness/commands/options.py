"""Options of several commands: their types, help, defaults and completion."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from harness.errors import ConfigError, suggestion
from harness.trial import PROFILES

DEFAULT_STORE = Path(".bench") / "runs.sqlite"
LONGEST, MOST = 1e10, 1e15
"""Upper limits of a duration in seconds and of a size in bytes; larger values are typing errors."""

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class Duration(click.ParamType):
    """Seconds, written 90, 90s, 10m, 1h30m."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds."""
        if isinstance(value, int | float) or re.fullmatch(r"\d+(\.\d+)?", str(value)):
            seconds = float(str(value))
        elif re.fullmatch(r"(\d+(\.\d+)?[smh])+", str(value)):
            seconds = sum(float(n) * _UNITS[u] for n, u in re.findall(r"([\d.]+)([smh])", str(value)))
        else:
            self.fail(f"expected a duration such as 90, 90s, 10m or 1h30m, got {value!r}", param, ctx)
        if not 0 < seconds < LONGEST:
            self.fail(f"expected a duration above 0 and below {LONGEST:g} seconds, got {value!r:.60}", param, ctx)
        return seconds


class ByteSize(click.ParamType):
    """A size in bytes, written 512M, 4G, 1.5G."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return bytes."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT])(?:i?B)?", str(value), re.IGNORECASE)
        if match is None or not 0 < float(match[1]) < MOST:
            self.fail(f"expected a size such as 512M or 4G, got {value!r}", param, ctx)
        return int(float(match[1]) * _BYTES[match[2].upper()])


class Numbers(click.ParamType):
    """A list of whole numbers, written 0-4 or 0,2,5-7."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Return the numbers in ascending order, each once."""
        if isinstance(value, tuple):
            return value
        parts = value if isinstance(value, list) else str(value).split(",")
        found: set[int] = set()
        for part in parts:
            match = re.fullmatch(r"\s*(\d{1,18})(?:-(\d{1,18}))?\s*", str(part))
            if match is None or (match[2] and int(match[2]) < int(match[1])):
                self.fail(f"expected whole numbers such as 0-4 or 0,2,5, got {value!r}", param, ctx)
            first, last = int(match[1]), int(match[2] or match[1])
            if last - first > 10_000:
                self.fail(f"expected at most 10,000 numbers, got the range {part!r}", param, ctx)
            found.update(range(first, last + 1))
        return tuple(sorted(found))


def complete(names: Callable[[], list[str]]) -> Callable[..., list[CompletionItem]]:
    """Return a shell completion that offers the `names` that start with the typed text."""

    def offer(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(name) for name in names() if name.startswith(incomplete)]

    return offer


def suite_names() -> list[str]:
    """Return the names of all suites."""
    from harness.catalog import suites

    return list(suites())


def task_names() -> list[str]:
    """Return the names of all tasks."""
    from harness.catalog import tasks

    return list(tasks())


def contender_names() -> list[str]:
    """Return the names of all contenders."""
    from harness.catalog import contenders

    return list(contenders())


def dataset_names() -> list[str]:
    """Return the names of all data sets."""
    from harness.families import dataset_entries

    return list(dataset_entries())


def read_config(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    """Take a TOML file's values as the defaults of the command's options.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or has a key that is no option of the command.
    """
    if path is None:
        return None
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"--config: cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"--config: {path} is not valid TOML: {error}") from None
    options = {p.name or "": p for p in ctx.command.params if p.name not in ("config", None)}
    defaults: dict[str, Any] = {}
    for key, value in content.items():
        name = key.replace("-", "_")
        if name not in options:
            known = sorted(o.replace("_", "-") for o in options)
            raise ConfigError(
                f"--config: {path} has an unknown key {key!r}{suggestion(key, known)} Allowed: {', '.join(known)}."
            )
        expected = _expected(options[name], value)
        if expected:
            raise ConfigError(f"--config: {path}: {key!r} must be {expected}, got {value!r}")
        many = options[name].multiple if isinstance(options[name], click.Option) else False
        defaults[name] = [value] if many and not isinstance(value, list) else value
    ctx.default_map = {**(ctx.default_map or {}), **defaults}
    return path


def _expected(option: click.Parameter, value: Any) -> str | None:
    """Return the TOML type that `option` expects if `value` has another one; its meaning is checked later."""
    if isinstance(option, click.Option) and option.is_flag and option.is_bool_flag:
        return None if isinstance(value, bool) else "true or false"
    if isinstance(option.type, Numbers):
        fine = all(type(v) in (int, str) for v in (value if isinstance(value, list) else [value]))
        return None if fine else "whole numbers, such as [0, 1] or '0-4'"
    if isinstance(option, click.Option) and option.multiple:
        fine = all(isinstance(v, str) for v in (value if isinstance(value, list) else [value]))
        return None if fine else "a text or a list of texts"
    if isinstance(option.type, click.IntRange):
        return None if type(value) is int else "a whole number"
    allowed = (str, int, float) if isinstance(option.type, Duration) else (str,)
    if isinstance(value, bool) or not isinstance(value, allowed):
        return "seconds, or a text such as '10m'" if len(allowed) > 1 else "a text"
    return None


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that select trials: suite, profile, tasks, contenders, folds, seeds, and --config."""
    options: list[Decorator] = [
        suite_option,
        profile_option,
        tasks_option,
        contenders_option,
        click.option("--folds", type=Numbers(), help="Folds instead of the profile's, e.g. 0-4."),
        click.option("--seeds", type=Numbers(), help="Seeds instead of the profile's, e.g. 0,1,2."),
        click.option("--config", type=click.Path(path_type=Path), is_eager=True, expose_value=False,
                     callback=read_config, help="TOML file with values for these options."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


suite_option = click.option(
    "-s",
    "--suite",
    default="graph",
    show_default=True,
    help="Name of the suite.",
    shell_complete=complete(suite_names),
)

profile_option = click.option(
    "-p",
    "--profile",
    type=click.Choice(PROFILES),
    default="standard",
    show_default=True,
    help="Size of the run.",
)

only_profile_option = click.option("-p", "--profile", type=click.Choice(PROFILES), help="Only this profile.")

tasks_option = click.option(
    "-t",
    "--task",
    "tasks",
    multiple=True,
    help="Task name or glob; repeatable.",
    shell_complete=complete(task_names),
)

contenders_option = click.option(
    "-c",
    "--contender",
    "contenders",
    multiple=True,
    help="Contender name or glob; repeatable.",
    shell_complete=complete(contender_names),
)


class FileOverEnvironment(click.Option):
    """An option whose value in a configuration file overrides its environment variable."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return the variable's value unless the file has one."""
        return None if self.name in (ctx.default_map or {}) else super().resolve_envvar_value(ctx)


store_option = click.option(
    "--store",
    cls=FileOverEnvironment,
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_STORE,
    show_default=True,
    envvar="BENCH_STORE",
    help="Run store (SQLite file).",
)

data_root_option = click.option(
    "--data-root",
    type=click.Path(path_type=Path),
    help="Folder with raw data sets, read only. [default: BENCH_DATA]",
)

executor_option = click.option(
    "--executor",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where trials run: in processes of this machine, or on all nodes of a Ray cluster.",
)

address_option = click.option(
    "--address",
    help="Head of the Ray cluster, HOST:PORT, or auto for the one this machine belongs to. "
    "[default: start Ray here, on the loopback interface]",
)

device_option = click.option(
    "--device",
    default="auto",
    show_default=True,
    help="auto, cpu, cuda or cuda:N; auto uses all GPUs, one trial at a time on each, or else the CPU.",
)

offline_option = click.option("--offline", is_flag=True, help="Never download.")


def checkable_names() -> list[str]:
    """Return the names of all contenders, tasks and protocols."""
    from harness.families import protocol_entries

    return contender_names() + task_names() + list(protocol_entries())


def contender_argument(name: str) -> Decorator:
    """Return a positional argument for a contender's name."""
    return click.argument(name, shell_complete=complete(contender_names))


def dataset_argument(name: str) -> Decorator:
    """Return a positional argument for any number of data set names."""
    return click.argument(name, nargs=-1, shell_complete=complete(dataset_names))
