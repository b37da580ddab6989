"""The text of the program that wrote a log, as it was found beside it. Nothing of it is ever run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logdoc.model.run import ConfigValue


@dataclass(frozen=True, slots=True)
class ProgramText:
    """One file of a program.

    Attributes:
        path: relative posix path, as reports show it.
        text: its content.
        main: the log, or the user, names it as the program that was started.
    """

    path: str
    text: str
    main: bool = False


@dataclass(frozen=True, slots=True)
class ProgramSetting:
    """A setting that the text of a program shows, under the key that a configuration would have it by.

    Attributes:
        key: ``lr``, ``batch_size``.
        value: as written.
        place: file and line: ``train.py:12``.
    """

    key: str
    value: ConfigValue
    place: str
