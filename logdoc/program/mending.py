"""Programs as people paste them: indented, with prompts, commands of notebooks and statements of Python 2.

Used only where a text is no Python as it stands. Lines keep their places; a statement that is only shown is left out.
"""

from __future__ import annotations

import re
import textwrap

_PROMPT = re.compile(r"(?:>>>|\.\.\.)(?: |$)")
_COMMAND = re.compile(r"([ \t]*)(?:[%!?]|pip3? install |conda install )[^\n]*")
_PRINTS = re.compile(r"((?:^|[:;])[ \t]*)print[ \t]*(?:>>|[^\s(=.,\[:)])(?:\\\n|[^\n])*", re.MULTILINE)
_EXCEPT = re.compile(r"^([ \t]*except[ \t]+(?:[\w.]+|\([\w., ]+\)))[ \t]*,[ \t]*(\w+)[ \t]*:", re.MULTILINE)
_OPENS = re.compile(r":[ \t]*(?:#[^\n]*)?$")
# What word processors and pages put in the place of quotes and spaces.
_TYPESET = {0x00A0: " ", 0x200B: None, 0x201C: '"', 0x201D: '"', 0x2018: "'", 0x2019: "'"}


def mended(text: str) -> str:
    """Return the text as a Python program, as far as the ways in which programs are pasted are known."""
    lines = _without_prompts(text.translate(_TYPESET).splitlines())
    text = _EXCEPT.sub(r"\1 as \2:", "\n".join(_in_line(_without_commands(lines))))
    return _PRINTS.sub(lambda found: f"{found[1]}pass" + "\n" * found[0].count("\n"), text) + "\n"


def _without_prompts(lines: list[str]) -> list[str]:
    """Take prompts off; of a session, what stands without one was printed."""
    if not any(line.startswith(">>> ") for line in lines):
        return lines
    return [line[4:] if _PROMPT.match(line) else "" for line in lines]


def _without_commands(lines: list[str]) -> list[str]:
    """Put ``pass`` in the place of commands to a notebook or shell, which a backslash carries on to the next line."""
    kept: list[str] = []
    carried = False
    for line in lines:
        command = None if carried else _COMMAND.match(line)
        kept.append("" if carried else f"{command[1]}pass" if command is not None else line)
        carried = (carried or command is not None) and line.rstrip().endswith("\\")
    return kept


def _in_line(lines: list[str]) -> list[str]:
    """Take off what all lines are indented by; of a first line that lost its indentation, all others."""
    known = [i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
    if len(known) < 2:
        return textwrap.dedent("\n".join(lines)).split("\n")
    first, second = known[:2]
    lost = lines[first][0] not in " \t" and lines[second][0] in " \t" and not _OPENS.search(lines[first])
    if not lost:
        return textwrap.dedent("\n".join(lines)).split("\n")
    return [*lines[: first + 1], *textwrap.dedent("\n".join(lines[first + 1 :])).split("\n")]
