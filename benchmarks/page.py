"""How large the page of many runs is, and how soon it answers: ``python -m benchmarks.page [--runs 1000]``.

Writes small runs, a tenth of them with a fault, and judges them (a hundred; the others repeat those under names of
their own), makes the page, opens it in a Chromium without a window and types into the list's first field as soon as it
is there. Prints size, nodes, and the time from the start of the navigation until the typed text was answered and
painted; the best and the worst of five openings. On a machine that others use the time on the clock says little, so the
time on the processors of the whole browser stands beside it.
``--page`` opens a page that is there already. Needs a Chromium.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import math
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import logdoc
from logdoc.model import Analysis
from logdoc.report import to_html
from tests.report.browser import BROWSER, browser

MOST_BYTES, MOST_SECONDS = 5_000_000, 2.0  # what is promised of a page of a thousand runs
_POINTS = 80
_OPENINGS = 5
# Runs in every new page before its own scripts: types once the field is shown, and notes when the answer was painted.
_TYPE = """
addEventListener('DOMContentLoaded', function () {
  var field = document.getElementById('f-text'), count = document.getElementById('f-count');
  (function look() {
    if (!field || field.offsetParent === null) { return setTimeout(look, 1); }
    var before = count.textContent;
    field.value = 'run0001';
    field.dispatchEvent(new Event('input', {bubbles: true}));
    if (count.textContent === before) { return setTimeout(look, 1); }
    requestAnimationFrame(function () { setTimeout(function () { window.answered = performance.now(); }, 0); });
  })();
});
"""


def write_runs(root: Path, count: int) -> None:
    """Write tables of 80 rows, fifty in a folder; every tenth diverges."""
    draw = random.Random(7)  # noqa: S311 - noise, no secret
    for number in range(count):
        folder = root / f"set{number // 50:02d}" / f"run{number:04d}"
        folder.mkdir(parents=True)
        rows = ["step,train_loss,val_loss"]
        for step in range(_POINTS):
            fall = 2 * math.exp(-step / 20) + 0.3
            loss = fall if number % 10 or step < 40 else fall + 0.2 * (step - 40)
            noisy = loss * (1 + 0.02 * draw.random())
            rows.append(f"{step},{noisy:.5f},{noisy * 1.1:.5f}")
        (folder / "metrics.csv").write_text("\n".join(rows) + "\n")


def processor_seconds(root: int) -> float:
    """Return what a process and all its children have used of the processors so far, in seconds."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
            used[int(stat.parent.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    below = {root}
    while more := {one for one, parent in parents.items() if parent in below} - below:
        below |= more
    return sum(used.get(one, 0.0) for one in below)


def openings(page: Path, scratch: Path) -> tuple[list[float], list[float], int]:
    """Return the seconds of every opening until an input was answered, by the clock and by the processors, and the
    number of nodes.
    """
    taken, used = [], []
    with browser(scratch) as opened:
        opened.ask("Page.addScriptToEvaluateOnNewDocument", source=_TYPE)
        for _ in range(_OPENINGS):
            opened.ask("Page.navigate", url="about:blank")
            before = processor_seconds(os.getpid())
            opened.open(page.as_uri())
            while not (answered := opened.value("window.answered || 0")):
                time.sleep(0.02)
            taken.append(answered / 1000)
            used.append(processor_seconds(os.getpid()) - before)
        return taken, used, int(opened.value("document.querySelectorAll('*').length"))


def make_page(page: Path, count: int, judged: int) -> None:
    """Judge new runs and draw the page of `count`: where fewer are judged, each stands in it several times under names
    of its own. Print how long it took.
    """
    write_runs(page.parent / "runs", judged)
    begun = time.perf_counter()
    analysis = logdoc.analyze(page.parent / "runs", cache=False)
    done = time.perf_counter()
    names = [f"set{number // 50:02d}/run{number:04d}/metrics.csv" for number in range(count)]
    runs = tuple(dataclasses.replace(analysis.runs[i % judged], id=name) for i, name in enumerate(names))
    page.write_text(to_html(Analysis(analysis.version, runs, (), (), analysis.ruleset)), encoding="utf-8")
    drawn = time.perf_counter()
    print(f"{judged:,} runs judged in {done - begun:.1f} s, page of {count:,} made in {drawn - done:.1f} s")


def main() -> int:
    """Measure and print; exit code 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--judged", type=int, default=100, help="different runs; the others repeat them")
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    if BROWSER is None:
        sys.exit("there is no Chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:  # the browser may still write
        page = options.page.resolve() if options.page else Path(place) / "report.html"
        if not options.page:
            make_page(page, options.runs, min(options.judged, options.runs))
        taken, used, nodes = openings(page, Path(place))
        size = page.stat().st_size
    print(f"page: {size / 1e6:.2f} MB, {nodes:,} nodes")
    print(f"first input answered after {min(taken):.2f} to {max(taken):.2f} s, {_OPENINGS} openings")
    print(f"processors: {min(used):.2f} to {max(used):.2f} s, of all processes of the browser")
    return int(size >= MOST_BYTES or min(taken) >= MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
