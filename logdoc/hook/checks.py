"""What the playbooks ask for before a training, done on copies and written as logs that logdoc reads."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from logdoc.hook.gradients import check_gradients
from logdoc.hook.keeping import Copies, fresh_copies, kept, seed_all
from logdoc.hook.losses import (
    Form,
    Loss,
    first_rows,
    form_by_name,
    form_by_trying,
    modes_kept,
    moved,
    rows_of,
    to_train,
)
from logdoc.hook.names import in_optimizers
from logdoc.hook.notices import warn
from logdoc.hook.preflight_log import Found, write_run
from logdoc.hook.trials import OverfitTest, RangeTest, overfit_batch, peak_rate, set_rates, try_rates

if TYPE_CHECKING:
    from collections.abc import Callable

SUMMARY, OVERFIT = "preflight", "overfit-test"  # folders under the one that is given
ROWS = 16  # of the batch that is overfit
_FEWER_ROWS = 4  # of the further tries, with Adam
_GRADIENT_ROWS = 2
_ADAM_RATES = (1e-3, 1e-2, 1e-4)  # one of them suits almost every network that can learn at all
_NAMED = 100  # parameters that get a scalar of their own
_SETTLING = 100  # passes after which running averages with a momentum of 0.1 have forgotten the training


def preflight(
    model: nn.Module,
    loss_fn: Callable[..., Any],
    batch: Any,
    optimizer: torch.optim.Optimizer,
    logdir: str | Path = "runs/preflight",
    *,
    num_classes: int | None = None,
    steps: int = 200,
    classification: bool | None = None,
) -> Path:
    """Check a model before its training and write what was found as logs; `logdoc analyze <logdir>` judges them.

    Written are ``<logdir>/preflight/`` (the first loss, parameters that are not trained, gradients of modules of
    one's own against numerical
    ones, training against evaluation mode, a range of learning rates) and ``<logdir>/overfit-test/`` (the course of
    overfitting a small batch). What an earlier preflight wrote there is replaced. Everything runs on deep copies, on
    the device of the
    model: there must be room
    for two more models and optimizers. Model, optimizer, gradients and random numbers are afterwards bit by bit what
    they were. A check that fails becomes a
    note in the summary.

    Args:
        model: on its device; wrappers of `torch.compile` and of data parallelism are looked through.
        loss_fn: either ``loss_fn(model, batch)``, or a criterion ``loss_fn(model(inputs), targets)`` when `batch` is
            a pair; both return one
            number as a tensor. A module is a criterion, and so is a function whose first argument is called input,
            output, logits, pred ...;
            one whose first argument is called model, net or network gets the model. Otherwise both are tried on a
            copy, the model first.
        batch: one batch as training gives it; its tensors are moved to the model. Inputs in a tuple or a mapping
            become several arguments.
        optimizer: as it will train.
        logdir: folder for the logs; made where it is missing.
        num_classes: of a classifier; lets logdoc compare the first loss with chance level, ln(num_classes).
        steps: the most updates of overfitting the batch, for each of at most four tries.
        classification: whether it is a classifier; by default it is when `num_classes` is given.

    Returns:
        `logdir`.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: an argument is out of range, the folder cannot be written, or parameters of the model have no
            values yet.
    """
    folder = _checked(model, loss_fn, optimizer, logdir, num_classes, steps)
    bare = _unwrapped(model)
    subject = _Subject(bare, loss_fn, optimizer, _on_device_of(bare, batch), steps)
    found = Found()
    modules = [bare, loss_fn] if isinstance(loss_fn, nn.Module) else [bare]
    with torch.inference_mode(False), torch.enable_grad(), kept(modules, optimizer):
        for name, check in _CHECKS:
            seed_all(0)
            try:
                check(subject, found)
            except Exception as error:
                found.note(f"{name}: {type(error).__name__}: {error}")
    if classification is None:
        classification = num_classes is not None
    _write(folder, subject, found, num_classes if classification else None, classification=classification)
    return folder


def _checked(model: Any, loss_fn: Any, optimizer: Any, logdir: Any, num_classes: Any, steps: Any) -> Path:
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not a {type(model).__name__}")
    if not callable(loss_fn):
        raise TypeError(
            "loss_fn must be a function of (model, batch) or a criterion of (outputs, targets), not a "
            f"{type(loss_fn).__name__}"
        )
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer must be a torch.optim.Optimizer, not a {type(optimizer).__name__}; give the inner "
            "one of a wrapper"
        )
    if not isinstance(logdir, str | Path):
        raise TypeError(f"logdir must be a path, not a {type(logdir).__name__}")
    if num_classes is not None and (
        isinstance(num_classes, bool) or not isinstance(num_classes, int) or num_classes < 2
    ):
        raise ValueError(f"num_classes must be a whole number of at least 2, not {num_classes!r}")
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps must be a whole number of at least 1, not {steps!r}")
    folder = Path(logdir)
    try:
        for name in (SUMMARY, OVERFIT):
            (folder / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"logdir {folder} cannot be written: {error.strerror or error}") from error
    return folder


def _unwrapped(model: nn.Module) -> nn.Module:
    while True:
        inner = getattr(model, "_orig_mod", None)
        if inner is None and isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
            inner = model.module
        if not isinstance(inner, nn.Module):
            return model
        model = inner


def _on_device_of(model: nn.Module, batch: Any) -> Any:
    devices = {p.device for p in model.parameters()}
    return (
        moved(batch, devices.pop()) if len(devices) == 1 else batch
    )  # a model on several devices knows where its inputs belong


class _Subject:
    """What is checked. The originals are only read."""

    def __init__(
        self, model: nn.Module, loss_fn: Callable[..., Any], optimizer: torch.optim.Optimizer, batch: Any, steps: int
    ) -> None:
        self.model, self.loss_fn, self.optimizer, self.batch, self.steps = model, loss_fn, optimizer, batch, steps
        self._form: Form | None = form_by_name(loss_fn, batch)
        self._cut: dict[int, Any] = {}

    def copies(self) -> Copies:
        """Return copies that a check may spoil."""
        return fresh_copies(self.model, self.optimizer, self.loss_fn if isinstance(self.loss_fn, nn.Module) else None)

    @property
    def loss(self) -> Loss:
        """The loss function in its form, which is tried out where its name does not tell."""
        if self._form is None:
            self._form = form_by_trying(self.loss_fn, self.copies().model, self.batch)
        return Loss(self.loss_fn, self._form)

    def small(self, rows: int) -> Any:
        """Return the first rows of the batch, or all of it where the loss cannot be computed on fewer."""
        if rows not in self._cut:
            cut = first_rows(self.batch, rows)
            if cut is not self.batch:
                made = self.copies()
                to_train(made.model)
                try:
                    with torch.no_grad():
                        self.loss(made.model, cut, made.criterion)
                except Exception:
                    cut = self.batch
            self._cut[rows] = cut
        return self._cut[rows]

    @property
    def rates(self) -> list[float]:
        """The rate that each group of the optimizer is meant to reach; 0 for one without."""
        return [peak_rate(group) or 0.0 for group in self.optimizer.param_groups]

    @property
    def optimizer_name(self) -> str:
        return type(self.optimizer).__name__


def _check_parameters(subject: _Subject, found: Found) -> None:
    """Which parameters that take a gradient are in no group of the optimizer."""
    held = in_optimizers([subject.optimizer])
    mine = list(subject.model.named_parameters())
    own = {id(p) for _, p in mine}
    trained = [(name, p) for name, p in mine if p.requires_grad]
    missing = [(name, p) for name, p in trained if id(p) not in held]
    found.put("preflight/params_trainable", len(trained))
    found.put("preflight/params_missing", len(missing))
    found.put("preflight/params_foreign", len(held - own))
    _list_parameters(found, "params_missing", missing)


def _check_losses(subject: _Subject, found: Found) -> None:
    """The first loss, in both modes, and which parameters get no gradient from it."""
    made = subject.copies()
    to_train(made.model)
    made.optimizer.zero_grad(set_to_none=True)
    loss = subject.loss(made.model, subject.batch, made.criterion).loss
    found.put("preflight/initial_loss", loss.item())
    if not loss.requires_grad:
        found.note("the loss does not depend on any parameter through a gradient")
    else:
        loss.backward()  # type: ignore[no-untyped-call]
    held = in_optimizers([made.optimizer])
    without = [
        (name, p) for name, p in made.model.named_parameters() if p.requires_grad and id(p) in held and p.grad is None
    ]
    found.put("preflight/params_without_gradient", len(without))
    _list_parameters(found, "params_without_gradient", without)


def _list_parameters(found: Found, what: str, parameters: list[tuple[str, nn.Parameter]]) -> None:
    for name, parameter in parameters[:_NAMED]:
        found.put(f"preflight/{what}/{name}", parameter.numel())
    if parameters:
        found.texts[f"preflight/{what}"] = [f"{name} {tuple(p.shape)}" for name, p in parameters]


def _check_overfit(subject: _Subject, found: Found) -> None:
    """Overfit a small batch with the own optimizer; where that fails, fewer rows with Adam: what succeeds then
    has no fault but its learning rate.
    """
    small = subject.small(ROWS)
    first = subject.copies()
    _compare_modes(subject, found, first, small, 0)
    set_rates(first.optimizer, subject.rates)
    chosen, test, rows = (
        first,
        overfit_batch(subject.loss, first.model, first.optimizer, first.criterion, small, subject.steps),
        small,
    )
    found.put("preflight/overfit_left", test.left)
    settings = {"optimizer": subject.optimizer_name, "lr": max(subject.rates, default=0.0)}
    for rate in _ADAM_RATES if not test.learned else ():
        seed_all(0)
        with suppress(Exception):  # Adam may not take what the own optimizer takes; the first try stands then
            again, fewer = subject.copies(), subject.small(_FEWER_ROWS)
            held = [p for group in again.optimizer.param_groups for p in group["params"] if p.requires_grad]
            tried = overfit_batch(
                subject.loss, again.model, torch.optim.Adam(held, lr=rate), again.criterion, fewer, subject.steps
            )
            if tried.learned or not tried.left >= test.left:
                chosen, test, rows, settings = again, tried, fewer, {"optimizer": "Adam", "lr": rate}
        if test.learned:
            found.put("preflight/overfit_left_adam", test.left)
            break
    found.overfit = test
    found.overfit_config = {**settings, "batch_size": rows_of(rows)}
    _compare_modes(subject, found, chosen, rows, max(len(test.losses), 1))


@torch.no_grad()
def _compare_modes(subject: _Subject, found: Found, made: Copies, batch: Any, step: int) -> None:
    """Write the loss of a batch in training and in evaluation mode."""
    before = [b.detach().clone() for b in made.model.buffers()]
    with modes_kept(made.model):
        to_train(made.model)
        found.put("preflight/train_loss", subject.loss(made.model, batch, made.criterion).loss.item(), step)
        if step and any(not torch.equal(b, old) for b, old in zip(made.model.buffers(), before, strict=True)):
            # Running averages lag behind weights that moved fast; at the end of a training they do not.
            for _ in range(_SETTLING):
                subject.loss(made.model, batch, made.criterion)
        made.model.eval()
        found.put("preflight/eval_loss", subject.loss(made.model, batch, made.criterion).loss.item(), step)


def _check_gradients(subject: _Subject, found: Found) -> None:
    """Analytic against numerical gradients of modules of one's own."""
    few = subject.small(_GRADIENT_ROWS)
    made = subject.copies()
    to_train(made.model)
    errors, notes = check_gradients(made.model, lambda model: subject.loss(model, few, made.criterion).loss)
    for one in errors:
        found.put(f"preflight/grad_error/{one.module}", one.error)
    for note in notes:
        found.note(note)
    if errors:
        found.texts["preflight/grad_error"] = [
            f"{e.module} ({e.kind}): {e.error:.1e}" + (f" at {e.tensor}" if e.tensor else "") for e in errors
        ]


