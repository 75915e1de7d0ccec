"""Code fingerprints: a hash of a module's normalised syntax tree and of all it imports inside the project.

Comments, formatting, docstrings and imports for type checkers do not count; everything else does. The imports
are followed through packages, relative names and function bodies, so a helper that a contender imports three
modules away is part of the contender's identity.
"""

import ast
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

PROJECT_PACKAGES = frozenset({"harness", "methods", "baselines"})
_INSTALLED = frozenset({"site-packages", "dist-packages", "lib-dynload"})


@dataclass(frozen=True)
class Source:
    """A module's normalised hash and the dotted names that it imports."""

    digest: str
    imports: tuple[str, ...]


@dataclass
class CodeIndex:
    """Parsed sources, remembered between runs by path, size and modification time."""

    path: Path | None = None
    entries: dict[str, tuple[int, int, str, list[str]]] = field(default_factory=dict)
    changed: bool = False

    @classmethod
    def load(cls, path: Path | None) -> "CodeIndex":
        """Read the index; a missing or damaged one, or one of another version of this module, counts as empty."""
        try:
            content = json.loads(path.read_text()) if path else {}
            known = content["sources"] if content["algorithm"] == algorithm() else {}
            entries = {str(k): (int(v[0]), int(v[1]), str(v[2]), list(v[3])) for k, v in known.items()}
        except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
            entries = {}
        return cls(path, entries)

    def save(self) -> None:
        """Write the index if it changed; failing to is not an error."""
        if self.path is None or not self.changed:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            partial = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            partial.write_text(json.dumps({"algorithm": algorithm(), "sources": self.entries}))
            partial.replace(self.path)
        except OSError:
            return

    def source(self, file: Path, module: str) -> Source:
        """Return the parsed source of a file."""
        stat = file.stat()
        known = self.entries.get(str(file))
        if known and known[:2] == (stat.st_mtime_ns, stat.st_size):
            return Source(known[2], tuple(known[3]))
        content = file.read_bytes()
        try:
            parsed = parse(content, module, is_package=file.name == "__init__.py")
        except (SyntaxError, ValueError):  # not Python; the trial reports the failing import
            parsed = Source(blake2b(content, digest_size=16).hexdigest(), ())
        self.entries[str(file)] = (stat.st_mtime_ns, stat.st_size, parsed.digest, list(parsed.imports))
        self.changed = True
        return parsed

    def fingerprint(self, modules: Iterable[str]) -> str:
        """Return the fingerprint of `modules` and of all they import inside the project (32 hex digits)."""
        digest = blake2b(digest_size=16)
        for module, source in sorted(self.closure(modules).items()):
            digest.update(f"{module}:{source.digest}\n".encode())
        return digest.hexdigest()

    def closure(self, modules: Iterable[str]) -> dict[str, Source]:
        """Return every project module reachable from `modules`, with its source."""
        pending = list(modules)
        own = {m.partition(".")[0] for m in pending}
        inside, homes = PROJECT_PACKAGES | own, {home(top) for top in own} - {None}
        reached: dict[str, Source] = {}
        while pending:
            module = pending.pop()
            top = module.partition(".")[0]
            if module in reached or not (top in inside or home(top) in homes):
                continue
            file = module_file(module)
            if file is None:
                continue
            reached[module] = self.source(file, module)
            pending.extend(reached[module].imports)
            parts = module.split(".")
            pending.extend(".".join(parts[:n]) for n in range(1, len(parts)))
        return reached


def parse(text: str | bytes, module: str, *, is_package: bool = False) -> Source:
    """Parse source text into its normalised hash and its imports.

    An imported name may be a module or an attribute (``from a import b``): both ``a`` and ``a.b`` are listed and
    the one that is no module is dropped when it is looked up.
    """
    tree = _Normalise().visit(ast.parse(text))
    package = module if is_package else module.rpartition(".")[0]
    imports: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            imports.add(base)
            imports.update(f"{base}.{alias.name}" for alias in node.names)
    content = canonical(tree)
    return Source(blake2b(content.encode(), digest_size=16).hexdigest(), tuple(sorted(imports)))


@cache
def algorithm() -> str:
    """Return a hash of this module: an index of another version is invalid."""
    return blake2b(Path(__file__).read_bytes(), digest_size=8).hexdigest()


def canonical(node: object) -> str:
    """Write a syntax tree as text, without absent or empty fields: Python versions differ in which they write."""
    if isinstance(node, ast.AST):
        fields = ((name, value) for name, value in ast.iter_fields(node) if value is not None and value != [])
        return f"{type(node).__name__}({','.join(f'{name}={canonical(value)}' for name, value in fields)})"
    if isinstance(node, list):
        return f"[{','.join(canonical(item) for item in node)}]"
    return repr(node)


@cache
def module_file(module: str) -> Path | None:
    """Return the source file of a dotted module name without importing it, or None if it is no module."""
    top, _, rest = module.partition(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None
    for folder in spec.submodule_search_locations or ():
        path = Path(folder, *rest.split("."))
        if (path / "__init__.py").is_file():
            return path / "__init__.py"
        if path.with_suffix(".py").is_file():
            return path.with_suffix(".py")
    return None


@cache
def home(top: str) -> Path | None:
    """Return the folder that a top-level module lies in, or None for one of Python's or of an installed library.

    Modules that lie side by side in a working folder are one project; what was installed together is not.
    """
    file = module_file(top)
    if file is None:
        return None
    folder = file.parent.parent if file.name == "__init__.py" else file.parent
    installed = folder == Path(os.__file__).parent or not _INSTALLED.isdisjoint(folder.parts)
    return None if installed else folder


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


class _Normalise(ast.NodeTransformer):
    """Drops docstrings and blocks for type checkers."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        test = node.test
        name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
        if name == "TYPE_CHECKING":
            return [self.visit(child) for child in node.orelse]
        return self.generic_visit(node)

    def _strip(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        body = getattr(node, "body", [])
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            node.body = body[1:] or [ast.Pass()]  # type: ignore[attr-defined]
        return node

    visit_Module = visit_ClassDef = visit_FunctionDef = visit_AsyncFunctionDef = _strip  # noqa: N815
