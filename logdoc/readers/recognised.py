"""What files were recognised as, for whoever looks through the same folder again.

Every format judges the beginning of a file and its name, nothing else: a digest of both stands for the answer, and
no change of a file can make a remembered one wrong.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Answer = tuple[str, str] | None  # name of the format, how it was recognised; None: no format by its beginning


class Recognised:
    """The answers of an earlier call, and those of this one."""

    def __init__(self, known: Mapping[str, Answer]) -> None:
        self._known = known
        self._asked: dict[str, Answer] = {}
        self._fresh = False

    def answer(self, head: bytes, name: str, ask: Callable[[], Answer]) -> Answer:
        """Return what a file is that begins so and is named so; where that is not known, what `ask` returns.

        Args:
            head: its first bytes.
            name: its path below the folder that is searched.
            ask: asks every format.
        """
        digest = hashlib.blake2b(name.encode("utf-8", "surrogateescape") + b"\0", digest_size=16)
        digest.update(head)
        key = digest.hexdigest()
        if key in self._known:
            found = self._known[key]
        else:
            found, self._fresh = ask(), True
        self._asked[key] = found
        return found

    @property
    def fresh(self) -> bool:
        """Whether the answers of this call are others than those of the earlier one."""
        return self._fresh or len(self._asked) < len(self._known)

    @property
    def answers(self) -> Mapping[str, Answer]:
        """Whatever was asked for in this call."""
        return self._asked