def _check_rates(subject: _Subject, found: Found) -> None:
    """A range of learning rates."""
    if not any("lr" in group for group in subject.optimizer.param_groups):
        found.note("range of learning rates: the optimizer has no rate")
        return
    made = subject.copies()
    test = try_rates(subject.loss, made.model, made.optimizer, made.criterion, subject.batch)
    for i, (rate, value) in enumerate(zip(test.rates, test.losses, strict=True)):
        found.put("lr_range/lr", rate, i)
        found.put("lr_range/loss", value, i)
    _conclude_rates(test, found)


def _conclude_rates(test: RangeTest, found: Found) -> None:
    if not test.fell:
        found.note("range of learning rates: the loss fell at no rate, so nothing can be said about rates")
        return
    stable = test.largest_stable
    found.put("preflight/largest_stable_lr", stable)
    found.put("preflight/suggested_lr", stable / 2)
    found.put("preflight/steepest_lr", test.steepest)
    end = "" if test.blown_up else ", the end of the range: no rate was too large"
    found.texts["preflight/learning_rate"] = [
        f"largest stable rate {stable:.2g}{end}",
        f"half of it {stable / 2:.2g}, to start from",
        f"steepest descent at {test.steepest:.2g}",
    ]


_CHECKS: tuple[tuple[str, Callable[[_Subject, Found], None]], ...] = (
    ("parameters of the optimizer", _check_parameters),
    ("first loss", _check_losses),
    ("overfitting a small batch", _check_overfit),
    ("gradients", _check_gradients),
    ("range of learning rates", _check_rates),
)


