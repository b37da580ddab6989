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


_WIDE = (b"\xff\xfe{\0", b"\xfe\xff\0{")  # a brace in UTF-16, behind its mark
_EMPTIED = bytes(8)  # a text that was emptied while its program went on writing
_SPACE = b"\xef\xbb\xbf \t\r\n\v\f\x1c\x1d\x1e\x1f"  # with the byte order mark of UTF-8
# Arrays and archives of NumPy; pickles of protocol 2 and later, and of the first that hold collections or arrays.
_SAVED = (b"\x93NUMPY", b"PK\x03\x04", b"\x80", b"(dp", b"(lp", b"}q", b"]q", b"ccollections", b"cnumpy", b"ccopy_reg")


@dataclass(frozen=True, slots=True)
class Format:
    """A format by name and by the module that reads it; the module is imported when a file may need it.

    The module has ``sniff(head, name)``, how a file looks that begins with `head` (or None when it is of another
    format), `name` being its
    path below the folder that is searched; with `by_tail` it is also asked about the end of a long text;
    ``group(root, files)``, the files as runs; and ``read(source)``, the runs of one source, defects for what is none.

    Where `begins`, `within` or `binary` is given, the module is asked, and for that imported, only about files that
    begin so, white space aside, lie in a folder of that name, or begin with a length in eight bytes: it would know no
    other.
    """

    name: str
    module: str
    by_tail: bool = False
    begins: tuple[bytes, ...] = ()
    within: str = ""
    binary: bool = False

    def sniff(self, head: bytes, name: str) -> str | None:
        """Return how the file was recognised, or None when it is of another format."""
        if (self.begins or self.within or self.binary) and not self._may_be(head, name):
            return None
        note: str | None = self._module().sniff(head, name)
        return note

    def _may_be(self, head: bytes, name: str) -> bool:
        return (
            (self.begins != () and head.lstrip(_SPACE).startswith(self.begins))
            or (self.within != "" and f"/{self.within}/" in f"/{name}")
            or (self.binary and b"\0" in head[:8])
        )

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
    Format("wandb", "logdoc.readers.wandb", begins=(b":W&B",), within="files"),
    Format("swanlab", "logdoc.readers.swanlab", begins=(b":SWL",)),
    Format("tensorboard", "logdoc.readers.events"),
    Format("database", "logdoc.readers.database", begins=(b"SQLite format 3",)),
    Format("parquet", "logdoc.readers.parquet", begins=(b"PAR1",)),
    Format("visualdl", "logdoc.readers.visualdl", binary=True),
    Format("saved", "logdoc.readers.saved", begins=_SAVED),
    Format("notebook", "logdoc.readers.notebook", begins=(b"{",)),
    Format("trainer-state", "logdoc.readers.trainer_state", begins=(b"{",)),
    Format("neptune", "logdoc.readers.neptune", begins=(b'{"obj"',)),
    Format("jsonlines", "logdoc.readers.jsonlines", begins=(b"{", *_WIDE, _EMPTIED)),
    Format("sacred", "logdoc.readers.sacred", begins=(b"{",)),
    Format("json", "logdoc.readers.history", begins=(b"{", b"[")),
    Format("mlflow", "logdoc.readers.mlflow", within="metrics"),
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
