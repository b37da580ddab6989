"""What is done before a training: nothing of the caller's changes, and faults that were put in are found in the logs
that were written.
"""

from __future__ import annotations

import copy
import random
import warnings
from pathlib import Path

import numpy as np
import pytest

import logdoc.api as api

torch = pytest.importorskip("torch", reason="torch is not installed; the checks before training need it")

from logdoc.hook.checks import preflight  # noqa: E402 - they need torch
from logdoc.hook.gradients import check_gradients  # noqa: E402
from logdoc.hook.losses import first_rows, form_by_name  # noqa: E402
from logdoc.hook.trials import RangeTest  # noqa: E402

nn, functional = torch.nn, torch.nn.functional
CLASSES = 4


@pytest.fixture(autouse=True)
def _one_thread():
    before, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(1)
    torch.manual_seed(3)
    yield
    torch.set_num_threads(before)
    torch.set_rng_state(state)


def data(rows: int = 48) -> tuple[torch.Tensor, torch.Tensor]:
    made = torch.Generator().manual_seed(5)
    return torch.randn(rows, 10, generator=made), torch.randint(0, CLASSES, (rows,), generator=made)


def mlp() -> nn.Sequential:
    return nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, CLASSES))


def normed() -> nn.Sequential:
    return nn.Sequential(nn.Linear(10, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, CLASSES))


class _Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        return 2 * ctx.saved_tensors[0] * grad


class _HalfSquare(_Square):
    @staticmethod
    def backward(ctx, grad):
        return ctx.saved_tensors[0] * grad


