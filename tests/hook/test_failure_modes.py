"""What goes wrong around a hook in real scripts. None of it may reach training."""

from __future__ import annotations

import copy
import io
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import logdoc.hook
from logdoc.hook.statistics import strided_sample
from logdoc.hook.taps import detached
from tests.hook.training import batch, hooks_on, mlp, nn, the_run, torch, train, values


def sgd(model: torch.nn.Module, rate: float = 0.1) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), rate)


def test_copies_and_pickles_made_while_the_hooks_are_on_are_inert(tmp_path: Path) -> None:
    model = mlp()
    optimizer = sgd(model)
    watch = logdoc.hook.watch(model, optimizer, tmp_path, every=1)
    buffer = io.BytesIO()
    torch.save(model, buffer)
    buffer.seek(0)
    averaged, loaded, second = copy.deepcopy(model), torch.load(buffer, weights_only=False), copy.deepcopy(watch)
    torch.optim.swa_utils.AveragedModel(model).update_parameters(model)
    copy.deepcopy(optimizer).step()
    for other in (averaged, loaded, pickle.loads(pickle.dumps(model))):  # noqa: S301
        other(batch(0)[0])
        assert all(hook is detached for module in other.modules() for hook in module._forward_hooks.values())
    second.log(loss=1e9)
    second.close()
    pickle.loads(pickle.dumps(watch)).close()  # noqa: S301
    train(model, optimizer, 3, watch)
    watch.close()
    run = the_run(tmp_path)
    assert len(values(run, "train/loss")) == 3
    assert values(run, "train/loss").max() < 10


def test_watching_twice_closes_the_first_and_leaves_nothing(tmp_path: Path) -> None:
    model = mlp()
    optimizer = sgd(model)
    first = logdoc.hook.watch(model, optimizer, tmp_path / "a", every=1)
    train(model, optimizer, 2, first)
    second = logdoc.hook.watch(model, optimizer, tmp_path / "b", every=1)
    assert first.closed
    train(model, optimizer, 2, second)
    second.close()
    assert hooks_on(model, optimizer) == 0
    assert len(values(the_run(tmp_path / "a"), "act_std/0")) == len(values(the_run(tmp_path / "b"), "act_std/0")) == 2


class Moody(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.bad = nn.Linear(8, 3), False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.layer(x)
        if self.bad:
            raise ValueError("out of memory, say")
        return y


def test_an_exception_in_the_forward_takes_the_hooks_off_and_the_next_step_goes_on(tmp_path: Path) -> None:
    model = Moody()
    optimizer = sgd(model)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1) as watch:
        train(model, optimizer, 2, watch)
        model.bad = True
        with pytest.raises(ValueError, match="out of memory"):
            model(batch(0)[0])
        assert hooks_on(model) == 0
        model.bad = False
        train(model, optimizer, 3, watch, first=2)
    assert len(values(the_run(tmp_path), "act_std/layer")) >= 4


def test_an_exception_that_ends_the_with_block_is_told(tmp_path: Path) -> None:
    model = mlp()
    optimizer = sgd(model)

    def fails() -> None:
        with logdoc.hook.watch(model, optimizer, tmp_path) as watch:
            train(model, optimizer, 3, watch)
            raise KeyError("label 7")

    with pytest.raises(KeyError):
        fails()
    assert json.loads((tmp_path / "logdoc.json").read_text())["exit"]["kind"] == "exception"
    run = the_run(tmp_path)
    assert len(values(run, "train/loss")) == 3
    assert any(d.ended and "label 7" in d.what for d in run.defects)


def test_relu_in_place_after_a_watched_layer(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(inplace=True), nn.Linear(16, 3))
    optimizer = sgd(model)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1):
        train(model, optimizer, 3)
    run = the_run(tmp_path)
    assert values(run, "act_mean/0")[0] < values(run, "act_mean/1")[0], "the layer before is seen as it was"


@dataclass
class Output:
    first: Any
    second: Any = None


