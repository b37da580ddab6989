"""The files that a project starts with: a configuration, and what its pipeline needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.report.saving import folder_of, write_text
from logdoc.resources import bundled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logdoc.api import PathLike

# What is asked for -> (the bundled template, its place in the project).
FILES = {
    "configuration": (("logdoc.toml", "logdoc.toml"),),
    "github": (("action.yml", ".github/actions/logdoc/action.yml"), ("workflow.yml", ".github/workflows/logdoc.yml")),
    "gitlab": (("gitlab.yml", ".gitlab/logdoc.yml"),),
    "pre-commit": (("pre-commit.yaml", ".pre-commit-config.yaml"),),
}


def start(folder: PathLike, wanted: Iterable[str], *, force: bool = False) -> tuple[list[Path], list[Path]]:
    """Write the files of a project.

    Args:
        folder: of the project.
        wanted: keys of `FILES`.
        force: overwrite what is there.

    Returns:
        What was written, and what was left as it is because it was there.

    Raises:
        RenderError: a file cannot be written.
    """
    written, left = [], []
    for key in wanted:
        for template, place in FILES[key]:
            path = Path(folder) / place
            if path.exists() and not force:
                left.append(path)
                continue
            folder_of(path)
            write_text((bundled("templates") / "ci" / template).read_text(encoding="utf-8"), path)
            written.append(path)
    return written, left
