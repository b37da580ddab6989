"""A callback for Lightning (`lightning.pytorch` or `pytorch_lightning`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch

try:
    from lightning.pytorch.callbacks import Callback
except ModuleNotFoundError:
    from pytorch_lightning.callbacks import Callback  # type: ignore[assignment]

from logdoc.hook.adapters import begun, guarded, numbers_of, stated
from logdoc.hook.alarms import Alerts
from logdoc.hook.cadence import Cadence

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from logdoc.hook.alarms import Alarm
    from logdoc.hook.watched import Watch

_LOSS = "train/loss"


class LogdocCallback(Callback):
    """Watches the fit of a Trainer: ``Trainer(callbacks=[LogdocCallback()])``.

    The loss of every step comes from what ``training_step`` returns; values of ``self.log`` are written at the steps
    at which Lightning logs them.
    No value is waited for. Steps are counted as Lightning's loggers count them.

    Args:
        logdir: a folder; by default ``logdoc`` in the folder of the trainer's first logger, or in its
            ``default_root_dir`` without one.
        every: as in `logdoc.hook.watch`.
        alarm: called with every alarm that `logdoc watch` raises over the log.
        on_alarm: ``"stop"`` the training, ``"save"`` a checkpoint beside the log, or both, at the first alarm of a
            single process.
        options: further arguments of `logdoc.hook.watch`.

    Raises:
        ValueError: when `every` or `on_alarm` can never work.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str] | None = None,
        every: int | Literal["auto"] = "auto",
        *,
        alarm: Callable[[Alarm], None] | None = None,
        on_alarm: str | Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        Cadence(every)
        self._alerts = Alerts(alarm, on_alarm)
        self.logdir = logdir
        self.watching: Watch | None = None
        self._options = {"every": every, **self._alerts.options(), **options}
        self._forget()

    def _forget(self) -> None:
        self._losses: list[torch.Tensor] = []  # of the micro-batches of this step
        self._stepped = 0
        self._by_step: set[str] | None = None  # names that are logged at steps
        self._by_epoch: set[str] = set()
        self._in_validation: set[str] = set()
        self._seen: dict[str, Any] = {}
        self._before: tuple[dict[str, Any], dict[str, Any]] = {}, {}

    @guarded
    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Start the watch."""
        self._forget()
        self._stepped = trainer.global_step
        logdir = self.logdir or Path(trainer.log_dir or trainer.default_root_dir) / "logdoc"
        plugin = getattr(trainer, "precision_plugin", None)
        options = {"scaler": getattr(plugin, "scaler", None), "step": _step(trainer), **self._options}
        self.watching = begun(pl_module, trainer.optimizers, logdir, options)
        self.watching.meta(
            **stated(
                max_epochs=_limit(trainer.max_epochs),
                max_steps=_limit(trainer.max_steps),
                accumulation=trainer.accumulate_grad_batches,
                gradient_clip_val=trainer.gradient_clip_val,
                gradient_clip_algorithm=trainer.gradient_clip_algorithm if trainer.gradient_clip_val else None,
                precision=str(trainer.precision),
                batch_size=getattr(trainer.train_dataloader, "batch_size", None),
            )
        )

    @guarded
    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Log the loss of the step once all of its micro-batches are there, and what Lightning logs at this step."""
        if self.watching is None:
            return
        loss = outputs.get("loss") if hasattr(outputs, "get") else outputs
        if isinstance(loss, torch.Tensor) and loss.numel() == 1:
            # Lightning has divided the loss of a micro-batch by their number.
            self._losses.append(
                loss.detach() * (trainer.accumulate_grad_batches if pl_module.automatic_optimization else 1)
            )
        if trainer.global_step == self._stepped:
            return
        self._stepped = trainer.global_step
        step, values = _step(trainer), {}
        due = trainer.log_every_n_steps and (step + 1) % trainer.log_every_n_steps == 0
        if due or self._by_step is None:
            logged = dict(trainer.logged_metrics)
            self._by_step = (self._by_step or set()) | set(logged) - self._in_validation - self._by_epoch
            values = numbers_of({name: value for name, value in logged.items() if name in self._by_step}) if due else {}
        if self._losses:
            values.pop(f"{_LOSS}_step", None)
            values[_LOSS] = torch.stack([loss.float() for loss in self._losses]).mean()
            self._losses = []
        if values:
            self.watching.log(step=step, **values)
        self._act(trainer)

    def _act(self, trainer: Any) -> None:
        """Stop or save where an alarm asks for it."""
        actions = self._alerts.due(processes=trainer.world_size)
        if "save" in actions and self.watching is not None:
            trainer.save_checkpoint(self.watching.logdir / f"alarm-step{_step(trainer)}.ckpt")
        if "stop" in actions:
            trainer.should_stop = True

    @guarded
    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Log the means of the epoch before."""
        self._log_epoch(trainer)

    @guarded
    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        """Remember what there is, to tell what this validation adds."""
        if self.watching is not None:
            self._before = dict(trainer.callback_metrics), dict(trainer.logged_metrics)

    @guarded
    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Log what this validation has found."""
        if self.watching is None or trainer.sanity_checking:
            return
        before, logged_before = self._before
        found = _changed(trainer.callback_metrics, before)
        self._in_validation |= set(found) | set(_changed(trainer.logged_metrics, logged_before))
        kept = {
            name: value
            for name, value in found.items()
            if "_epoch" not in name or name.replace("_epoch", "", 1) not in found
        }
        self.watching.log(step=_step(trainer), **numbers_of(kept, validation=True))

    @guarded
    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Log the means of the last epoch."""
        self._log_epoch(trainer)

    @guarded
    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Close the log with what ended the training."""
        if self.watching is not None:
            kind = "signal" if isinstance(exception, KeyboardInterrupt) else "exception"
            self.watching.ended(kind, f"{type(exception).__name__}: {exception}"[:500])
        self._close()

    @guarded
    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """Close the log."""
        self._close()

    @guarded
    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Close the log of a fit that did not come to its end."""
        self._close()

    def _close(self) -> None:
        if self.watching is not None:
            self.watching.close()

    def _log_epoch(self, trainer: Any) -> None:
        """Log what is new since the last epoch and neither of a step nor of a validation.

        Lightning calls callbacks before it takes the means of an epoch, so that they are there only when the next
        epoch begins.
        """
        if self.watching is None or self._by_step is None:
            return
        logged = dict(trainer.logged_metrics)
        new = _changed(logged, self._seen)
        self._seen = logged
        self._by_epoch |= set(new) - self._by_step - self._in_validation
        values = numbers_of({name: value for name, value in new.items() if name in self._by_epoch})
        if _LOSS in values:
            values[f"{_LOSS}_epoch"] = values.pop(_LOSS)
        if values:
            self.watching.log(step=max(0, _step(trainer) - 1), **values)


def _step(trainer: Any) -> int:
    """Return the step of Lightning's loggers: with several optimizers, `global_step` counts every one of them."""
    loop = getattr(trainer.fit_loop, "epoch_loop", None)
    return int(getattr(loop, "_batches_that_stepped", trainer.global_step))


def _limit(number: int | None) -> int | None:
    return None if number is None or number < 0 else number


def _changed(now: Any, before: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in dict(now).items() if value is not before.get(name)}
