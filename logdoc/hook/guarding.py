"""Keeps what fails in the hook away from the training."""

from __future__ import annotations

import os
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")


def guarded(method: Callable[_P, None]) -> Callable[_P, None]:
    """Make a method of a watch end in one warning where it would raise, and do nothing in a forked process."""

    @wraps(method)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> None:
        """Call the method of a watch that is open and of this process."""
        watch: Any = args[0]
        if watch.closed:
            return
        if os.getpid() != watch._process:  # a forked worker holds a copy of everything but the thread
            watch.closed = True
            return
        try:
            method(*args, **kwargs)
        except Exception as error:  # training must go on whatever happens here
            watch._failed(error)

    return call
