"""What the user is told: warnings that can never stop training."""

from __future__ import annotations

import sys
import warnings


def warn(text: str) -> None:
    """Warn about a failure of the hook; where warnings are errors, on the standard error stream."""
    try:
        warnings.warn(text, RuntimeWarning, stacklevel=3)
    except RuntimeWarning:
        if sys.stderr is not None:
            sys.stderr.write(f"{text}\n")