class Square(nn.Module):
    def __init__(self, function: type[torch.autograd.Function]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function.apply(x)


class Inside(nn.Module):
    """Calls a function of its own between layers of torch: no leaf shows it."""

    def __init__(self, function: type[torch.autograd.Function]) -> None:
        super().__init__()
        self.first, self.last, self.function = nn.Linear(10, 16), nn.Linear(16, CLASSES), function

    def forward(self, x):
        return self.last(self.function.apply(self.first(x)))


def snapshot(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, object]:
    return copy.deepcopy(
        {
            "state": model.state_dict(),
            "grads": [p.grad for p in model.parameters()],
            "flags": [
                (p.requires_grad, p.data_ptr(), None if p.grad is None else p.grad.data_ptr())
                for p in model.parameters()
            ],
            "modes": [module.training for module in model.modules()],
            "optimizer": optimizer.state_dict(),
            "rng": (random.getstate(), np.random.get_state(), torch.get_rng_state()),
        }
    )


def same(a: object, b: object) -> bool:
    if isinstance(a, torch.Tensor | np.ndarray):
        x, y = np.asarray(a), np.asarray(b)
        return x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return isinstance(b, list | tuple) and len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and a == b


def used(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Train two steps and leave gradients, so that there is something to lose."""
    x, y = data()
    for _ in range(2):
        optimizer.zero_grad()
        functional.cross_entropy(model(x), y).backward()
        optimizer.step()


def fired(folder: Path, *, least: str = "warning") -> set[str]:
    severities = {"warning": ("error", "warning"), "info": ("error", "warning", "info")}[least]
    return {
        f.id
        for run in api.analyze(folder).runs
        for f in run.findings
        if f.status in ("fires", "error") and f.severity in severities
    }


def values(folder: Path, tag: str) -> list[float]:
    return next(list(run.series[tag].values) for run in api.load_runs(folder) if tag in run.series)


def notes(folder: Path) -> str:
    return next(run.texts.get("preflight/notes", "") for run in api.load_runs(folder) if run.id.endswith("preflight"))


@pytest.mark.parametrize("make", [torch.optim.Adam, torch.optim.SGD, torch.optim.LBFGS], ids=lambda make: make.__name__)
def test_everything_is_left_bit_by_bit_as_it_was(tmp_path: Path, make: type) -> None:
    model = normed()
    model[1].eval()
    model[4].bias.requires_grad_(False)
    optimizer = make([p for p in model.parameters() if p.requires_grad], lr=0.01)
    if make is not torch.optim.LBFGS:
        used(model, optimizer)
    before = snapshot(model, optimizer)

    preflight(model, nn.CrossEntropyLoss(), data(), optimizer, tmp_path, num_classes=CLASSES, steps=20)

    assert same(before, snapshot(model, optimizer))
    assert notes(tmp_path) == ""


def test_a_loss_that_reaches_the_original_and_raises_changes_nothing_either(tmp_path: Path) -> None:
    model = normed()
    optimizer = torch.optim.Adam(model.parameters())
    used(model, optimizer)
    before = snapshot(model, optimizer)

    def loss_fn(net, batch):
        random.shuffle([1, 2, 3])
        np.random.rand()
        with torch.no_grad():
            model[0].weight.add_(1)
        model.eval()
        functional.cross_entropy(model(batch[0]), batch[1]).backward()
        model[4].bias.requires_grad_(False)
        model[4].weight.grad = None
        raise ValueError("no such batch")

    preflight(model, loss_fn, data(), optimizer, tmp_path)

    assert same(before, snapshot(model, optimizer))
    assert "no such batch" in notes(tmp_path)
    assert fired(tmp_path) == set()


def test_a_schedule_that_warms_up_is_left_alone_and_looked_through(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, step / 100))
    before = snapshot(model, optimizer)

    preflight(model, nn.CrossEntropyLoss(), data(), optimizer, tmp_path, num_classes=CLASSES)

    assert same(before, snapshot(model, optimizer))
    assert optimizer.param_groups[0]["lr"] == 0
    assert schedule.last_epoch == 0
    assert next(run for run in api.load_runs(tmp_path) if run.id.endswith("preflight")).config["lr"] == 3e-3
    assert fired(tmp_path) == set()


def test_the_same_state_gives_the_same_logs(tmp_path: Path) -> None:
    model = normed()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for name in ("a", "b"):
        preflight(model, nn.CrossEntropyLoss(), data(), optimizer, tmp_path / name, num_classes=CLASSES, steps=30)
        torch.rand(7)

    one, other = (api.load_runs(tmp_path / name) for name in ("a", "b"))

    assert [r.id for r in one] == [r.id for r in other]
    for a, b in zip(one, other, strict=True):
        assert a.texts == b.texts
        assert {tag: list(s.values) for tag, s in a.series.items()} == {
            tag: list(s.values) for tag, s in b.series.items()
        }


@pytest.mark.parametrize("make", [mlp, normed], ids=["mlp", "batch norm and dropout"])
@pytest.mark.parametrize(
    "optimizer_of",
    [
        lambda p: torch.optim.Adam(p, lr=1e-3),
        lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
        lambda p: torch.optim.SGD(p, lr=0.01),
    ],
    ids=["Adam", "momentum", "plain SGD"],
)
def test_a_healthy_network_is_not_blamed(tmp_path: Path, make, optimizer_of) -> None:
    model = make()

    folder = preflight(
        model,
        nn.CrossEntropyLoss(),
        data(),
        optimizer_of(model.parameters()),
        tmp_path / "new" / "folder",
        num_classes=CLASSES,
    )

    analysis = api.analyze(folder)
    assert folder == tmp_path / "new" / "folder"
    assert fired(folder) == set()
    assert {run.id: run.verdict for run in analysis.runs}["preflight"] == "healthy"
    assert values(folder, "preflight/chance_loss") == [pytest.approx(np.log(CLASSES))]
    assert values(folder, "preflight/initial_loss")[0] == pytest.approx(np.log(CLASSES), rel=0.4)
    assert values(folder, "train/loss")[-1] < 0.3
    assert values(folder, "preflight/largest_stable_lr")[0] > 1e-3
    assert not any(
        run.findings and f.id.startswith("log-") and run.id == "preflight"
        for run in analysis.runs
        for f in run.findings
    )


def test_a_healthy_regression_is_not_blamed(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 1))
    batch = data()[0], torch.randn(48, 1)

    preflight(model, functional.mse_loss, batch, torch.optim.Adam(model.parameters()), tmp_path)

    assert fired(tmp_path) == set()
    assert "num_classes" not in next(iter(api.load_runs(tmp_path))).config


def test_parameters_that_the_optimizer_misses_are_named(tmp_path: Path) -> None:
    model = mlp()

    preflight(
        model,
        nn.CrossEntropyLoss(),
        data(),
        torch.optim.Adam(model[0].parameters(), lr=1e-2),
        tmp_path,
        num_classes=CLASSES,
    )

    run = next(r for r in api.analyze(tmp_path).runs if r.id == "preflight")
    finding = next(f for f in run.findings if f.id == "params-not-in-optimizer")
    assert "2.weight, 2.bias" in finding.evidence
    assert finding.explained_by == "layers-frozen"
    assert values(tmp_path, "preflight/params_missing") == [2]


def test_an_optimizer_over_another_model_is_found(tmp_path: Path) -> None:
    model = mlp()

    preflight(
        model,
        nn.CrossEntropyLoss(),
        data(),
        torch.optim.Adam(mlp().parameters()),
        tmp_path,
        num_classes=CLASSES,
        steps=40,
    )

    assert {"params-not-in-optimizer", "small-set-not-overfit"} <= fired(tmp_path)
    assert values(tmp_path, "preflight/params_foreign") == [4]


def test_parameters_that_the_loss_does_not_reach_are_named(tmp_path: Path) -> None:
    class Detached(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head, self.idle = nn.Linear(10, 32), nn.Linear(32, CLASSES), nn.Linear(2, 2)

        def forward(self, x):
            return self.head(self.body(x).relu().detach())

    model = Detached()

    preflight(
        model,
        nn.CrossEntropyLoss(),
        data(),
        torch.optim.Adam(model.parameters(), lr=1e-2),
        tmp_path,
        num_classes=CLASSES,
    )

    found = next(f for run in api.analyze(tmp_path).runs for f in run.findings if f.id == "params-without-gradient")
    assert "body.weight, body.bias, idle.weight, idle.bias" in found.evidence


@pytest.mark.parametrize(
    ("function", "expected"),
    [(_HalfSquare, {"grad-check-failed"}), (_Square, set())],
    ids=["a wrong backward", "a right one"],
)
@pytest.mark.parametrize("place", ["leaf", "inside"])
def test_a_wrong_backward_is_found_and_a_right_one_is_not(
    tmp_path: Path, function, expected: set[str], place: str
) -> None:
    model = (
        Inside(function)
        if place == "inside"
        else nn.Sequential(nn.Linear(10, 16), Square(function), nn.Linear(16, CLASSES))
    )

    preflight(
        model,
        nn.CrossEntropyLoss(),
        data(),
        torch.optim.Adam(model.parameters(), lr=1e-2),
        tmp_path,
        num_classes=CLASSES,
    )

    assert fired(tmp_path) == expected
    tag = "preflight/grad_error/" + ("Inside" if place == "inside" else "1")
    error = values(tmp_path, tag)[0]
    assert error == pytest.approx(0.5, rel=0.01) if expected else error < 1e-6


def test_modules_are_checked_as_they_are_used() -> None:
    class Scale(nn.Module):
        """Single precision inside, an argument by name, a plain tensor, a change in place, noise."""

        def __init__(self) -> None:
            super().__init__()
            self.gain, self.offset = nn.Parameter(torch.ones(6)), torch.ones(6)

        def forward(self, x, *, power: float, mask):
            x.mul_(1.5)
            wide = x.float().pow(power).type_as(x)
            return {"out": [(nn.functional.dropout(wide, 0.3, self.training) * self.gain + self.offset) * mask]}

    class Count(nn.Module):
        calls = 0

        def forward(self, x):
            self.calls += 1
            return x * self.calls

    class Root(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.scale, self.count = nn.Linear(6, 6), Scale(), Count()

        def forward(self, x):
            return self.count(self.scale(self.first(x).relu(), power=2.0, mask=torch.arange(6) > 1)["out"][0])

    torch.manual_seed(0)

    errors, noted = check_gradients(Root(), lambda model: model(torch.randn(2, 6)).sum())

    assert [(e.module, e.kind) for e in errors] == [("scale", "Scale")]
    assert errors[0].error < 1e-3
    assert len(noted) == 1
    assert "count" in noted[0]


def test_a_mode_that_forgets_is_found(tmp_path: Path) -> None:
    class Forgetful(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = mlp()

        def forward(self, x):
            return self.body(x if self.training else x / 255)

    model = Forgetful()

    preflight(
        model,
        nn.CrossEntropyLoss(),
        data(),
        torch.optim.Adam(model.parameters(), lr=1e-2),
        tmp_path,
        num_classes=CLASSES,
    )

    assert fired(tmp_path) == {"train-eval-differ"}
    assert api.analyze(tmp_path).runs[1].causes[0].id == "eval-mode-wrong"


def test_a_rate_beyond_the_stable_ones_is_found(tmp_path: Path) -> None:
    model = mlp()

    preflight(
        model,
        nn.CrossEntropyLoss(),
        data(),
        torch.optim.SGD(model.parameters(), lr=60.0),
        tmp_path,
        num_classes=CLASSES,
    )

    assert "lr-above-stable" in fired(tmp_path)


def test_a_first_loss_far_off_chance_is_found(tmp_path: Path) -> None:
    model = mlp()
    with torch.no_grad():
        model[2].weight.mul_(100)

    preflight(
        model,
        nn.CrossEntropyLoss(),
        data(),
        torch.optim.Adam(model.parameters(), lr=1e-2),
        tmp_path,
        num_classes=CLASSES,
    )

    assert "loss-start-off-chance" in fired(tmp_path)


def test_a_loss_that_is_nan_is_told_once_and_nothing_raises(tmp_path: Path) -> None:
    model = mlp()

    def loss_fn(model, batch):
        return functional.cross_entropy(model(batch[0]), batch[1]) * float("nan")

    preflight(model, loss_fn, data(), torch.optim.Adam(model.parameters()), tmp_path, num_classes=CLASSES)

    assert "loss-nan" in fired(tmp_path)


@pytest.mark.parametrize(
    ("loss_fn", "batch"),
    [
        (nn.CrossEntropyLoss(), data()),
        (functional.cross_entropy, list(data())),
        (lambda net, batch: functional.cross_entropy(net(batch[0]), batch[1]), data()),
        (lambda a, b: functional.cross_entropy(a(b["x"]), b["y"]), dict(zip("xy", data(), strict=True))),
        (lambda a, b: functional.cross_entropy(a, b), data()),
        (lambda a, b: functional.cross_entropy(a(b[0]), b[1]), data()),
    ],
    ids=["module", "function", "named model", "mapping", "criterion by trying", "model by trying"],
)
def test_both_forms_of_a_loss_are_understood(tmp_path: Path, loss_fn, batch) -> None:
    model = mlp()

    preflight(
        model, loss_fn, batch, torch.optim.Adam(model.parameters(), lr=1e-2), tmp_path, num_classes=CLASSES, steps=40
    )

    assert notes(tmp_path) == ""
    assert values(tmp_path, "preflight/initial_loss")[0] == pytest.approx(np.log(CLASSES), rel=0.4)


def test_the_name_of_the_first_argument_decides() -> None:
    pair = data()

    assert form_by_name(lambda model, batch: None, pair) == "model"
    assert form_by_name(lambda logits, targets: None, pair) == "criterion"
    assert form_by_name(lambda a, b: None, pair) is None
    assert form_by_name(lambda logits, targets: None, {"x": pair[0]}) == "model"


def test_a_batch_is_cut_where_its_rows_are() -> None:
    batch = {"x": torch.zeros(20, 3), "names": ["a"] * 20, "scale": torch.ones(3), "more": (torch.ones(20), 5)}

    cut = first_rows(batch, 16)

    assert [len(cut["x"]), len(cut["names"]), len(cut["scale"]), len(cut["more"][0]), cut["more"][1]] == [
        16,
        16,
        3,
        16,
        5,
    ]
    assert first_rows(batch, 20) is batch


def test_hooks_of_ones_own_stay_in_the_copies_and_never_reach_the_original(tmp_path: Path) -> None:
    model, seen = mlp(), []
    model[0].register_forward_hook(lambda module, args, out: seen.append(module) or out * 1.0)

    preflight(
        model,
        nn.CrossEntropyLoss(),
        data(),
        torch.optim.Adam(model.parameters()),
        tmp_path,
        num_classes=CLASSES,
        steps=5,
    )

    assert seen
    assert not any(module is model[0] for module in seen)


def test_an_earlier_preflight_is_replaced_and_a_training_beside_it_is_not(tmp_path: Path) -> None:
    model = mlp()
    kept = tmp_path / "events.out.tfevents.1.host"
    kept.write_bytes(b"")
    preflight(
        model,
        nn.CrossEntropyLoss(),
        data(),
        torch.optim.Adam(model[0].parameters(), lr=1e-2),
        tmp_path,
        num_classes=CLASSES,
        steps=30,
    )
    preflight(
        model,
        nn.CrossEntropyLoss(),
        data(),
        torch.optim.Adam(model.parameters(), lr=1e-2),
        tmp_path,
        num_classes=CLASSES,
    )

    assert kept.exists()
    assert "params-not-in-optimizer" not in fired(tmp_path)
    assert len(list((tmp_path / "preflight").glob("events*"))) == 1


def test_a_model_that_cannot_be_copied_is_noted(tmp_path: Path) -> None:
    model = mlp()
    model.lock = (part for part in ())  # a generator cannot be copied

    preflight(model, nn.CrossEntropyLoss(), data(), torch.optim.Adam(model.parameters()), tmp_path)

    assert "generator" in notes(tmp_path)
    assert "preflight-unfinished" in fired(tmp_path, least="info")


def test_what_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    model = mlp()
    (tmp_path / "preflight" / "config.json").mkdir(parents=True)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        preflight(model, nn.CrossEntropyLoss(), data(), torch.optim.Adam(model.parameters()), tmp_path, steps=2)

    assert any("could not be written" in str(w.message) for w in caught)


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"model": 3}, TypeError, "model must be"),
        ({"loss_fn": "mse"}, TypeError, "loss_fn must be"),
        ({"optimizer": []}, TypeError, "optimizer must be"),
        ({"logdir": 5}, TypeError, "logdir must be"),
        ({"num_classes": 1}, ValueError, "num_classes"),
        ({"steps": 0}, ValueError, "steps"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path: Path, changed: dict, error: type, said: str) -> None:
    model = mlp()
    given = {
        "model": model,
        "loss_fn": nn.MSELoss(),
        "batch": data(),
        "optimizer": torch.optim.SGD(model.parameters(), lr=1.0),
        "logdir": tmp_path,
    }

    with pytest.raises(error, match=said):
        preflight(**{**given, **changed})


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    model = mlp()

    with pytest.raises(ValueError, match="cannot be written"):
        preflight(model, nn.MSELoss(), data(), torch.optim.SGD(model.parameters(), lr=1.0), tmp_path / "file")


def test_the_largest_stable_rate_is_the_last_one_before_the_loss_leaves_its_course() -> None:
    rates = [10.0**i for i in range(-7, 3)]

    found = RangeTest(rates, [2.0, 2.0, 1.9, 1.5, 1.0, 0.5, 0.5, 0.5, 3.0, 9.0], blown_up=True)

    assert found.fell
    assert found.largest_stable == rates[6]
    assert found.steepest == rates[3]
    assert RangeTest(rates, [2.0] * 10).fell is False
    assert RangeTest(rates, [2.0, 2.0, 1.9, 1.5, 1.0, 0.5, 0.5, 0.5, 0.4, 0.4]).largest_stable == rates[9]


def test_label_smoothing_has_a_floor_and_the_answers_are_seen_in_either_form(tmp_path: Path) -> None:
    model = mlp()

    def loss_fn(model, batch):
        return functional.cross_entropy(model(batch["x"]), batch["y"], label_smoothing=0.2)

    preflight(
        model,
        loss_fn,
        dict(zip("xy", data(), strict=True)),
        torch.optim.Adam(model.parameters(), lr=1e-2),
        tmp_path,
        num_classes=CLASSES,
    )

    assert values(tmp_path, "train/accuracy")[-1] == 1
    assert fired(tmp_path) == set()


def test_what_a_watcher_of_logdoc_leaves_on_a_model_is_not_copied(tmp_path: Path) -> None:
    class Watcher:
        def __init__(self) -> None:
            self.stream, self.calls = (tmp_path / "log").open("wb"), 0

        def see(self, *args: object) -> None:
            self.calls += 1

    Watcher.__module__ = Watcher.see.__module__ = "logdoc.hook.watching"
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    watcher = model.watcher = optimizer.watcher = Watcher()
    model[0].register_forward_hook(watcher.see)
    optimizer.register_step_post_hook(watcher.see)
    model[0].weight.register_post_accumulate_grad_hook(watcher.see)

    preflight(model, nn.CrossEntropyLoss(), data(), optimizer, tmp_path, num_classes=CLASSES, steps=5)
    watcher.stream.close()

    assert watcher.calls == 0
    assert notes(tmp_path) == ""


def test_a_lazy_model_is_refused(tmp_path: Path) -> None:
    model = nn.Sequential(nn.LazyLinear(8), nn.Linear(8, CLASSES))

    with pytest.raises(ValueError, match="run it on one batch first"):
        preflight(model, nn.CrossEntropyLoss(), data(), torch.optim.Adam(model[1].parameters()), tmp_path)


def test_a_training_in_the_same_folder_stays_a_run_of_its_own(tmp_path: Path) -> None:
    log = pytest.importorskip("torch.utils.tensorboard", reason="tensorboard is not installed").SummaryWriter(
        str(tmp_path)
    )
    for step in range(50):
        log.add_scalar("train/loss", 2 - 0.02 * step, step)
    log.close()
    model = mlp()

    preflight(
        model,
        nn.CrossEntropyLoss(),
        data(),
        torch.optim.Adam(model.parameters(), lr=1e-2),
        tmp_path,
        num_classes=CLASSES,
    )

    found = {run.id: len(run.series["train/loss"]) for run in api.load_runs(tmp_path) if "train/loss" in run.series}
    assert found.pop("overfit-test") < 200
    assert list(found.values()) == [50]