OUTPUTS: dict[str, Callable[[torch.Tensor], Any]] = {
    "tuple": lambda y: (y, None),
    "dict": lambda y: {"logits": y},
    "dataclass": lambda y: Output(None, y),
    "deep list": lambda y: [[y]],
    "0-d": lambda y: y.sum(),
    "half": lambda y: y.half(),
    "double": lambda y: y.double(),
    "none": lambda y: None,
    "empty": lambda y: y[:0],
    "complex": lambda y: torch.complex(y, y),
    "bool": lambda y: y > 0,
    "sparse": lambda y: y.to_sparse(),
    "nested": lambda y: torch.nested.as_nested_tensor([y, y], layout=torch.strided),
}


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("kind", OUTPUTS)
def test_whatever_a_module_returns(tmp_path: Path, kind: str) -> None:
    class Inner(nn.Module):
        def forward(self, y: torch.Tensor) -> Any:
            return OUTPUTS[kind](y)

    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.inner = nn.Linear(8, 3), Inner()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.layer(x)
            self.inner(y)
            return y

    model = Outer()
    optimizer = sgd(model)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1) as watch:
        train(model, optimizer, 2, watch)
        assert not watch.closed
    run = the_run(tmp_path)
    assert len(values(run, "act_std/layer")) == 2
    looked_at = list(OUTPUTS)[: list(OUTPUTS).index("none")]
    assert ("act_std/inner" in run.series) == (kind in looked_at)


def test_a_module_called_several_times_and_tied_weights(tmp_path: Path) -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.same, self.out = nn.Linear(8, 8), nn.Linear(8, 3)
            self.also = nn.Linear(8, 8)
            self.also.weight = self.same.weight

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for _ in range(3):
                x = self.same(x)
            return self.out(self.also(x))

    model = Tied()
    optimizer = sgd(model)
    x = batch(0)[0]
    with torch.no_grad():
        one = model.same(x)
        two = model.same(one)
        together = torch.cat([one, two, model.same(two)])
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1):
        train(model, optimizer, 1)
    run = the_run(tmp_path)
    assert values(run, "act_std/same")[0] == pytest.approx(together.std(correction=0).item(), rel=1e-4)
    assert "grad_norm/also.weight" not in run.series
    params = {p["name"]: p for p in json.loads((tmp_path / "logdoc.json").read_text())["model"]["params"]}
    assert params["also.weight"]["tied_to"] == "same.weight"


