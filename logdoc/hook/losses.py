"""How a loss is computed: the two forms of a loss function, batches of any shape, and the modes of a model."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

Form = Literal["model", "criterion"]

_MODELS = (
    "model",
    "net",
    "network",
    "module",
    "m",
    "mdl",
)  # how people call the first argument of loss_fn(model, batch)
_OUTPUTS = (
    "input",
    "inputs",
    "output",
    "outputs",
    "out",
    "logits",
    "pred",
    "preds",
    "prediction",
    "predictions",
    "y_pred",
    "y_hat",
    "yhat",
    "scores",
    "x",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One evaluation: the loss as a 0-d tensor and, where the outputs are known to be class scores, the share of right
    answers.
    """

    loss: Tensor
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss function and the form in which it is called."""

    function: Callable[..., Any]
    form: Form

    def __call__(self, model: nn.Module, batch: Any, criterion: nn.Module | None = None) -> Measured:
        """Evaluate `model` on `batch`; `criterion` stands for the function when that is a module of which a copy was
        made.

        Raises:
            TypeError: the result is not one number.
        """
        function = self.function if criterion is None else criterion
        if self.form == "model":
            seen: list[Any] = []
            with model.register_forward_hook(lambda module, args, outputs: seen.append(outputs)):
                loss = _scalar(function(model, batch))
            return Measured(loss, _accuracy_of_only(seen, batch))
        inputs, targets = batch
        outputs = call_model(model, inputs)
        return Measured(_scalar(function(outputs, targets)), _accuracy(outputs, targets))


def call_model(model: nn.Module, inputs: Any) -> Any:
    """Return ``model(inputs)``; a tuple or list becomes positional arguments, a mapping becomes named ones."""
    if isinstance(inputs, Mapping):
        return model(**inputs)
    if isinstance(inputs, tuple | list):
        return model(*inputs)
    return model(inputs)


def is_pair(batch: Any) -> bool:
    """Tell whether a batch can be taken apart into inputs and targets."""
    return isinstance(batch, tuple | list) and len(batch) == 2


def form_by_name(function: Callable[..., Any], batch: Any) -> Form | None:
    """Return the form that the kind of the function or the name of its first argument tells, else None.

    Only a pair can be given to a criterion. A module is a criterion.
    """
    if not is_pair(batch):
        return "model"
    if isinstance(function, nn.Module):
        return "criterion"
    try:
        names = [
            p.name.lower()
            for p in inspect.signature(function).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        return None
    if names and names[0] in _MODELS:
        return "model"
    return "criterion" if names and names[0] in _OUTPUTS else None


def form_by_trying(function: Callable[..., Any], model: nn.Module, batch: Any) -> Form:
    """Return the first form, of a model and a batch or of a criterion, in which the function returns one number.

    Raises:
        RuntimeError: in neither form; the message has both errors.
    """
    errors = []
    forms: tuple[Form, ...] = ("model", "criterion")
    for form in forms:
        try:
            Loss(function, form)(model, batch)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
        else:
            return form
    raise RuntimeError(
        f"loss_fn works neither as loss_fn(model, batch) ({errors[0][:160]}) nor as loss_fn(model(inputs), "
        f"targets) ({errors[1][:160]})"
    )


def _scalar(result: Any) -> Tensor:
    if not isinstance(result, torch.Tensor):
        raise TypeError(f"loss_fn returned a {type(result).__name__}; it must return one number as a tensor")
    if result.numel() != 1:
        raise TypeError(
            f"loss_fn returned a tensor of shape {tuple(result.shape)}; it must return one number, such as the mean"
        )
    return result.reshape(())


def _accuracy(outputs: Any, targets: Any) -> float | None:
    if not isinstance(outputs, torch.Tensor) or not isinstance(targets, torch.Tensor):
        return None
    if targets.dtype != torch.int64 or outputs.ndim < 2 or not targets.numel():
        return None
    answers = outputs.detach().argmax(dim=1)
    return float((answers == targets).double().mean()) if answers.shape == targets.shape else None


def _accuracy_of_only(seen: list[Any], batch: Any) -> float | None:
    """Return the accuracy where the model was called once, gave class scores, and the batch holds exactly one tensor
    that can be their targets.
    """
    if len(seen) != 1:
        return None
    outputs = seen[0].get("logits") if isinstance(seen[0], Mapping) else seen[0]
    found: list[float | None] = []
    mapped(batch, lambda part: found.append(_accuracy(outputs, part)))
    known = [value for value in found if value is not None]
    return known[0] if len(known) == 1 else None


def rows_of(batch: Any) -> int | None:
    """Return the length of the first dimension of the first tensor in a batch, None when there is none."""
    if isinstance(batch, torch.Tensor):
        return batch.shape[0] if batch.ndim else None
    parts = batch.values() if isinstance(batch, Mapping) else batch if isinstance(batch, tuple | list) else ()
    return next((rows for rows in map(rows_of, parts) if rows is not None), None)


def first_rows(batch: Any, most: int) -> Any:
    """Return a batch with at most `most` rows: every tensor, and every list of texts or numbers, as long as the first
    tensor is cut.
    """
    rows = rows_of(batch)
    if rows is None or rows <= most:
        return batch

    def cut(part: Any) -> Any:
        if isinstance(part, torch.Tensor):
            return part[:most] if part.ndim and part.shape[0] == rows else part
        if isinstance(part, list) and len(part) == rows:
            return part[:most]
        return part

    return mapped(batch, cut)


def moved(batch: Any, device: torch.device) -> Any:
    """Return a batch with all tensors on a device."""
    return mapped(batch, lambda part: part.to(device) if isinstance(part, torch.Tensor) else part)


def mapped(batch: Any, change: Callable[[Any], Any]) -> Any:
    """Return a batch in which everything that is no container was changed, and lists of texts or numbers as a whole.

    Containers keep their type where they can.
    """
    if isinstance(batch, torch.Tensor):
        return change(batch)
    if isinstance(batch, Mapping):
        made = {key: mapped(value, change) for key, value in batch.items()}
        try:
            return type(batch)(made)  # type: ignore[call-arg]
        except Exception:
            return made
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(mapped(part, change) for part in batch))
    if isinstance(batch, list) and all(isinstance(part, str | int | float) for part in batch):
        return change(batch)
    if isinstance(batch, tuple | list):
        return type(batch)(mapped(part, change) for part in batch)
    return change(batch)


@contextmanager
def quiet(model: nn.Module) -> Iterator[None]:
    """Switch dropout off, but let batch norm go on with the statistics of the batch; flags and buffers come back
    afterwards.
    """
    norms = [m for m in model.modules() if m.training and isinstance(m, nn.modules.batchnorm._NormBase)]
    with modes_kept(model):
        model.eval()
        for norm in norms:
            norm.training = True
        yield


@contextmanager
def modes_kept(model: nn.Module) -> Iterator[None]:
    """Bring training flags and buffers back afterwards."""
    flags = [(module, module.training) for module in model.modules()]
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    try:
        yield
    finally:
        for module, training in flags:
            module.training = training
        with torch.no_grad():
            for buffer, values in buffers:
                buffer.copy_(values)


def to_train(model: nn.Module) -> None:
    """Bring a model into training mode; one that is in it keeps the parts that its owner holds in evaluation mode
    (frozen batch norm).
    """
    if not model.training:
        model.train()
