"""From the text of a program to its syntax tree: never run, never imported, and bounded in size, nesting and number."""

from __future__ import annotations

import ast
import contextlib
import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logdoc.program.conventions import load_conventions
from logdoc.program.mending import mended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model.program import ProgramText
    from logdoc.program.conventions import Conventions

MOST_CHARACTERS = 400_000  # of one file; a training script has a few thousand
MOST_NODES = 120_000  # of all files together
MOST_NESTING = 80  # brackets or blocks in one another
_LONGEST_LINE = 20_000
_BRACKETS = re.compile(r"[()\[\]{}]")


@dataclass(slots=True)
class Script:
    """One file that could be read.

    Attributes:
        path: as reports show it.
        imports: local name -> full name of the library's object.
        stars: modules of which everything is imported.
        bound: names that the file gives itself: variables, functions, classes, parameters.
        nodes: how many nodes the tree has.
        uses: what modules that it imports may be called, by any part of their names.
    """

    path: str
    tree: ast.Module
    main: bool = False
    imports: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)
    nodes: int = 0
    uses: set[str] = field(default_factory=set)

    @property
    def module(self) -> str:
        """The name under which other files import it."""
        return self.path.rpartition("/")[2].removesuffix(".py")

    def take_imports(self, node: ast.Import | ast.ImportFrom) -> None:
        """Note what a statement imports."""
        for alias in node.names:
            if isinstance(node, ast.Import):
                head = alias.name.partition(".")[0]
                self.imports[alias.asname or head] = alias.name if alias.asname else head
            elif alias.name == "*":
                self.stars.append(node.module or "")
            else:
                whole = f"{node.module}.{alias.name}" if node.module else alias.name
                self.imports[alias.asname or alias.name] = whole
            self.uses.update(alias.name.split("."))
        if isinstance(node, ast.ImportFrom) and node.module:
            self.uses.update(node.module.split("."))

    def take(self, node: ast.AST) -> None:
        """Note what a node imports or gives a name to."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.take_imports(node)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            self.bound.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.bound.add(node.name)
        elif isinstance(node, ast.arg):
            self.bound.add(node.arg)

    def dotted(self, node: ast.expr) -> str:
        """Return the full name of what an expression names, aliases resolved; empty when it is no chain of names.

        A name that the file neither imports nor gives is taken for what it is called by convention: ``nn``, ``Dense``.
        """
        text = text_of(node)
        head, dot, rest = text.partition(".")
        if head in self.imports:
            head = self.imports[head]
        elif head and head not in self.bound:
            head = self.conventions.meant(head, self)
        return self.conventions.spelt(f"{head}{dot}{rest}")

    @property
    def conventions(self) -> Conventions:
        """What names mean that are not imported."""
        return load_conventions()


def text_of(node: ast.AST | None) -> str:
    """Return ``a.b.c`` for a chain of names, else nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def last_name_of(node: ast.AST | None) -> str:
    """Return ``c`` for ``a.b.c``, else nothing: libraries are imported under many names, their functions have one."""
    return text_of(node).rpartition(".")[2]


def parse(texts: Sequence[ProgramText]) -> tuple[list[Script], list[tuple[str, str]]]:
    """Return the files that could be read, and (path, note) of those that could not."""
    scripts: list[Script] = []
    notes: list[tuple[str, str]] = []
    room = MOST_NODES
    for one in texts:
        parsed = _tree(one.text)
        if isinstance(parsed, str):
            notes.append((one.path, parsed))
            continue
        script = Script(one.path, parsed, one.main)
        for node in ast.walk(parsed):
            script.nodes += 1
            if script.nodes > room:
                break
            script.take(node)
        if script.nodes > room:
            notes.append((one.path, f"the program text is larger than {MOST_NODES:,} nodes and was not read"))
            continue
        room -= script.nodes
        scripts.append(script)
    return scripts, notes


def _tree(text: str) -> ast.Module | str:
    """Return the syntax tree, or why there is none."""
    if fault := too_long(text):
        return fault
    if _too_deep(text):
        return "the program text is nested too deeply and was not read"
    try:
        return _parsed(text)
    except SyntaxError as error:
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            return _parsed(mended(text))
        return f"the program text is not of this version of Python and was not read (line {error.lineno}: {error.msg})"
    except (ValueError, RecursionError, MemoryError):
        return "the program text is no Python text and was not read"


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def too_long(text: str) -> str:
    """Return why a text of this length is not read; nothing for one that is."""
    if len(text) <= MOST_CHARACTERS:
        return ""
    return f"the program text is longer than {MOST_CHARACTERS:,} characters and was not read"


def _too_deep(text: str) -> bool:
    """Tell whether brackets or blocks lie deeper in one another than any hand writes, or a line is endless; such
    texts can exhaust the parser.
    """
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth = depth + 1 if match.group() in "([{" else max(0, depth - 1)
        if depth > MOST_NESTING:
            return True
    lines = text.splitlines()
    return any(len(line) > _LONGEST_LINE for line in lines) or any(
        len(line) - len(line.lstrip()) > 8 * MOST_NESTING for line in lines
    )
