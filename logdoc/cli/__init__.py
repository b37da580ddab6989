"""The command line: a thin layer over `logdoc.api`. The only place that prints and chooses exit codes."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from logdoc.cli.exits import INTERRUPTED, OK, USAGE
from logdoc.resources import budget

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. A fault of our own is a sentence and exit code 2, never a traceback."""
    # Nearly all that is made lives to the end or is freed at once; looking for circles as often as Python does by
    # default takes a tenth of a short call.
    gc.set_threshold(50_000, 20, 20)
    from logdoc.cli import ending

    ending.open_streams()
    if ending.too_little_memory():
        complain("there is not enough memory to start: the limit of address space (ulimit -v) is below 160 MiB")
        return USAGE
    budget.start()
    try:
        with ending.heeded_signals():
            return _run(arguments)
    except OSError:
        if os.environ.get("LOGDOC_DEBUG"):
            raise
        return USAGE  # not even the complaint about it could be written
    finally:
        ending.drop_unwritten_notes()
        budget.stop()


_NO_THREAD = "can't start new thread"  # what CPython says where the system refuses one


def _run(arguments: Sequence[str]) -> int:
    from logdoc.cli import ending
    from logdoc.errors import LogdocError

    try:
        code = _called(arguments)
        ending.flush_output()
    except LogdocError as error:
        complain(str(error))
        return USAGE
    except ending.Stopped as stopped:
        complain(f"stopped by {stopped}; nothing was written")
        return stopped.code
    except BrokenPipeError:
        # The reader of our output went away (`| head`): not a fault, and nothing more can be written.
        ending.drop_output()
        return OK
    except MemoryError:
        complain("there is not enough memory for this; analyse fewer runs at once")
        return USAGE
    except RuntimeError as error:
        if _NO_THREAD not in str(error):
            return _ended_by(error)
        complain("there is not enough memory for this, or a limit on threads: the system starts no further one")
        return USAGE
    except OSError as error:
        if ending.is_of_output(error):
            ending.drop_output()
            complain(f"standard output cannot be written: {error.strerror or error}")
        elif error.errno is None or os.environ.get("LOGDOC_DEBUG"):
            return _own_fault(error)
        else:  # a file or folder that nobody asked about before it was used
            place = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
            complain(f"{place}the system refuses it: {error.strerror or error}")
        return USAGE
    except ImportError as error:
        return _own_fault(error)
    except BaseException as error:
        return _ended_by(error)
    return code if isinstance(code, int) else OK


def _called(arguments: Sequence[str]) -> object:
    """Run the verb and return what it returns; Typer reads what is not a plain call of ``analyze``."""
    from logdoc.cli.quick import plain_call

    wanted = plain_call(arguments)
    if wanted is not None:
        from logdoc.cli.analysing import analysed

        return analysed(wanted)
    from logdoc.cli.app import app

    return app(args=list(arguments), prog_name="logdoc", standalone_mode=False)


def _ended_by(error: BaseException) -> int:
    """Return the exit code of a call that ended with an exception: Ctrl-C, a wrong call, or a fault of our own."""
    from logdoc.cli import ending

    # What cannot be imported must not be asked for again: its failure may be what ended the call.
    typer = sys.modules.get("typer")
    abort = (typer.Abort, KeyboardInterrupt) if typer is not None and hasattr(typer, "Abort") else KeyboardInterrupt
    if isinstance(error, abort):
        return INTERRUPTED
    # Usage errors come as click's own exceptions, from click or from the copy inside typer: known by what they can do.
    show_usage = getattr(error, "show", None)
    if callable(show_usage) and hasattr(error, "exit_code"):
        show_usage()
        return USAGE
    if isinstance(error, SystemExit) and isinstance(error.__context__, BrokenPipeError):
        # Click ends with 1 where the reader of our output went away, which is the exit code of a finding.
        ending.drop_output()
        return OK
    if not isinstance(error, Exception):
        raise error
    return _own_fault(error)


def _own_fault(error: Exception) -> int:
    if os.environ.get("LOGDOC_DEBUG"):
        raise error
    complain(
        f"a fault of logdoc itself: {type(error).__name__}: {error}. Set LOGDOC_DEBUG=1 to see where, "
        "and please report it."
    )
    return USAGE


def complain(message: str) -> None:
    """Print a message about the call itself to standard error, with log text made harmless."""
    from logdoc.report.escape import show

    for line in message.splitlines():
        print(f"logdoc: {show(line, cap=2000)}", file=sys.stderr)  # noqa: T201