class Counting(nn.Module):
    """Puts out its input times the number of its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return x * float(self.calls)


@pytest.mark.parametrize(("reentrant", "counted"), [(False, 1), (True, 2)])
def test_activation_checkpointing_counts_one_of_its_two_forwards(tmp_path: Path, reentrant: bool, counted: int) -> None:
    class Checkpointed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.out = nn.Sequential(Counting(), nn.Linear(8, 8), nn.Tanh()), nn.Linear(8, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.out(torch.utils.checkpoint.checkpoint(self.body, x.requires_grad_(), use_reentrant=reentrant))

    torch.manual_seed(0)
    model = Checkpointed()
    first = batch(0)[0].std(correction=0).item()
    optimizer = sgd(model)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1) as watch:
        train(model, optimizer, 1)
        assert not watch.closed
    # The reentrant kind makes its first forward without gradients, so that only the second one is one of training.
    assert values(the_run(tmp_path), "act_std/body.0")[0] == pytest.approx(counted * first, rel=1e-4)


def test_a_unit_that_fires_in_one_of_several_calls_is_not_dead(tmp_path: Path) -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.act, self.out = nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.act(self.inner(x))
            self.act(-torch.ones_like(y))
            return self.out(y)

    torch.manual_seed(0)
    model = Twice()
    optimizer = sgd(model)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1):
        train(model, optimizer, 1)
    assert values(the_run(tmp_path), "act_dead_frac/act")[0] == 0


def test_the_elements_that_stand_for_a_weight_come_from_all_its_columns() -> None:
    weight = nn.Parameter(torch.zeros(512, 1024))
    with torch.no_grad():
        weight[:, 5] = 1.0
    for each in (weight, nn.Parameter(weight.detach().t())):
        taken, (count,) = strided_sample([each])
        assert taken.sum().item() == pytest.approx(count / 1024, abs=1.5)


@pytest.mark.parametrize("fused", [False, True])
def test_gradients_under_a_scaler_are_logged_unscaled_and_skipped_steps_told(tmp_path: Path, fused: bool) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), 0.01, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=1000)
    norms = []
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1, scaler=scaler) as watch:
        for step in range(6):
            x, y = batch(step)
            loss = nn.functional.cross_entropy(model(x), y)
            if step == 3:
                loss = loss * float("inf")
            scaler.scale(loss).backward()
            norms.append(model[0].weight.grad.norm().item() / scaler.get_scale())
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
            watch.log(loss=loss)
    run = the_run(tmp_path)
    logged = values(run, "grad_norm/0.weight")
    assert logged[:3] == pytest.approx(norms[:3], rel=1e-4)
    assert values(run, "train/skipped").sum() == 1
    assert values(run, "train/loss_scale")[0] == 1024
    assert values(run, "train/loss_scale")[-1] == 512


def test_clipping_before_the_step_shows_the_clipped_norm(tmp_path: Path) -> None:
    model = mlp()
    optimizer = sgd(model)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1):
        for step in range(3):
            x, y = batch(step)
            (100 * nn.functional.cross_entropy(model(x), y)).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
    assert values(the_run(tmp_path), "train/grad_norm") == pytest.approx([1.0] * 3, rel=1e-3)


def test_a_norm_from_before_clipping_that_the_user_logs_keeps_its_name(tmp_path: Path) -> None:
    model = mlp()
    optimizer = sgd(model)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1) as watch:
        for step in range(4):
            x, y = batch(step)
            (100 * nn.functional.cross_entropy(model(x), y)).backward()
            watch.log(grad_norm=torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0))
            optimizer.step()
            optimizer.zero_grad()
    run = the_run(tmp_path)
    assert values(run, "train/grad_norm").min() > 5
    assert values(run, "train/grad_norm_clipped") == pytest.approx([1.0] * 4, rel=1e-3)


def test_sparse_gradients(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Embedding(50, 4, sparse=True)
    optimizer = sgd(model)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1):
        model(torch.tensor([1, 1, 2])).sum().backward()
        optimizer.step()
    # Row 1 was used twice: a gradient of 2 there and of 1 in row 2.
    assert values(the_run(tmp_path), "grad_norm/weight")[0] == pytest.approx((4 * 4 + 4) ** 0.5)


def test_parameters_that_are_added_late(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model[0].parameters(), 0.1)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1):
        train(model, optimizer, 3)
        optimizer.add_param_group({"params": list(model[4].parameters()), "lr": 0.05})
        model.extra = nn.Linear(3, 3)
        optimizer.add_param_group({"params": list(model.extra.parameters())})
        train(model, optimizer, 4)
    run = the_run(tmp_path)
    assert values(run, "update_ratio/4.weight")[0] == 0
    assert values(run, "update_ratio/4.weight")[-1] > 0
    assert "weight_norm/extra.weight" in run.series


def test_lbfgs_calls_its_closure_many_times(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=5)
    x, y = batch(0)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        return loss

    with logdoc.hook.watch(model, optimizer, tmp_path, every=1) as watch:
        for _ in range(3):
            watch.log(loss=optimizer.step(closure))
    run = the_run(tmp_path)
    assert run.series["train/loss"].steps.tolist() == run.series["grad_norm/0.weight"].steps.tolist() == [0, 1, 2]
    assert (values(run, "grad_norm/0.weight") > 0).all()
    assert (values(run, "update_ratio/0.weight") > 0).all()


def test_a_gan_with_two_optimizers(tmp_path: Path) -> None:
    torch.manual_seed(0)
    both = nn.ModuleDict(
        {
            "generator": nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2)),
            "critic": nn.Sequential(nn.Linear(2, 8), nn.Linear(8, 1)),
        }
    )
    first, second = sgd(both["generator"], 0.05), sgd(both["critic"], 0.05)
    with logdoc.hook.watch(both, [first, second], tmp_path, every=1) as watch:
        for _ in range(5):
            fake = both["generator"](torch.randn(16, 2))
            loss_d = both["critic"](fake.detach()).mean() - both["critic"](torch.randn(16, 2)).mean()
            second.zero_grad()
            loss_d.backward()
            second.step()
            loss_g = -both["critic"](fake).mean()
            first.zero_grad()
            loss_g.backward()
            first.step()
            watch.log(d_loss=loss_d, g_loss=loss_g)
    run = the_run(tmp_path)
    for name in (
        "grad_norm/generator.0.weight",
        "grad_norm/critic.0.weight",
        "act_std/critic.0",
        "act_std/generator.0",
    ):
        assert run.series[name].steps.tolist() == [0, 1, 2, 3, 4], name
    assert (values(run, "update_ratio/critic.0.weight") > 0).all()
    assert {"train/lr/0", "train/lr/1"} <= set(run.series)


def test_an_optimizer_that_steps_several_times_is_seen_in_its_last_step(tmp_path: Path) -> None:
    torch.manual_seed(0)
    both = nn.ModuleDict({"generator": nn.Linear(2, 2), "critic": nn.Linear(2, 1)})
    first, second = sgd(both["generator"], 0.05), sgd(both["critic"], 0.05)
    weight = both["critic"].weight
    ratios = []
    with logdoc.hook.watch(both, [first, second], tmp_path, every=1):
        for _ in range(4):
            for n in range(3):
                second.zero_grad()
                ((10.0**n) * both["critic"](torch.randn(16, 2)).mean()).backward()
                before = weight.detach().clone()
                second.step()
                ratio = ((weight.detach() - before).norm() / before.norm()).item()
            ratios.append(ratio)
            first.zero_grad()
            both["critic"](both["generator"](torch.randn(16, 2))).mean().backward()
            first.step()
    assert values(the_run(tmp_path), "update_ratio/critic.weight") == pytest.approx(ratios, rel=1e-3)


def test_evaluation_between_two_steps_is_not_counted(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5), nn.Linear(8, 3))
    optimizer = sgd(model)

    def evaluate(_: int) -> None:
        model.eval()
        with torch.no_grad():
            model(1000 * batch(0)[0])
        model(1000 * batch(0)[0])  # somebody forgot no_grad
        model.train()

    with logdoc.hook.watch(model, optimizer, tmp_path, every=1):
        train(model, optimizer, 5, each=evaluate)
    assert values(the_run(tmp_path), "act_absmax/0").max() < 100


def test_frozen_parameters_have_a_norm_and_no_update(tmp_path: Path) -> None:
    model = mlp()
    model[0].requires_grad_(False)
    optimizer = sgd(model)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1):
        train(model, optimizer, 3)
    run = the_run(tmp_path)
    assert len(set(values(run, "weight_norm/0.weight"))) == 1
    assert "update_ratio/0.weight" not in run.series
    assert "grad_norm/0.weight" not in run.series


def test_channels_last_and_non_contiguous_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 64, 5), nn.ReLU(), nn.Flatten(), nn.Linear(64 * 16, 3)).to(
        memory_format=torch.channels_last
    )
    model[3].weight = nn.Parameter(torch.randn(64 * 16, 3).t() * 0.02)
    optimizer = sgd(model, 0.01)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1) as watch:
        before = [p.detach().clone() for p in model.parameters()]
        x = torch.randn(8, 3, 8, 8).to(memory_format=torch.channels_last)
        nn.functional.cross_entropy(model(x), torch.randint(0, 3, (8,))).backward()
        optimizer.step()
        exact = [((p - b).norm() / b.norm()).item() for p, b in zip(model.parameters(), before, strict=True)]
        assert not watch.closed
    run = the_run(tmp_path)
    for name, ratio in zip(("0.weight", "0.bias", "3.weight", "3.bias"), exact, strict=True):
        assert values(run, f"update_ratio/{name}")[0] == pytest.approx(ratio, rel=0.1), name


def test_float64_and_bfloat16_models(tmp_path: Path) -> None:
    for kind in (torch.float64, torch.bfloat16):
        model = mlp().to(kind)
        optimizer = sgd(model)
        with logdoc.hook.watch(model, optimizer, tmp_path / str(kind), every=1) as watch:
            nn.functional.cross_entropy(model(batch(0)[0].to(kind)), batch(0)[1]).backward()
            optimizer.step()
            assert not watch.closed
        run = the_run(tmp_path / str(kind))
        assert 0 < values(run, "update_ratio/0.weight")[0] < 1
        assert values(run, "grad_norm/0.weight")[0] > 0


def test_half_precision_activations_beyond_the_square_root_of_their_range(tmp_path: Path) -> None:
    class Loud(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (10_000 * x).half()

    model = nn.Sequential(Loud(), nn.Linear(8, 3).half())
    optimizer = sgd(model, 0.0)
    x, _ = batch(0)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1):
        model(x).float().sum().backward()
        optimizer.step()
    assert values(the_run(tmp_path), "act_std/0")[0] == pytest.approx(10_000 * x.std(correction=0).item(), rel=1e-2)


def test_nan_at_the_first_step_is_written_at_once_and_named(tmp_path: Path) -> None:
    model = mlp()
    with torch.no_grad():
        model[2].weight[0, 0] = float("nan")
    optimizer = sgd(model)
    watch = logdoc.hook.watch(model, optimizer, tmp_path, every=1000)
    train(model, optimizer, 1, watch)
    watch.flush()
    train(model, optimizer, 7, watch, first=1)
    watch.flush()
    run = the_run(tmp_path)
    assert values(run, "act_nonfinite/2")[0] == 1
    assert run.series["act_nonfinite/0"].steps[0] > 0, "the layer before it follows one step later"
    assert len(run.series["act_std/0"].steps) >= 3, "three dense steps follow a trigger"
    watch.close()
    content = json.loads((tmp_path / "logdoc.json").read_text())
    assert content["exit"]["kind"] == "nan"
    assert "not finite" in content["triggers"][0]["reason"]


def test_a_loss_spike_makes_the_next_steps_dense(tmp_path: Path) -> None:
    model = mlp()
    optimizer = sgd(model)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1000) as watch:
        for step in range(300):
            x, y = batch(step)
            nn.functional.cross_entropy(model(x), y).backward()
            watch.log(loss=50.0 if step == 120 else 1.0 + 0.01 * (step % 7))
            optimizer.step()
            optimizer.zero_grad()
            if step % 50 == 49:
                watch.flush()
    content = json.loads((tmp_path / "logdoc.json").read_text())
    assert [t["step"] for t in content["triggers"]] == [120]
    assert len(the_run(tmp_path).series["act_std/0"].steps) == 4


def test_memory_stays_flat(tmp_path: Path) -> None:
    import gc

    model = mlp()
    optimizer = sgd(model)
    counts = []
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1) as watch:

        def count(step: int) -> None:
            if step in (500, 5000):
                watch.flush()
                gc.collect()
                counts.append(sum(type(o) is torch.Tensor for o in gc.get_objects()))

        train(model, optimizer, 5001, watch, each=count)
        assert len(watch._values) < 100
        assert len(watch._recorder._ring) <= 64
    assert counts[1] <= counts[0] + 5


def test_a_folder_that_cannot_be_written_is_one_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    model = mlp()
    optimizer = sgd(model)
    with pytest.warns(RuntimeWarning, match="training goes on"):
        watch = logdoc.hook.watch(model, optimizer, tmp_path / "file" / "run")
    train(model, optimizer, 3, watch)
    watch.close()
    assert hooks_on(model, optimizer) == 0


@pytest.mark.filterwarnings("ignore:logdoc.hook stopped writing")
def test_a_full_disk_is_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from logdoc.hook.eventfile import EventFile

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    model = mlp()
    optimizer = sgd(model)
    watch = logdoc.hook.watch(model, optimizer, tmp_path, every=1)
    monkeypatch.setattr(EventFile, "scalars", full)
    losses = train(model, optimizer, 100, watch)
    watch.close()
    assert len(losses) == 100
    assert hooks_on(model, optimizer) == 0
    assert watch._recorder.failure.startswith("OSError")


def test_warnings_that_are_errors_do_not_reach_training(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import warnings

    (tmp_path / "file").write_text("in the way")
    model = mlp()
    optimizer = sgd(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        watch = logdoc.hook.watch(model, optimizer, tmp_path / "file")
        train(model, optimizer, 2, watch)
        watch.close()
    assert "training goes on" in capsys.readouterr().err


def test_tensors_that_are_no_number_and_names_that_are_no_name(tmp_path: Path) -> None:
    model = mlp()
    optimizer = sgd(model)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1) as watch:
        train(model, optimizer, 2, watch)
        watch.log(loss=torch.ones(3), word="abc", nothing=None, fine=1, **{"</script>\x1b[31m": 2.0})
        train(model, optimizer, 1, watch)
        assert not watch.closed
    run = the_run(tmp_path)
    assert "train/fine" in run.series
    assert "train/word" not in run.series
