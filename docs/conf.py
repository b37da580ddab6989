"""The documentation as a static site: ``pip install -e '.[docs]' && sphinx-build -W -b html docs site``.

Needs no network. The gallery holds the reports of the sample logs, made anew for every build.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from logdoc.version import __version__

HERE = Path(__file__).resolve().parent

project = "logdoc"
author = "the logdoc contributors"
release = __version__
extensions = ["myst_parser"]
html_theme = "furo"
html_title = f"logdoc {release}"
html_copy_source = False
html_show_sourcelink = False
exclude_patterns = ["examples/runs/**"]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
# Links to files of the checkout (benchmarks, templates) are right where the code lies and lead nowhere here; the rule
# pages hang on their list.
suppress_warnings = ["myst.xref_missing", "misc.highlighting_failure", "toc.not_included"]


def _gallery(app: Any, error: Exception | None) -> None:
    """Write the report of all sample logs, and of each alone, into the site."""
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "reports"
    folder.mkdir(exist_ok=True)
    samples = HERE.parent / "sample_logs"
    runs = sorted(path.name for path in samples.iterdir() if path.is_dir() and not path.name.startswith("_"))
    for name, paths in {"all": runs, **{run: [run] for run in runs}}.items():
        command = [
            sys.executable,
            "-m",
            "logdoc",
            "analyze",
            *paths,
            "-q",
            "--exit-zero",
            "-o",
            f"{folder / name}.html",
        ]
        subprocess.run(command, cwd=samples, check=True)  # noqa: S603 - our own program


def setup(app: Any) -> None:
    """Make the gallery when the pages are done."""
    app.connect("build-finished", _gallery)