def _write(folder: Path, subject: _Subject, found: Found, num_classes: int | None, *, classification: bool) -> None:
    rate = max(subject.rates, default=0.0)
    config: dict[str, Any] = {
        "preflight": True,
        "optimizer": subject.optimizer_name,
        "lr": rate,
        "num_classes": num_classes,
    }
    if classification:
        config["task"] = "classification"
    loss_name = getattr(subject.loss_fn, "__name__", type(subject.loss_fn).__name__)
    if loss_name.isidentifier():
        config["loss"] = loss_name
    if num_classes is not None:
        found.put("preflight/chance_loss", math.log(num_classes))
    found.put("preflight/notes", len(found.notes))
    if found.notes:
        found.texts["preflight/notes"] = found.notes
    test = found.overfit or OverfitTest()
    curves = {
        tag: list(enumerate(values))
        for tag, values in (("train/loss", test.losses), ("train/accuracy", test.accuracies))
        if values
    }
    try:
        write_run(
            folder / SUMMARY, {**config, "preflight_notes": "; ".join(found.notes[:3])}, found.scalars, found.texts
        )
        write_run(folder / OVERFIT, {**config, **found.overfit_config, "overfit_test": True}, curves, {})
    except OSError as error:
        warn(f"what the preflight found could not be written to {folder}: {error.strerror or error}")
