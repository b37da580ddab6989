"""The formats that can be read. A new one is a module with `sniff`, `group` and `read`, and a line here."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logdoc.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from logdoc.model import Defect, Run
    from logdoc.readers.source import RunSource


@dataclass(frozen=True, slots=True)
class Format:
    """A format by name and by the module that reads it; the module is imported when a file may need it.

    The module has ``sniff(head, name)``, how a file looks that begins with `head` (or None when it is of another
    format), `name` being its
    path below the folder that is searched; with `by_tail` it is also asked about the end of a long text;
    ``group(root, files)``, the files as runs; and ``read(source)``, the runs of one source, defects for what is none.
    """

    name: str
    module: str
    by_tail: bool = False

    def sniff(self, head: bytes, name: str) -> str | None:
        """Return how the file was recognised, or None when it is of another format."""
        note: str | None = self._module().sniff(head, name)
        return note

    def group(self, root: Path, files: Sequence[Path]) -> list[RunSource]:
        """Return the files, all of this format, as the sources of one run each."""
        return list(self._module().group(root, files))

    def read(self, source: RunSource) -> Iterable[Run | Defect]:
        """Return what one source holds."""
        found: Iterable[Run | Defect] = self._module().read(source)
        return found

    def _module(self) -> Any:
        return importlib.import_module(self.module)


# In the order in which they are asked: the surest signs first, free text last.
FORMATS = (
    Format("wandb", "logdoc.readers.wandb"),
    Format("tensorboard", "logdoc.readers.events"),
    Format("database", "logdoc.readers.database"),
    Format("parquet", "logdoc.readers.parquet"),
    Format("visualdl", "logdoc.readers.visualdl"),
    Format("saved", "logdoc.readers.saved"),
    Format("notebook", "logdoc.readers.notebook"),
    Format("trainer-state", "logdoc.readers.trainer_state"),
    Format("jsonlines", "logdoc.readers.jsonlines"),
    Format("sacred", "logdoc.readers.sacred"),
    Format("json", "logdoc.readers.history"),
    Format("mlflow", "logdoc.readers.mlflow"),
    Format("yolo-results", "logdoc.readers.yolo_results"),
    Format("printed", "logdoc.readers.printed"),
    Format("delimited", "logdoc.readers.delimited"),
    Format("console", "logdoc.readers.console", by_tail=True),
)


def format_named(name: str) -> Format:
    """Return the format of that name.

    Raises:
        ConfigError: with the names that there are.
    """
    for known in FORMATS:
        if known.name == name:
            return known
    raise ConfigError(f"there is no log format '{name}'.", hint=f"Known are {', '.join(f.name for f in FORMATS)}.")
