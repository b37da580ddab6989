"""Lines and numbers in the dress in which Python shows them: quotes around a line, ``tensor(..)`` around a number."""

from __future__ import annotations

import re

from logdoc.readers.console.ends import ends_of

_ESCAPED = re.compile(r"\\(.)")
# A line that pprint or a list of strings in JSON shows: 'loss: 0.5', or ["loss: 0.5", of which nothing else is a part.
_QUOTED = re.compile(
    r"^\s*(?:[\[(]\s*)?(?P<mark>['\"])(?P<inside>(?=[^\n]*\d)(?=[^\n]*[A-Za-z])(?:(?!(?P=mark))[^\\]|\\.)+)(?P=mark)"
    r"\s*(?:[\])],?\s*|,\s*)?$"
)
_STARTS_QUOTED = re.compile(r"^[ \t\[(]*['\"]", re.MULTILINE)
_MARKS = ("ensor(", "rray(", "float(", "float16(", "float32(", "float64(", "int32(", "int64(", "<tf.Tensor")
_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf)"
_KEYWORD = r"\s*,\s*(?:device|dtype|grad_fn|requires_grad|weak_type|shape)=(?:<[^<>]*>|'[^']*'|\(\)|[\w.]+)"
_WRAPPED = re.compile(
    r"(?<![\w.])(?:(?:torch|np|numpy|jnp|jax|tf|mx|cp)\.)?"
    r"(?:[Tt]ensor|array|Array|DeviceArray|b?float\d*|int\d+|uint\d+)"
    rf"\(\s*(?P<number>{_NUMBER})\s*(?:{_KEYWORD})*\s*\)"
)
_OF_TENSORFLOW = re.compile(rf"<tf\.Tensor:\s[^<>]*\bnumpy=(?P<number>{_NUMBER})>")

# A number as PyTorch showed it until version 0.3, over three lines or four: "Variable containing:", "1.0e-02 *",
# "2.31", "[torch.FloatTensor of size 1]".
_OF_OLD = re.compile(
    rf"Variable containing:[ \t]*(?P<factor>\n[ \t]*{_NUMBER} \*)?[ \t]*\n[ \t]*(?P<number>{_NUMBER})[ \t]*"
    r"\n\[torch\.[\w.]*Tensor of size 1(?:x1)*(?![\dx])[^\]\n]*\]"
)


def of_old_variables(text: str) -> str:
    """Return a text in which ``Variable containing:`` and the number below it are a number of the first line; empty
    lines take the place of the others.
    """
    return _OF_OLD.sub(_in_one_line, text) if "Variable containing:" in text else text


def _in_one_line(found: re.Match[str]) -> str:
    number, factor = found["number"], found["factor"]
    if factor:
        number = repr(float(number) * float(factor.strip(" \t\n*")))
    return number + "\n" * found[0].count("\n")


def has_quoted_lines(text: str) -> bool:
    """Tell whether a text may have lines in quotes."""
    return any(_STARTS_QUOTED.search(part) is not None for part in ends_of(text))


def unquoted(line: str) -> str:
    """Return a line without the quotes around it as a whole; others as they are."""
    match = _QUOTED.match(line)
    return line if match is None else unescaped(match["inside"])


def unescaped(text: str) -> str:
    """Return what a text in quotes says, a blank for each end of a line and each tab."""
    return _ESCAPED.sub(lambda found: " " if found[1] in "nt" else found[1], text)


def has_wrapped_numbers(text: str) -> bool:
    """Tell whether a text may have numbers as arrays and tensors show themselves."""
    return any(mark in text for mark in _MARKS)


def unwrapped(line: str) -> str:
    """Return a line in which ``tensor(0.5, device='cuda:0')``, ``np.float32(0.5)`` and their like are numbers."""
    if "ensor:" in line:
        line = _OF_TENSORFLOW.sub(r"\g<number>", line)
    return _WRAPPED.sub(r"\g<number>", line) if "(" in line else line
