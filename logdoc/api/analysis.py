"""The result of `logdoc.analyze` as Python users get it: it shows, draws and asserts itself."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

from logdoc import model
from logdoc.errors import ConfigError, suggest

if TYPE_CHECKING:
    from collections.abc import Collection

    from logdoc.model import RunAnalysis

_SHOWN = 3  # runs in the repr, which is five lines long
_WIDTH = 160  # of its lines


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Analysis(model.Analysis):
    """The diagnosis of one or more runs; draws itself as JSON, HTML and Markdown."""

    def to_json(self) -> str:
        """Return the analysis in the schema ``logdoc-report/2``."""
        from logdoc.report import to_json

        return to_json(self)

    def to_html(self) -> str:
        """Return one self-contained HTML page."""
        from logdoc.report import to_html

        return to_html(self)

    def to_markdown(self) -> str:
        """Return Markdown for a pull request, under 60,000 characters."""
        from logdoc.report import to_markdown

        return to_markdown(self)

    def to_text(self) -> str:
        """Return what the command line prints, every run in full."""
        from logdoc.report.text import plain_text

        return plain_text(self)

    def run(self, name: str) -> RunAnalysis:
        """Return the run whose id is `name`, ends with it, or lies in a folder of that name.

        Raises:
            ConfigError: there is none, or more than one.
        """
        ids = [run.id for run in self.runs]
        found = [run for run in self.runs if run.id == name] or [
            run for run in self.runs if f"/{name}/" in f"/{run.id}/"
        ]
        if len(found) == 1:
            return found[0]
        if found:
            raise ConfigError(
                f"{len(found)} runs are called {name!r}", hint=f"They are {', '.join(r.id for r in found)}."
            )
        raise ConfigError(f"there is no run {name!r}", hint=suggest(name, ids) or f"There are {', '.join(ids[:5])}.")

    def assert_healthy(
        self,
        *,
        fail_on: Literal["error", "warning", "info"] = "warning",
        allow: Collection[str] = (),
        allow_undecided: bool = False,
    ) -> None:
        """Fail, with what is wrong and what to change first, unless every run is found healthy: for tests.

        Args:
            fail_on: the least severity of a finding that fails; findings that are accepted or known do not.
            allow: ids of findings that are expected.
            allow_undecided: pass a run of which too little was logged to judge it. By default it fails: what could
                not be judged is not known to be fine.

        Raises:
            UnhealthyError: an `AssertionError`; its `runs` are those that failed.
        """
        from logdoc.api.asserting import assert_healthy

        assert_healthy(self, fail_on=fail_on, allow=allow, allow_undecided=allow_undecided)

    def __repr__(self) -> str:
        from logdoc.model.words import verdict_word
        from logdoc.report.escape import show
        from logdoc.report.wording import summary, worst_first

        runs = worst_first(self.runs)
        lines = [f"<logdoc.Analysis of {summary(self).rstrip('.')}>"]
        for run in runs[:_SHOWN]:
            line = f"  {verdict_word(run.verdict):11} {show(run.id, cap=60)}: {show(run.headline)}"
            lines.append(line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…")
        if len(runs) > _SHOWN:
            lines.append(f"  and {len(runs) - _SHOWN} more; .runs holds them all, .to_text() tells them")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Show the report in a notebook, in a frame of its own so that no style leaks."""
        import html

        return (
            f'<iframe srcdoc="{html.escape(self.to_html(), quote=True)}" width="100%" height="720" '
            'frameborder="0"></iframe>'
        )
