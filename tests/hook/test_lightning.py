from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the hook needs PyTorch")
lightning = pytest.importorskip("lightning.pytorch", reason="the adapter needs Lightning")

from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

from logdoc.context.roles import understand  # noqa: E402
from logdoc.hook.lightning import LogdocCallback  # noqa: E402
from tests.hook.written_log import hooks_on, only_run, scalars, sidecar  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers.*"),
    pytest.mark.filterwarnings("ignore:.*number of training batches.*smaller than the logging interval.*"),
    pytest.mark.filterwarnings("ignore:.*but have no `val_dataloader`.*"),
    pytest.mark.filterwarnings("ignore:.*GPU available but not used.*"),
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated:FutureWarning"),
]
BATCHES = 12  # of an epoch


class Classifier(lightning.LightningModule):
    def __init__(self, *, fails_at: int = -1, manual: bool = False) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
        self.losses: list[float] = []
        self.fails_at = fails_at
        self.automatic_optimization = not manual

    def _loss(self, batch: Any) -> tuple[Any, Any]:
        x, y = batch
        logits = self.net(x)
        return nn.functional.cross_entropy(logits, y), (logits.argmax(1) == y).float().mean()

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        if self.global_step == self.fails_at:
            raise RuntimeError("out of luck")
        loss, accuracy = self._loss(batch)
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        self.log("train_acc", accuracy, on_step=True, on_epoch=False)
        self.losses.append(loss.item())
        if not self.automatic_optimization:
            for optimizer in self.optimizers():
                optimizer.zero_grad()
            self.manual_backward(loss)
            for optimizer in self.optimizers():
                optimizer.step()
        return loss

    def on_train_epoch_end(self) -> None:
        self.log("train_epochs_done", float(self.current_epoch + 1))

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        loss, accuracy = self._loss(batch)
        self.log("val_loss", loss)
        self.log("accuracy", accuracy)

    def configure_optimizers(self) -> Any:
        if self.automatic_optimization:
            return torch.optim.SGD(self.parameters(), lr=0.1)
        return [torch.optim.SGD(self.net[0].parameters(), lr=0.1), torch.optim.SGD(self.net[2].parameters(), lr=0.1)]


def fitted(
    folder: Path, *callbacks: Any, module: Any = None, with_validation: bool = True, **options: Any
) -> tuple[Any, Any]:
    lightning.seed_everything(7, verbose=False)
    x = torch.randn(BATCHES * 8, 4)
    data = TensorDataset(x, (x[:, 0] > 0).long() + (x[:, 1] > 0).long())
    model = module() if module is not None else Classifier()
    quiet = {
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "enable_checkpointing": False,
        "logger": False,
        "accelerator": "cpu",
    }
    trainer = lightning.Trainer(
        default_root_dir=folder,
        callbacks=list(callbacks),
        **{"max_epochs": 2, "log_every_n_steps": 4, **quiet, **options},
    )
    trainer.fit(
        model,
        DataLoader(data, batch_size=8, shuffle=True),
        DataLoader(data, batch_size=32) if with_validation else None,
    )
    return trainer, model


def test_a_fit_is_logged_for_tensorboard_and_for_the_analyser(tmp_path: Path) -> None:
    callback = LogdocCallback(every=2)
    trainer, model = fitted(tmp_path, callback, gradient_clip_val=0.5)

    logged = scalars(tmp_path / "logdoc")

    assert [step for step, _ in logged["train/loss"]] == list(range(2 * BATCHES))
    assert [value for _, value in logged["train/loss"]] == pytest.approx(model.losses)
    assert [step for step, _ in logged["train/acc"]] == [3, 7, 11, 15, 19, 23]
    assert [step for step, _ in logged["val/loss"]] == [BATCHES - 1, 2 * BATCHES - 1]
    assert logged["val/loss"][-1][1] == pytest.approx(float(trainer.callback_metrics["val_loss"]))
    assert 0 <= logged["val/accuracy"][-1][1] <= 1
    first_epoch = sum(model.losses[:BATCHES]) / BATCHES
    assert logged["train/loss_epoch"][0] == (BATCHES - 1, pytest.approx(first_epoch, rel=1e-5))
    assert logged["train/epochs_done"] == [(BATCHES - 1, 1.0), (2 * BATCHES - 1, 2.0)]
    assert [step for step, _ in logged["act_std/net.0"]] == list(range(0, 2 * BATCHES, 2))
    assert all(value > 0 for _, value in logged["act_std/net.0"])
    assert all(0 < value <= 0.5 + 1e-6 for _, value in logged["grad_norm/net.2.weight"])
    assert all(0 < value < 1 for _, value in logged["update_ratio/net.0.weight"])
    about = sidecar(tmp_path / "logdoc")
    assert about["exit"] == {"kind": "ok", "text": "", "step": 2 * BATCHES}
    assert about["meta"] == {"max_epochs": 2, "gradient_clip_val": 0.5, "precision": "32-true"}
    assert about["data"] == {"batch_size": 8, "world_size": 1, "accumulation": 1}
    run = only_run(tmp_path / "logdoc")
    assert len(run.series["train/loss"]) == 2 * BATCHES
    assert callback.watching is not None
    assert callback.watching.closed
    assert hooks_on(model, trainer.optimizers[0]) == 0


