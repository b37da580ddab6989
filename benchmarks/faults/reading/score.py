"""Scores a reader beside logdoc on the same runs: ``python -m benchmarks.faults.reading.score ANSWERS --key KEY
[--show] [--reader "a language model"]``.

First cause, in three, own symptoms and alarms are counted as `judging.score` counts them for logdoc. `--show` lists the
runs on which the two differ, with the numbers that decided for the reader: each is a question to the rules. It is
refused for runs of unseen parts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.faults.cases import CASES
from benchmarks.faults.judging.judge import Said, say
from benchmarks.faults.judging.score import SIDE, allowed, first, in_three, loud, told
from benchmarks.faults.parts import part_of
from benchmarks.faults.reading.answers import Answer, read_answers
from benchmarks.faults.reading.lay_out import Laid
from logdoc.engine import load_rules


def read_key(path: Path) -> dict[str, Laid]:
    """Return which run is which."""
    return {label: Laid(**laid) for label, laid in json.loads(path.read_text(encoding="utf-8")).items()}


def as_said(laid: Laid, answer: Answer) -> Said:
    """Return an answer in the form in which logdoc's are counted; a reader's symptoms stand at warning."""
    findings = tuple((name, "warning") for name in answer.symptoms)
    if answer.causes and not findings:
        findings = (("answered", "info"),)  # a reader may name a cause without a word for what shows
    verdict = "healthy" if answer.healthy else "warning"
    return Said(laid.case, laid.seed, laid.layers, 1.0, verdict, findings, answer.causes, (), len(answer.causes))


def own(said: Said) -> bool:
    """Whether a symptom that belongs to the fault stands at warning or above."""
    return bool(set(loud(said)) & (allowed(CASES[said.case]) - set(SIDE)))


def table(readers: Mapping[str, Sequence[Said]]) -> list[str]:
    """Return the table: a line for every reader."""
    rows = [
        "| reader | first cause right | right in three | a symptom of the fault at warning+ | healthy with an alarm |",
        "|---|---|---|---|---|",
    ]
    for name, said in readers.items():
        faults = [s for s in said if not CASES[s.case].healthy]
        healthy = [s for s in said if CASES[s.case].healthy]
        cells = [told(sum(map(what, faults)), len(faults), len(faults)) for what in (first, in_three, own)]
        cells.append(told(sum(bool(loud(s)) for s in healthy), len(healthy), len(healthy)))
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return rows


def differences(key: Mapping[str, Laid], answers: Mapping[str, Answer], others: Mapping[str, Said]) -> list[str]:
    """Return the runs that the reader has right and logdoc has not, with the numbers that decided."""
    lines = []
    for label, laid in key.items():
        mine = as_said(laid, answers[label])
        if CASES[laid.case].healthy or not first(mine) or first(others[label]):
            continue
        named = others[label].ranking[0][0] if others[label].told else "no cause"
        lines.append(f"{label} {laid.case}: {mine.ranking[0][0]}, logdoc says {named}")
        lines += [f"    {number}" for number in answers[label].numbers]
    return lines


def main() -> int:
    """Check, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--reader", default="a reader", help="who answered: say so where it is a language model")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    key, base, part = read_key(options.key), load_rules(), part_of()
    if options.show and any(part[laid.case].unseen for laid in key.values()):
        parser.error("runs of parts that nobody has looked at are not shown")
    try:
        answers = read_answers(options.answers, key, {c.cause.id for c in base.causes}, {r.rule.id for r in base.rules})
    except ValueError as error:
        parser.error(str(error))
    others = {label: say(laid.case, laid.seed, laid.layers) for label, laid in key.items()}
    readers = {
        options.reader: [as_said(laid, answers[label]) for label, laid in key.items()],
        "logdoc": list(others.values()),
    }
    print("\n".join(table(readers)))
    if options.show:
        print("\n".join(differences(key, answers, others)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
