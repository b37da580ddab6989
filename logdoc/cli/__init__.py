"""The command line: a thin layer over `logdoc.api`. The only place that prints and chooses exit codes."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from logdoc.cli.exits import INTERRUPTED, OK, USAGE

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. A fault of our own is a sentence and exit code 2, never a traceback."""
    # Nearly all that is made lives to the end or is freed at once; looking for circles as often as Python does by
    # default takes a tenth of a short call.
    gc.set_threshold(50_000, 20, 20)
    import typer

    from logdoc.cli.app import app
    from logdoc.errors import LogdocError

    try:
        code = app(args=list(arguments), prog_name="logdoc", standalone_mode=False)
    except LogdocError as error:
        complain(str(error))
        return USAGE
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): not a fault, and nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except MemoryError:
        complain("there is not enough memory for this; analyse fewer runs at once")
        return USAGE
    except Exception as error:
        # Usage errors come as click's own exceptions, from click or from the copy inside typer: known by what they can
        # do.
        show_usage = getattr(error, "show", None)
        if callable(show_usage) and hasattr(error, "exit_code"):
            show_usage()
            return USAGE
        if os.environ.get("LOGDOC_DEBUG"):
            raise
        complain(
            f"a fault of logdoc itself: {type(error).__name__}: {error}. Set LOGDOC_DEBUG=1 to see where, "
            "and please report it."
        )
        return USAGE
    return code if isinstance(code, int) else OK


def complain(message: str) -> None:
    """Print a message about the call itself to standard error, with log text made harmless."""
    from logdoc.report.escape import show

    for line in message.splitlines():
        print(f"logdoc: {show(line, cap=2000)}", file=sys.stderr)  # noqa: T201