def test_losses_are_the_same_with_and_without(tmp_path: Path) -> None:
    _, plain = fitted(tmp_path / "a")
    _, watched = fitted(tmp_path / "b", LogdocCallback(every=1))

    assert watched.losses == plain.losses


def test_micro_batches_make_one_loss_per_step(tmp_path: Path) -> None:
    _, model = fitted(tmp_path, LogdocCallback(every=1), with_validation=False, max_epochs=1, accumulate_grad_batches=3)

    means = [sum(model.losses[i : i + 3]) / 3 for i in range(0, BATCHES, 3)]
    assert scalars(tmp_path / "logdoc")["train/loss"] == [
        (i, pytest.approx(mean, rel=1e-6)) for i, mean in enumerate(means)
    ]
    assert sidecar(tmp_path / "logdoc")["data"]["accumulation"] == 3


def test_several_validation_sets_are_told_apart(tmp_path: Path) -> None:
    class Twice(Classifier):
        def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:
            self.log("val_loss", self._loss(batch)[0], on_step=True, on_epoch=True)

        def val_dataloader(self) -> Any:
            return [DataLoader(TensorDataset(torch.randn(8, 4), torch.zeros(8, dtype=torch.long)), batch_size=8)] * 2

    fitted(tmp_path, LogdocCallback(), module=Twice, with_validation=False, max_epochs=1)

    logged = scalars(tmp_path / "logdoc")
    assert {tag for tag in logged if tag.startswith("val/")} == {
        "val/loss/dataloader_idx_0",
        "val/loss/dataloader_idx_1",
    }
    assert "val.loss" in understand(only_run(tmp_path / "logdoc")).one


def test_several_optimizers_count_one_step_per_batch(tmp_path: Path) -> None:
    _, model = fitted(
        tmp_path, LogdocCallback(every=1), module=lambda: Classifier(manual=True), with_validation=False, max_epochs=1
    )

    logged = scalars(tmp_path / "logdoc")
    assert logged["train/loss"] == [(i, pytest.approx(loss)) for i, loss in enumerate(model.losses)]
    assert {"update_ratio/net.0.weight", "update_ratio/net.2.weight"} <= set(logged)


def test_an_exception_closes_the_log_with_its_reason(tmp_path: Path) -> None:
    callback = LogdocCallback()
    with pytest.raises(RuntimeError, match="out of luck"):
        fitted(tmp_path, callback, module=lambda: Classifier(fails_at=5))

    about = sidecar(tmp_path / "logdoc")
    assert about["exit"] == {"kind": "exception", "text": "RuntimeError: out of luck", "step": 5}
    assert len(scalars(tmp_path / "logdoc")["train/loss"]) == 5
    assert callback.watching is not None
    assert callback.watching.closed


def test_a_resumed_fit_counts_on_in_the_folder_of_its_logger(tmp_path: Path) -> None:
    from lightning.pytorch.loggers import CSVLogger

    trainer, _ = fitted(tmp_path / "first", with_validation=False, max_epochs=1)
    trainer.save_checkpoint(tmp_path / "half.ckpt")
    lightning.seed_everything(7, verbose=False)
    data = DataLoader(TensorDataset(torch.randn(16, 4), torch.zeros(16, dtype=torch.long)), batch_size=8)
    logger = CSVLogger(tmp_path, name="runs", version="second")
    again = lightning.Trainer(
        max_epochs=2,
        logger=logger,
        callbacks=[LogdocCallback()],
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
    )
    again.fit(Classifier(), data, ckpt_path=tmp_path / "half.ckpt", weights_only=False)

    steps = [step for step, _ in scalars(tmp_path / "runs" / "second" / "logdoc")["train/loss"]]
    assert steps == [BATCHES, BATCHES + 1]


def test_what_can_never_work_is_told_at_once_and_the_rest_never_stops_training(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="every must be"):
        LogdocCallback(every=0)
    with pytest.warns(RuntimeWarning, match="gave up watching: TypeError"):
        trainer, _ = fitted(tmp_path, LogdocCallback(no_such_option=1), max_epochs=1)  # type: ignore[arg-type]

    assert trainer.global_step == BATCHES
