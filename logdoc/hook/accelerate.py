"""A tracker for Hugging Face Accelerate."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from accelerate.state import PartialState
from accelerate.tracking import GeneralTracker

from logdoc.hook.adapters import begun, guarded, numbers_of
from logdoc.hook.eventfile import EventFile, event_path

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from torch import nn
    from torch.optim import Optimizer

    from logdoc.hook.watched import Watch


class LogdocTracker(GeneralTracker):  # type: ignore[misc]
    """Writes what ``accelerator.log`` gets, and the statistics of the layers once ``watch`` is called.

    Hand it to ``Accelerator(log_with=[tracker])`` and keep it: Accelerate knows its trackers on the main process
    only, while every rank may call ``watch``.

    Args:
        run_name: a folder below `logging_dir`.
        logging_dir: where the logs of all runs are.
    """

    name = "logdoc"
    requires_logging_directory = True
    main_process_only = False  # every rank watches its own copy of the model

    def __init__(self, run_name: str, logging_dir: str | os.PathLike[str]) -> None:
        super().__init__()
        self.logdir = Path(logging_dir) / run_name
        self.watching: Watch | None = None
        self._file: EventFile | None = None
        self._config: dict[str, Any] = {}
        self._step = 0

    @property
    def tracker(self) -> Watch | None:
        """The open watch, None before ``watch`` is called."""
        return self.watching

    def watch(self, model: nn.Module, optimizer: Optimizer | Sequence[Optimizer], **options: Any) -> Watch:
        """Watch a model from now on; what is logged goes into the same log. Call it after ``accelerator.prepare``,
        on every rank.

        Args:
            model: prepared or not.
            optimizer: prepared or not.
            options: of `logdoc.hook.watch`.

        Raises:
            TypeError, ValueError: as `logdoc.hook.watch`.
        """
        self._close_file()
        self.watching = begun(model, optimizer, self.logdir, options)
        self.watching.meta(**self._config)
        return self.watching

    @guarded
    def store_init_configuration(self, values: Mapping[str, Any]) -> None:
        """Write the hyper-parameters to ``config.json`` beside the log, and hand them to the watch."""
        self._config = {str(name): value for name, value in values.items() if str(name) != "self"}
        if self.watching is not None:
            self.watching.meta(**self._config)
        if PartialState().is_main_process:
            self.logdir.mkdir(parents=True, exist_ok=True)
            (self.logdir / "config.json").write_text(
                json.dumps(self._config, indent=1, default=str) + "\n", encoding="utf-8"
            )

    @guarded
    def log(self, values: Mapping[str, Any], step: int | None = None, **kwargs: Any) -> None:
        """Log numbers and tensors of one element; the names are those of `logdoc.hook.Watch.log`.

        Args:
            values: by name; what is no number is left out.
            step: by default the one of the watch, or without a watch the number of calls so far.
        """
        numbers = numbers_of(values)
        if self.watching is not None:
            self.watching.log(step=None if step is None else int(step), **numbers)
            return
        at = self._step if step is None else int(step)
        self._step = at + 1
        if numbers and PartialState().is_main_process:
            now = time.time()
            if self._file is None:
                self.logdir.mkdir(parents=True, exist_ok=True)
                self._file = EventFile(event_path(self.logdir, now), now)
            self._file.scalars(at, now, list(numbers), np.array([float(value) for value in numbers.values()]))
            self._file.flush()

    @guarded
    def finish(self) -> None:
        """Close the log; called by ``accelerator.end_training``."""
        self._close_file()
        if self.watching is not None:
            self.watching.close()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
