"""What `watch` writes, and that training does not notice it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kurtosis, skew

import logdoc.hook
from tests.hook.training import batch, hooks_on, mlp, nn, the_run, torch, train, values


def test_losses_and_weights_are_bit_for_bit_the_same(tmp_path: Path) -> None:
    def once(folder: Path | None) -> tuple[list[float], list[torch.Tensor], torch.Tensor]:
        model = nn.Sequential(
            nn.Conv2d(1, 4, 3),
            nn.BatchNorm2d(4),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Flatten(),
            nn.Linear(144, 3),
        )
        torch.manual_seed(3)
        for p in model.parameters():
            nn.init.normal_(p, std=0.1)
        optimizer = torch.optim.Adam(model.parameters())
        watch = logdoc.hook.watch(model, optimizer, folder, every=2) if folder else None
        losses = []
        for _ in range(25):
            loss = nn.functional.cross_entropy(model(torch.randn(8, 1, 8, 8)), torch.randint(0, 3, (8,)))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if watch:
                watch.log(loss=loss)
            losses.append(loss.item())
        if watch:
            watch.close()
        return losses, [t.clone() for t in model.state_dict().values()], torch.get_rng_state()

    plain, watched = once(None), once(tmp_path / "run")
    assert plain[0] == watched[0]
    assert all(torch.equal(a, b) for a, b in zip(plain[1], watched[1], strict=True))
    assert torch.equal(plain[2], watched[2])


def test_every_statistic_is_what_torch_says(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    seen: dict[str, float] = {}
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1) as watch:
        x, y = batch(0)
        before = {name: p.detach().clone() for name, p in model.named_parameters()}
        hidden = x
        for i, module in enumerate(model):
            kind = {1: torch.relu, 3: torch.tanh}
            hidden = kind[i](hidden) if i in kind else nn.functional.linear(hidden, module.weight, module.bias)
            seen |= {
                f"act_mean/{i}": hidden.mean().item(),
                f"act_std/{i}": hidden.std(correction=0).item(),
                f"act_absmax/{i}": hidden.abs().max().item(),
            }
            if i == 1:
                seen |= {
                    "act_zero_frac/1": (hidden == 0).float().mean().item(),
                    "act_dead_frac/1": (hidden.amax(0) <= 0).float().mean().item(),
                }
            if i == 3:
                seen["act_sat_frac/3"] = (hidden.abs() > 0.97).float().mean().item()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        grads = {name: p.grad.clone() for name, p in model.named_parameters()}
        optimizer.step()
        watch.log(loss=loss)
    for name, p in model.named_parameters():
        seen[f"grad_norm/{name}"] = grads[name].norm().item()
        seen[f"weight_norm/{name}"] = before[name].norm().item()
        if p.dim() > 1:
            seen[f"weight_std/{name}"] = before[name].std(correction=0).item()
        seen[f"update_ratio/{name}"] = ((p - before[name]).norm() / before[name].norm()).item()
    for kind, tensor in (("weight", before["2.weight"]), ("update", model[2].weight - before["2.weight"])):
        seen[f"{kind}_excess/2.weight"] = kurtosis(tensor.detach().flatten().numpy())
    seen["weight_skew/2.weight"] = skew(before["2.weight"].flatten().numpy())
    seen["train/grad_norm"] = math.sqrt(sum(g.norm().item() ** 2 for g in grads.values()))
    seen |= {
        "train/loss": loss.item(),
        "train/lr": 0.1,
        "data/input_std": x.std(correction=0).item(),
        "data/input_absmax": x.abs().max().item(),
    }
    run = the_run(tmp_path)
    for name, value in seen.items():
        assert values(run, name)[0] == pytest.approx(value, rel=5e-5, abs=1e-6), name
    known = {"perf/step_s", "perf/data_wait_s", "data/input_mean", *seen}
    assert set(run.series) <= known


def test_update_ratio_of_a_large_tensor_is_right_within_four_percent(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Linear(1000, 300)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1):
        for _ in range(3):
            before = model.weight.detach().clone()
            model(torch.randn(64, 1000)).square().mean().backward()
            optimizer.step()
            exact = ((model.weight.detach() - before).norm() / before.norm()).item()
    assert values(the_run(tmp_path), "update_ratio/weight")[-1] == pytest.approx(exact, rel=0.04)


def test_layers_come_in_the_order_in_which_they_are_called(tmp_path: Path) -> None:
    class Backwards(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last, self.middle, self.first = nn.Linear(8, 3), nn.Linear(8, 8), nn.Linear(8, 8)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.last(self.middle(self.first(x)))

    model = Backwards()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with logdoc.hook.watch(model, optimizer, tmp_path) as watch:
        train(model, optimizer, 12, watch)
    run = the_run(tmp_path)
    assert [n for n in run.series if n.startswith("act_std/")] == ["act_std/first", "act_std/middle", "act_std/last"]
    assert [n for n in run.series if n.startswith("grad_norm/") and n.endswith("weight")] == [
        f"grad_norm/{n}.weight" for n in ("first", "middle", "last")
    ]
    depth = {m["name"]: m["depth"] for m in json.loads((tmp_path / "logdoc.json").read_text())["model"]["modules"]}
    assert depth == {"first": 0, "middle": 1, "last": 2}


def test_dead_units_of_a_functional_relu_are_seen_at_the_next_layer(tmp_path: Path) -> None:
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Linear(8, 10), nn.Linear(10, 3)
            with torch.no_grad():
                self.one.bias[:4] = -100.0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.two(nn.functional.relu(self.one(x)))

    model = Functional()
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1):
        train(model, optimizer, 3)
    run = the_run(tmp_path)
    assert values(run, "act_dead_frac/two.input")[0] == pytest.approx(0.4)
    assert "act_dead_frac/one.input" not in run.series, "the data were not rectified"


def test_user_values_keep_their_step_whether_logged_before_or_after_it(tmp_path: Path) -> None:
    for where in ("before", "after"):
        model = mlp()
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        with logdoc.hook.watch(model, optimizer, tmp_path / where) as watch:
            for step in range(5):
                x, y = batch(step)
                loss = nn.functional.cross_entropy(model(x), y)
                loss.backward()
                if where == "before":
                    watch.log(
                        loss=step, val_accuracy=0.5, other=torch.tensor([step + 0.5]), **{"my/tag": np.float32(2)}
                    )
                optimizer.step()
                if where == "after":
                    watch.log(
                        loss=step, val_accuracy=0.5, other=torch.tensor([step + 0.5]), **{"my/tag": np.float32(2)}
                    )
        run = the_run(tmp_path / where)
        assert run.series["train/loss"].steps.tolist() == run.series["train/loss"].values.tolist() == [0, 1, 2, 3, 4]
        assert {"val/accuracy", "train/other", "my/tag"} <= set(run.series)


def test_values_of_micro_batches_are_averaged(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1) as watch:
        for step in range(3):
            for part in range(4):
                x, y = batch(10 * step + part)
                nn.functional.cross_entropy(model(x), y).backward()
                watch.log(loss=step + part)
            optimizer.step()
            optimizer.zero_grad()
    run = the_run(tmp_path)
    assert values(run, "train/loss").tolist() == [1.5, 2.5, 3.5]
    assert run.series["act_std/0"].steps.tolist() == [0, 1, 2]


def test_the_learning_rate_is_logged_when_it_changes_and_per_group(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(
        [{"params": model[0].parameters(), "lr": 0.1, "name": "first"}, {"params": model[2].parameters(), "lr": 0.2}]
    )
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 15, 0.1)
    with logdoc.hook.watch(model, optimizer, tmp_path, every=1000):
        train(model, optimizer, 40, each=lambda _: schedule.step())
    run = the_run(tmp_path)
    assert run.series["train/lr/first"].steps.tolist() == [0, 15, 30]
    assert values(run, "train/lr/1") == pytest.approx([0.2, 0.02, 0.002])


def test_a_resumed_run_goes_on_at_its_step(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with logdoc.hook.watch(model, optimizer, tmp_path) as watch:
        train(model, optimizer, 20, watch)
    with logdoc.hook.watch(model, optimizer, tmp_path, step=20) as watch:
        train(model, optimizer, 20, watch, first=20)
    assert the_run(tmp_path).series["train/loss"].steps.tolist() == list(range(40))


def test_csv_holds_the_same_values(tmp_path: Path) -> None:
    for kind in ("events", "csv"):
        model = mlp()
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        with logdoc.hook.watch(model, optimizer, tmp_path / kind, every=3, format=kind) as watch:
            train(model, optimizer, 10, watch)
    events, table = the_run(tmp_path / "events"), the_run(tmp_path / "csv")
    timed = {"perf/step_s", "perf/data_wait_s"}
    assert set(events.series) == set(table.series)
    for name in set(events.series) - timed:
        assert values(events, name) == pytest.approx(values(table, name), rel=1e-6), name


def test_too_many_tags_leave_out_biases_first_and_say_so(tmp_path: Path) -> None:
    model = nn.Sequential(*(nn.Linear(8, 8) for _ in range(20)), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for most in (170, 40):
        with logdoc.hook.watch(model, optimizer, tmp_path / str(most), max_tags=most, every=1):
            train(model, optimizer, 2)
        run = the_run(tmp_path / str(most))
        layered = [n for n in run.series if n.startswith(("act_", "grad_norm/", "weight_", "update_"))]
        assert 0 < len(layered) <= most
        assert not any(n.endswith("bias") for n in layered)
        dropped = json.loads((tmp_path / str(most) / "logdoc.json").read_text())["model"]["dropped"]
        assert dropped["parameters"] >= 21


def test_the_sidecar_says_what_no_curve_tells(tmp_path: Path) -> None:
    model = mlp()
    model[0].weight.requires_grad_(False)
    optimizer = torch.optim.AdamW(
        [p for n, p in model.named_parameters() if not n.startswith("4")], 3e-4, weight_decay=0.1
    )
    with logdoc.hook.watch(model, optimizer, tmp_path) as watch:
        watch.meta(num_classes=3, loss="cross_entropy", train_size=1000)
        train(model, optimizer, 5, watch)
    content = json.loads((tmp_path / "logdoc.json").read_text())
    assert content["schema"] == "logdoc-log/1"
    assert content["exit"] == {"kind": "ok", "text": "", "step": 5}
    assert content["task"]["chance_loss"] == pytest.approx(math.log(3))
    assert content["data"]["batch_size"] == 32
    assert content["optimizer"][0]["class"] == "AdamW"
    by_name = {p["name"]: p for p in content["model"]["params"]}
    assert by_name["0.weight"] == {"name": "0.weight", "shape": [16, 8], "requires_grad": False, "in_optimizer": True}
    assert not by_name["4.bias"]["in_optimizer"]
    run = the_run(tmp_path)
    assert run.config["not_in_optimizer"] == "4.weight, 4.bias"
    assert (run.config["optimizer"], run.config["lr"], run.config["num_classes"], run.config["batch_size"]) == (
        "AdamW",
        3e-4,
        3,
        32,
    )
    (tmp_path / "logdoc.json").unlink()
    assert the_run(tmp_path).config["not_in_optimizer"] == "4.weight, 4.bias", "the event file explains itself"


@pytest.mark.parametrize(
    "wrong", [{"model": 3}, {"optimizer": "adam"}, {"optimizer": []}, {"every": 0}, {"format": "parquet"}]
)
def test_arguments_that_can_never_work_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    model = mlp()
    given = {"model": model, "optimizer": torch.optim.SGD(model.parameters(), 0.1), "logdir": tmp_path, **wrong}
    with pytest.raises((TypeError, ValueError)):
        logdoc.hook.watch(**given)  # type: ignore[arg-type]


def test_nothing_is_left_behind_and_closing_twice_is_fine(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    watch = logdoc.hook.watch(model, optimizer, tmp_path, every=1)
    train(model, optimizer, 3, watch)
    assert hooks_on(model) > 0
    watch.close()
    watch.close()
    watch.log(loss=1.0)
    watch.meta(num_classes=2)
    assert hooks_on(model, optimizer) == 0


def test_between_samples_no_hook_is_on_the_model(tmp_path: Path) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    counts: dict[int, int] = {}
    with logdoc.hook.watch(model, optimizer, tmp_path, every=5):
        train(model, optimizer, 12, each=lambda step: counts.update({step: hooks_on(model)}))
    # After step 4 the hooks for step 5 are on.
    assert [step for step, count in counts.items() if count] == [4, 9]
