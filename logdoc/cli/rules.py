"""``logdoc rules``: look at the rule base, explain it, document it, test it, check it, and start a new rule."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logdoc.cli.exits import FOUND, OK

rules_app = typer.Typer(no_args_is_help=True, help="List, explain, document, test, check and start rules.")

Folders = Annotated[
    list[Path] | None, typer.Option("--rules", help="A folder with more rules. Repeatable.", metavar="DIR")
]


@rules_app.command("list")
def list_rules(
    rules: Folders = None, causes: Annotated[bool, typer.Option("--causes", help="List the causes instead.")] = False
) -> int:
    """List every rule: severity, id, title."""
    from logdoc import api
    from logdoc.cli import terminal

    base = api.load_rules(rules or ())
    if causes:
        terminal.print_table([(entry.cause.id, entry.cause.title) for entry in base.causes], ("cause", "title"))
    else:
        terminal.print_table(
            [(entry.rule.severity, entry.area, entry.rule.id, entry.rule.title) for entry in base.rules],
            ("severity", "area", "rule", "title"),
        )
    return OK


@rules_app.command("show")
def show_rule(rule: Annotated[str, typer.Argument(help="The id of a rule or a cause.")], rules: Folders = None) -> int:
    """Print the YAML of one rule or cause."""
    from logdoc.api import rulebase
    from logdoc.cli import terminal

    terminal.print_source(rulebase.rule_source(rule, rules or ()))
    return OK


@rules_app.command("explain")
def explain_rule(
    rule: Annotated[str, typer.Argument(help="The id of a rule or a cause.")], rules: Folders = None
) -> int:
    """Say in words what a rule or a cause is about: when it fires, with which thresholds and why, and what
    causes it.
    """
    from logdoc.api import rulebase
    from logdoc.cli import terminal

    terminal.print_wrapped(rulebase.explain_rule(rule, rules or ()))
    return OK


@rules_app.command("docs")
def write_docs(
    target: Annotated[Path, typer.Argument(help="The folder of the documentation.")] = Path("docs"),
    rules: Folders = None,
) -> int:
    """Write a page per rule and cause, with a chart of the pattern, and the table of the playbooks' items."""
    from logdoc.api import rulebase
    from logdoc.cli import terminal

    count, stale = rulebase.write_docs(target, rules or ())
    terminal.print_lines([f"{count} files in {target}, {len(stale)} of them new or changed"])
    return OK


@rules_app.command("test")
def test_rules(
    only: Annotated[list[str] | None, typer.Argument(help="Only these rules or causes.", show_default=False)] = None,
    rules: Folders = None,
) -> int:
    """Run the tests that every rule carries."""
    from logdoc.api import rulebase
    from logdoc.cli import terminal

    results = rulebase.test_rules(only or (), rules or ())
    failed = [result for result in results if not result.passed]
    for result in failed:
        terminal.print_lines(
            [f"FAILED {result.rule} :: {result.name}", *(f"       {line}" for line in result.problems)]
        )
    tested = len({result.rule for result in results})
    of = "1 rule or cause" if tested == 1 else f"{tested} rules and causes"
    terminal.print_lines([f"{len(results) - len(failed)} passed, {len(failed)} failed, of {of}"])
    return FOUND if failed else OK


@rules_app.command("validate")
def validate_rules(
    rules: Folders = None,
    schema: Annotated[
        Path | None, typer.Option(help="Also write the JSON Schema of rules and causes here.", metavar="FILE")
    ] = None,
) -> int:
    """Check form and style of every rule, cause and naming table."""
    from logdoc.api import rulebase
    from logdoc.cli import terminal

    problems = rulebase.lint_rules(rules or ())
    terminal.print_lines([str(problem) for problem in problems])
    if schema is not None:
        rulebase.write_schema(schema)
    terminal.print_lines([f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"])
    return FOUND if problems else OK


@rules_app.command("new")
def new_rule(
    rule: Annotated[str, typer.Argument(help="The id of the new rule, in kebab-case.")],
    area: Annotated[str, typer.Option(help="The folder it belongs to: loss, gradients, weights ...")] = "loss",
    folder: Annotated[Path, typer.Option("--rules", help="Where to write it.", metavar="DIR")] = Path("rules"),
) -> int:
    """Write the skeleton of a new rule that already passes its tests."""
    from logdoc.api import rulebase
    from logdoc.cli import terminal

    path = rulebase.new_rule(rule, area, folder)
    terminal.print_lines([f"wrote {path}; now: logdoc rules test {rule} --rules {folder}"])
    return OK
