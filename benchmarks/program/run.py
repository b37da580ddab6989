"""Run the programs, judge their logs without and with their text, and print the table of ranks.

``python -m benchmarks.program.run [-o FOLDER]``; takes about two minutes on one core, needs torch.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import logdoc
from benchmarks.program.programs import CASES, Case
from logdoc.model import RunAnalysis


@dataclass(frozen=True, slots=True)
class Judged:
    """One case, judged without and with the text of its program."""

    case: Case
    without: RunAnalysis
    beside: RunAnalysis

    def rank(self, run: RunAnalysis) -> int | None:
        """Return the place of the first right cause among those that are listed and those that are possible."""
        listed = [cause.id for cause in (*run.causes, *run.possible)]
        places = [listed.index(cause) + 1 for cause in self.case.causes if cause in listed]
        return min(places, default=None)


def run_program(case: Case, folder: Path) -> None:
    """Write the program of a case into its folder and run it there, unless its log lies there already."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "train.py"
    if (folder / "log.csv").is_file() and script.is_file() and script.read_text() == case.text:
        return
    script.write_text(case.text)
    subprocess.run([sys.executable, script.name], cwd=folder, check=True, timeout=300)


def judge(case: Case, folder: Path) -> Judged:
    """Judge the log of a case without and with the program beside it."""
    log = folder / "log.csv"
    without, beside = (logdoc.analyze(log, code=code).runs[0] for code in (False, True))
    return Judged(case, without, beside)


def table(judged: list[Judged]) -> str:
    """Return the table of ranks in Markdown, and what it comes to."""
    lines = [
        "| program | right cause | rank without text | with text | verdict | code facts |",
        "|---|---|---|---|---|---|",
    ]
    for one in judged:
        facts = [name.removeprefix("code.") for name in one.beside.context if name.startswith("code.")]
        ranks = [str(one.rank(run) or "–") for run in (one.without, one.beside)] if one.case.causes else ["", ""]
        verdict = one.without.verdict if one.without.verdict == one.beside.verdict else "CHANGED"
        cells = [one.case.name, ", ".join(one.case.causes) or "healthy", *ranks, verdict, ", ".join(facts)]
        lines.append(f"| {' | '.join(cells)} |")
    faulty = [one for one in judged if one.case.causes]
    for title, runs in (("without", [o.without for o in faulty]), ("with", [o.beside for o in faulty])):
        ranks_ = [one.rank(run) for one, run in zip(faulty, runs, strict=True)]
        first, three = sum(r == 1 for r in ranks_), sum(r is not None and r <= 3 for r in ranks_)
        lines.append(f"\n{title} the text: the right cause first in {first} of {len(faulty)}, in three in {three}")
    alarmed = sum(one.beside.verdict in ("error", "warning") for one in judged if not one.case.causes)
    lines.append(f"\nhealthy programs with an alarm: {alarmed} of {len(judged) - len(faulty)}")
    return "\n".join(lines)


def main() -> None:
    """Run and judge every case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, help="keep programs and logs here, and use those that are there")
    chosen = parser.parse_args().output
    with tempfile.TemporaryDirectory() as scratch:
        root = chosen or Path(scratch)
        judged = []
        for case in CASES:
            run_program(case, root / case.name)
            judged.append(judge(case, root / case.name))
        print(table(judged))


if __name__ == "__main__":
    main()
