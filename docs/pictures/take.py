"""Takes the pictures of the README: the report of one sample run in a real browser, light and dark.

Run in a checkout with the development dependencies and Chromium: ``python docs/pictures/take.py``.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "report"))

from browser import browser  # noqa: E402 - the tests' own way to a browser


def main() -> None:
    """Write ``report-light.png`` and ``report-dark.png`` beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "logdoc", "analyze", "sample_logs/letters-hot", "-q", "-o", str(report)], cwd=ROOT
        )
        with browser(Path(folder)) as page:
            page.ask("Emulation.setDeviceMetricsOverride", width=1000, height=1130, deviceScaleFactor=1, mobile=False)
            page.ask("Emulation.setScrollbarsHidden", hidden=True)
            for scheme in ("light", "dark"):
                page.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                page.open(report.as_uri())
                time.sleep(1)  # the chart is drawn when it is seen
                data = page.ask("Page.captureScreenshot", format="png")["data"]
                (HERE / f"report-{scheme}.png").write_bytes(base64.b64decode(data))


if __name__ == "__main__":
    main()
