"""``python -m logdoc`` and the console script."""

from __future__ import annotations

import os
import sys

# Nothing here multiplies large matrices; a thread for every core would only take address space, and where that is
# short NumPy's library ends the process with exit code 1, which is that of a finding.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> None:
    """Run the command line; a fault of our own is exit code 2 and a sentence, never a traceback or exit code 1."""
    try:
        from logdoc.cli import run
    except (ImportError, MemoryError, OSError) as error:
        print(f"logdoc: it could not be started: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
