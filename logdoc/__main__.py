"""``python -m logdoc`` and the console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; a fault of our own is exit code 2 and a sentence, never a traceback."""
    from logdoc.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
