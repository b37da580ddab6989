"""The verbs for pipelines, ``accept``, ``comment``, ``count`` and ``init``, and ``demo``, for a first try."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logdoc.cli.exits import OK, USAGE
from logdoc.cli.values import STANDARD_OUTPUT

Report = Annotated[Path, typer.Argument(help="A saved report.json.", show_default=False)]


def accept(
    report: Report,
    run: Annotated[str, typer.Argument(help="The id of the run, as the report has it.", show_default=False)],
    rule: Annotated[str, typer.Argument(help="The id of the rule.", show_default=False)],
    because: Annotated[str, typer.Option(help="The reason; reports show it.", metavar="TEXT", show_default=False)],
    until: Annotated[
        str | None, typer.Option(help="The last day on which it holds: 2027-01-31.", metavar="DAY")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="Where to write it; by default the closest configuration, or logdoc.toml.", metavar="FILE"),
    ] = None,
) -> int:
    """Accept one finding of REPORT, so that it no longer fails; it stays in every report, with the reason."""
    from logdoc.api import accepting, configuration
    from logdoc.cli import terminal

    place = config or configuration.find(Path.cwd()) or Path(configuration.NAME)
    day = configuration.day(until, "--until")
    made = accepting.accept(report, run, rule, because=because, until=day, place=place)
    terminal.note(f"{place}: accepted {rule} of {run} ({made.fingerprint}), {made.told()}")
    return OK


def comment(
    report: Report,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; standard output without it.", metavar="FILE")
    ] = None,
    name: Annotated[str, typer.Option(help="Tells the comments of several jobs apart.", metavar="NAME")] = "default",
) -> int:
    """Write REPORT as one comment of a pull request: Markdown with a hidden marker in its first line.

    Whoever posts it looks for a comment that begins with this line, and renews that one. Nothing is sent anywhere.
    """
    from logdoc import api
    from logdoc.api import reporting
    from logdoc.cli import terminal

    analysis = api.load_report(report)
    if output is None or output == STANDARD_OUTPUT:
        terminal.print_document(reporting.render_comment(analysis, name))
    else:
        reporting.write_comment(analysis, output, name)
    return OK


def count(report: Report) -> int:
    """Print how many findings of REPORT count, and the worst severity, as lines of KEY=VALUE for a pipeline."""
    from logdoc import api
    from logdoc.api import reporting
    from logdoc.cli import terminal

    terminal.print_lines(f"{key}={value}" for key, value in reporting.counted(api.load_report(report)).items())
    return OK


def init(
    folder: Annotated[Path, typer.Argument(help="The project.")] = Path(),
    github: Annotated[bool, typer.Option("--github", help="Also an action and a workflow for GitHub.")] = False,
    gitlab: Annotated[bool, typer.Option("--gitlab", help="Also a job for GitLab.")] = False,
    pre_commit: Annotated[bool, typer.Option("--pre-commit", help="Also a hook for pre-commit.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there.")] = False,
) -> int:
    """Write a commented logdoc.toml, and what a pipeline needs; nothing that is there is overwritten."""
    from logdoc.api import starting
    from logdoc.cli import terminal

    asked = {"configuration": True, "github": github, "gitlab": gitlab, "pre-commit": pre_commit}
    written, left = starting.start(folder, [key for key, wanted in asked.items() if wanted], force=force)
    for path in written:
        terminal.note(f"wrote {path}")
    for path in left:
        terminal.note(f"left {path} as it is; --force overwrites it")
    return OK if written else USAGE


def demo(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.")] = Path("logdoc-demo"),
) -> int:
    """Write three small logs to try logdoc on: a healthy training, one that diverges, one that overfits."""
    from logdoc.api.demo import write_demo
    from logdoc.cli import terminal

    for path in write_demo(folder):
        terminal.note(f"wrote {path}")
    terminal.note(f"now: logdoc analyze {folder} -o report.html")
    return OK
