"""Complex numbers as Python prints them, ``energy=-92.5346-0.0177j``: what is minimised is their real part."""

from __future__ import annotations

import re

from logdoc.readers.console.ends import ends_of

_NUMBER = r"\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
# Behind a name only: an unnamed one may be part of a formula.
_COMPLEX = re.compile(rf"(?<=[=:\s])\(?(?P<real>[-+]?{_NUMBER})[-+]{_NUMBER}j\b\)?")


def has_complex_numbers(text: str) -> bool:
    """Tell whether a text may hold complex numbers."""
    return any(_COMPLEX.search(part) is not None for part in ends_of(text))


def real_parts(line: str) -> str:
    """Return a line with the real parts of its complex numbers in their place."""
    return _COMPLEX.sub(lambda found: found["real"], line)
