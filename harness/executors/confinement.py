"""Keep a worker away from the folders that hold test targets, by the kernel's Landlock rules (Linux 5.13 on).

A Landlock rule set lists the accessible folders. The rest of the file system is denied, for this process and its
children, permanently, and so are tracing and the memory of processes outside. It needs no privilege.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH = 1, 1
_PR_SET_NO_NEW_PRIVS = 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_ALL_OF_ABI_1 = (1 << 13) - 1
_FILE_ONLY = _EXECUTE | _WRITE_FILE | _READ_FILE
SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/proc", "/sys", "/nix")


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def available() -> bool:
    """Return whether this kernel can confine a process."""
    return sys.platform == "linux" and _syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG) >= 1


def confine(readable: Iterable[str], writable: Iterable[str], hidden: Iterable[str]) -> bool:
    """Restrict this process to the system's folders, its own Python and the folders given.

    Returns whether every one of `hidden` is now out of reach: False where the kernel cannot confine, or where a
    hidden folder lies inside a readable one (such as a data root inside the source tree).
    """
    if not available():
        return False
    allowed = [*SYSTEM_FOLDERS, *_python_folders(), *readable]
    attributes = _RulesetAttributes(_ALL_OF_ABI_1)
    ruleset = _syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0)
    if ruleset < 0:
        return False
    try:
        for path in allowed:
            _allow(ruleset, path, _READ)
        for path in ("/dev", *writable):
            _allow(ruleset, path, _ALL_OF_ABI_1)
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if _syscall(_RESTRICT_SELF, ruleset, 0) != 0:
            return False
    finally:
        os.close(ruleset)
    reachable = [Path(p).resolve() for p in (*allowed, *writable)]
    return not any(_inside(Path(h).resolve(), reachable) for h in hidden)


def _python_folders() -> list[str]:
    folders = {sys.prefix, sys.base_prefix, *(p for p in sys.path if p)}
    return sorted(folders)


def package_folders(*targets: str) -> list[str]:
    """Return the folders of the packages of ``module:name`` targets; an editable one is in none of Python's."""
    folders: list[str] = []
    for name in dict.fromkeys(target.partition(":")[0].partition(".")[0] for target in targets):
        with suppress(ImportError, ValueError):  # the import that follows reports it
            found = find_spec(name)
            if found is not None:
                folders += found.submodule_search_locations or ([found.origin] if found.origin else [])
    return folders


def _inside(path: Path, folders: Iterable[Path]) -> bool:
    return any(path == folder or folder in path.parents for folder in folders)


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = access if os.path.isdir(path) else access & _FILE_ONLY
        rule = _PathBeneath(rights, descriptor)
        _syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)


def _syscall(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return int(libc.syscall(number, *arguments))
