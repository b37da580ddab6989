"""The fixture `logdoc` for smoke tests of trainings; pytest finds it by the entry point ``pytest11``.

Nothing of logdoc is imported before a test asks for the fixture.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path
    from typing import Literal

    from logdoc.api import Analysis

_REPORTS = "--logdoc-report"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that keeps reports."""
    parser.getgroup("logdoc").addoption(
        _REPORTS, metavar="DIR", help="Write an HTML report there for every training that a test finds unhealthy."
    )


class Training:
    """What a smoke test does with a training: give it a folder for its logs, and assert that they are healthy.

    Attributes:
        logdir: an empty folder of this test.
        analysis: what was judged last.
    """

    def __init__(self, logdir: Path, name: str, reports: str | None) -> None:
        self.logdir = logdir
        self.analysis: Analysis | None = None
        self._name, self._reports, self._written = name, reports, 0

    def analyze(self, logs: Any = None, **options: Any) -> Analysis:
        """Judge logs as `logdoc.analyze` does; by default those in `logdir`."""
        from logdoc.api import analyze

        self.analysis = analyze(self.logdir if logs is None else logs, **options)
        return self.analysis

    def assert_healthy(
        self,
        logs: Any = None,
        *,
        fail_on: Literal["error", "warning", "info"] = "warning",
        allow: Collection[str] = (),
        allow_undecided: bool = False,
        **options: Any,
    ) -> Analysis:
        """Judge logs and fail, with what is wrong and what to change first, unless they are healthy.

        Args:
            logs: what `logdoc.analyze` takes; by default `logdir`.
            fail_on, allow, allow_undecided: as in `logdoc.Analysis.assert_healthy`.
            options: further arguments of `logdoc.analyze`.

        Raises:
            UnhealthyError: they are not.
        """
        __tracebackhide__ = True
        from logdoc.api import UnhealthyError

        analysis = self.analyze(logs, **options)
        try:
            analysis.assert_healthy(fail_on=fail_on, allow=allow, allow_undecided=allow_undecided)
        except UnhealthyError as error:
            raise UnhealthyError(f"{error}{self._kept(analysis)}", error.runs) from None
        return analysis

    def _kept(self, analysis: Analysis) -> str:
        if not self._reports:
            return f"\nthe page with the curves: pytest {_REPORTS}=DIR"
        from pathlib import Path

        from logdoc.api import write_report
        from logdoc.errors import LogdocError

        folder = Path(self._reports)
        self._written += 1
        number = f"-{self._written}" if self._written > 1 else ""
        place = folder / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', self._name).strip('-')[:150]}{number}.html"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_report(analysis, place)
        except (OSError, LogdocError) as error:  # what is wrong with the training is what the test is about
            return f"\nthe page with the curves could not be written: {error}"
        return f"\nthe page with the curves: {place}"


@pytest.fixture
def logdoc(request: pytest.FixtureRequest, tmp_path: Path) -> Training:
    """A folder for the logs of a training, and the assertion that they are healthy.

    ``def test_it_learns(logdoc): train(logdir=logdoc.logdir, steps=200); logdoc.assert_healthy()``
    """
    folder = tmp_path / "logs"
    folder.mkdir()
    return Training(folder, request.node.nodeid, request.config.getoption(_REPORTS))
