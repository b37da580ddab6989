"""A callback for the Trainer of Hugging Face Transformers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from transformers import TrainerCallback

from logdoc.hook.adapters import begun, guarded, numbers_of, stated
from logdoc.hook.alarms import Alerts
from logdoc.hook.cadence import Cadence

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from logdoc.hook.alarms import Alarm
    from logdoc.hook.watched import Watch

_SUMMARY = ("runtime", "_per_second", "total_flos", "train_loss")  # of a whole training or evaluation, not of a step


class LogdocCallback(TrainerCallback):
    """Watches the training of a Trainer: ``Trainer(..., callbacks=[LogdocCallback()])``.

    Steps are counted as the Trainer counts them: the first is 1, and its loss at step n is the mean since it logged
    last.

    Args:
        logdir: a folder; by default ``logdoc`` in the trainer's ``output_dir``.
        every: as in `logdoc.hook.watch`.
        alarm: called with every alarm that `logdoc watch` raises over the log.
        on_alarm: ``"stop"`` the training, ``"save"`` a checkpoint, or both, at the first alarm of a single process.
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

    @guarded
    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Start the watch."""
        if self.watching is not None and not self.watching.closed:  # out of memory, and again with a smaller batch
            self.watching.ended("exception", "training began again before it had ended")
            self.watching.close()
        model = kwargs["model"]
        logdir = self.logdir or Path(args.output_dir) / "logdoc"
        self.watching = begun(model, kwargs["optimizer"], logdir, {"step": state.global_step + 1, **self._options})
        self.watching.meta(**_about(args, state), **_about_task(model))

    @guarded
    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Log what the trainer logs, but for learning rates and the summary at the end."""
        if self.watching is None or not logs:
            return
        values = {name: value for name, value in logs.items() if not name.endswith(_SUMMARY)}
        if args.max_grad_norm <= 0:
            values.pop("grad_norm", None)  # without clipping it is what the hook computes itself
        numbers = numbers_of(values)
        if numbers:
            self.watching.log(step=state.global_step, **numbers)

    @guarded
    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Stop or save where an alarm asks for it; the Trainer does both itself."""
        actions = self._alerts.due(processes=args.world_size)
        control.should_save |= "save" in actions
        control.should_training_stop |= "stop" in actions

    @guarded
    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close the log."""
        if self.watching is not None:
            self.watching.close()


def _about(args: Any, state: Any) -> dict[str, Any]:
    """Return the facts that the arguments tell, under names that the analyser knows."""
    return stated(
        clip=args.max_grad_norm if args.max_grad_norm > 0 else None,
        batch_size=args.per_device_train_batch_size,
        accumulation=args.gradient_accumulation_steps,
        num_train_epochs=args.num_train_epochs,
        max_steps=state.max_steps,
        warmup_steps=getattr(args, "warmup_steps", None),
        warmup_ratio=getattr(args, "warmup_ratio", None),
        label_smoothing=args.label_smoothing_factor,
        scheduler=str(getattr(args.lr_scheduler_type, "value", args.lr_scheduler_type)),
        seed=args.seed,
        precision="bf16" if args.bf16 else "fp16" if args.fp16 else None,
        logging_steps=state.logging_steps,
        # With this on, which is the default, the trainer replaces losses that are not finite before anybody sees them.
        logging_nan_inf_filter=args.logging_nan_inf_filter,
    )


def _about_task(model: Any) -> dict[str, Any]:
    """Return the number of classes of a sequence classifier, and the size of the vocabulary."""
    config: Any = getattr(model, "config", None)
    labels = getattr(config, "num_labels", None)
    problem = getattr(config, "problem_type", None) or "single_label_classification"
    classifies = type(model).__name__.endswith("ForSequenceClassification") and problem == "single_label_classification"
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    return stated(
        num_classes=labels if classifies and isinstance(labels, int) and labels > 1 else None,
        vocab_size=getattr(text, "vocab_size", None),
    )
