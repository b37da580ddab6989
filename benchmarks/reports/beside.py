"""What logdoc and other tools say about a folder of logs whose right end is known:
``python -m benchmarks.reports.beside [--python VENV/bin/python] [--cases FOLDER] [--expect FILE.csv]``.

A case is a folder of log files (``case.md`` is left out), or the first whose name begins with ``CASE-``. The table says
for each of them the verdicts that are right (``error|warning``, ``healthy|info``) and, where it is known, the causes of
which one must be among the first `where`. By default the cases are the project's own, in ``benchmarks/reports/cases``.

The peers are those of ``benchmarks.faults.judging.peers``, installed into an environment of their own (``pip install
runmedic trainspotter trainproof losslint training-doctor pulseml``). They get every case twice: the files as
they lie, and one
table of the curves that logdoc reads in them, under the names that every peer knows. A peer is right about a fault when
one of its findings is at warning or above, and names its cause when such a finding can mean one of the causes; on a
healthy case such a finding is a false alarm. The numbers of one tool on "files" and "tables" say how much of it is
reading and how much is judging.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.judging.peers import COLUMNS, MEANS, PUBLISHED, Findings, peers
from logdoc.api import analyze, inspect
from logdoc.errors import LogdocError

OF_TABLES = {*PUBLISHED, "pulseml's detectors"}  # they judge curves and read no files
HERE = Path(__file__).resolve().parent / "cases"
ROLES = {
    "train.loss": "loss",
    "val.loss": "val_loss",
    "train.accuracy": "accuracy",
    "val.accuracy": "val_accuracy",
    "train.lr": "lr",
    "train.grad_norm": "grad_norm",
}


@dataclass(frozen=True)
class Expected:
    """How a case should end.

    Attributes:
        verdicts: those that are right.
        causes: of which one must be among the first `where`; empty where the cause is not known.
    """

    case: str
    files: tuple[Path, ...]
    verdicts: frozenset[str]
    causes: frozenset[str]
    where: int

    @property
    def healthy(self) -> bool:
        """Whether nothing at warning or above is right."""
        return not self.verdicts & {"error", "warning"}


@dataclass(frozen=True)
class Said:
    """What a tool said about one case; None where it gave no answer."""

    right: bool | None
    named: bool
    alarm: bool


def expected(folder: Path, table: Path) -> list[Expected]:
    """Return the cases of a table.

    Raises:
        SystemExit: a case of the table has no folder.
    """
    found = []
    for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
        homes = [p for p in sorted(folder.iterdir()) if p.name == row["case"] or p.name.startswith(f"{row['case']}-")]
        if not homes:
            raise SystemExit(f"{table}: there is no folder for the case '{row['case']}' in {folder}")
        files = tuple(p for p in sorted(homes[0].rglob("*")) if p.is_file() and p.name != "case.md")
        causes = frozenset(filter(None, (row.get("causes") or "").split("|")))
        found.append(
            Expected(row["case"], files, frozenset(row["verdicts"].split("|")), causes, int(row.get("where") or 3))
        )
    return found


def logdoc_says(case: Expected) -> Said:
    """Ask logdoc about the files of a case."""
    try:
        runs = analyze([str(path) for path in case.files]).runs
    except LogdocError:
        return Said(None, False, False)
    verdicts = {run.verdict for run in runs}
    ranked = sorted((cause for run in runs for cause in run.causes), key=lambda cause: -cause.probability)
    first = list(dict.fromkeys(cause.id for cause in ranked))[: case.where]
    loud = bool(verdicts & {"error", "warning"})
    right = bool(verdicts) and (verdicts <= case.verdicts if case.healthy else bool(verdicts & case.verdicts))
    return Said(right if runs else None, bool(case.causes & set(first)), loud and case.healthy)


def peer_says(case: Expected, findings: Findings | None) -> Said:
    """Judge what a peer found in a case."""
    if findings is None:
        return Said(None, False, False)
    loud = [kind for kind, bad in findings if bad]
    named = any(part in kind and case.causes & set(causes) for kind in loud for part, causes in MEANS.items())
    return Said(bool(loud) != case.healthy, named, bool(loud) and case.healthy)


def as_table(case: Expected, path: Path) -> bool:
    """Write the curves that logdoc reads in a case as one table that every peer knows; False where there are none."""
    rows: dict[int, dict[str, float]] = {}
    try:
        runs = inspect([str(file) for file in case.files]).runs
    except LogdocError:
        return False
    for run in runs[:1]:
        for name, (role, _) in run.reading.names.items():
            series = run.run.series.get(name)
            if series is not None and role in ROLES:
                for step, value in zip(series.steps.tolist(), series.values.tolist(), strict=True):
                    rows.setdefault(int(step), {}).setdefault(ROLES[role], value)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["step", *COLUMNS])
        writer.writerows(
            [step, *(f"{row[name]:.6g}" if name in row else "" for name in COLUMNS)]
            for step, row in sorted(rows.items())
        )
    return bool(rows)


def line(tool: str, form: str, said: Sequence[tuple[Expected, Said]]) -> str:
    """Return the line of a tool in the table of results."""
    faults = [s for case, s in said if not case.healthy]
    known = [s for case, s in said if case.causes]
    controls = [s for case, s in said if case.healthy]
    return (
        f"| {tool} | {form} | {sum(bool(s.right) for s in faults)} of {len(faults)} | "
        f"{sum(s.named for s in known)} of {len(known)} | {sum(s.alarm for s in controls)} of {len(controls)} | "
        f"{sum(s.right is None for _, s in said)} |"
    )


def main() -> None:
    """Ask every tool about every case and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, default=HERE, help="the folder of cases")
    parser.add_argument("--expect", type=Path, help="the table of right ends; by default expect.csv in that folder")
    parser.add_argument(
        "--python", type=Path, help="the interpreter of the peers' environment; without it logdoc alone"
    )
    options = parser.parse_args()
    cases = expected(options.cases, options.expect or options.cases / "expect.csv")
    print(
        "| tool | reads | right about a fault | names the cause | false alarms | no answer |\n|---|---|---|---|---|---|"
    )
    print(line("logdoc", "files", [(case, logdoc_says(case)) for case in cases]))
    if options.python is None:
        return
    with tempfile.TemporaryDirectory() as work:
        tables = {case.case: Path(work) / f"{number}.csv" for number, case in enumerate(cases)}
        read = {case.case: as_table(case, tables[case.case]) for case in cases}
        for tool, ask in peers(options.python).items():
            pasted = [(case, _merged([ask(path) for path in case.files])) for case in cases if tool not in OF_TABLES]
            if pasted:
                print(line(tool, "files", [(case, peer_says(case, found)) for case, found in pasted]), flush=True)
            answers = [(case, ask(tables[case.case]) if read[case.case] else None) for case in cases]
            print(line(tool, "tables", [(case, peer_says(case, found)) for case, found in answers]), flush=True)


def _merged(answers: Sequence[Findings | None]) -> Findings | None:
    known = [answer for answer in answers if answer is not None]
    return [finding for answer in known for finding in answer] if known else None


if __name__ == "__main__":
    main()
