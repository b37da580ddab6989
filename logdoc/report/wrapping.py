"""Lines as wide as the terminal: texts break between words, names at their separators, never inside a word."""

from __future__ import annotations

import re

_WORDS = re.compile(r"(\s*)(\S+)")
_FOLDERS = re.compile(r"[^/\\]*[/\\]+|[^/\\]+")
# A name may break after a slash, and where that is not enough, after these; what stands between two of them is a word.
_PIECES = re.compile(r"[^/\\_.,=:;|-]*[/\\_.,=:;|-]+|[^/\\_.,=:;|-]+")


def wrap_words(text: str, width: int) -> list[str]:
    """Return a text as lines of at most `width` characters.

    A word that is longer than a line breaks after a slash, dash, underscore, dot or comma; a part that is still longer
    than a line is cut, for lack of any better place.
    """
    lines = [""]
    for space, word in _WORDS.findall(text):
        for number, piece in enumerate(_pieces(word, width)):
            gap = space if lines[-1] and number == 0 else ""
            if len(lines[-1]) + len(gap) + len(piece) <= width:
                lines[-1] += gap + piece
            else:
                lines.append(piece)
    return lines if lines[0] or len(lines) == 1 else lines[1:]


def _pieces(word: str, width: int) -> list[str]:
    if len(word) <= width:
        return [word]
    parts: list[str] = []
    for folder in _FOLDERS.findall(word):
        parts.extend([folder] if len(folder) <= width else _PIECES.findall(folder))
    pieces: list[str] = []
    for part in parts:
        pieces.extend(part[i : i + width] for i in range(0, len(part), width))
    return pieces


def name_parts(name: str) -> list[str]:
    """Return a name in the parts between which it may break."""
    return _PIECES.findall(name)


def common_folder(names: list[str]) -> str:
    """Return the folders that all names begin with, with a slash at the end; empty where there are none."""
    if len(names) < 2:
        return ""
    split = [name.split("/")[:-1] for name in names]
    shared = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "/".join([*shared, ""]) if shared else ""
