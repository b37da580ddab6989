"""``logdoc cache``: the runs that were judged in earlier calls."""

from __future__ import annotations

import typer

from logdoc.cli.exits import OK

cache_app = typer.Typer(no_args_is_help=True, help="Show or empty the cache of judged runs.")


@cache_app.command("info")
def info() -> int:
    """Say where the cache is, and how large."""
    from logdoc.api.caching import cache_info
    from logdoc.cli import terminal

    found = cache_info()
    place = "nothing is kept (LOGDOC_CACHE_DIR is empty)" if found.folder is None else str(found.folder)
    size, limit = f"{found.size / 1e6:,.1f} MB", f"{found.limit / 1e6:,.0f} MB (LOGDOC_CACHE_MB)"
    rows = [("folder", place), ("judged logs", f"{found.entries:,}"), ("size", size), ("limit", limit)]
    terminal.print_lines([f"{name:<12} {told}" for name, told in rows])
    return OK


@cache_app.command("clear")
def clear() -> int:
    """Remove every judged run from the cache."""
    from logdoc.api.caching import clear_cache
    from logdoc.cli import terminal

    terminal.print_lines([f"{clear_cache():,} judged logs removed"])
    return OK
