"""The settings that the text of a program shows, and what is no setting or not plain."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from logdoc.model import ConfigValue, ProgramText
from logdoc.program import read_program
from tests.program.programs import PLAIN, changed, line_of

STEP = "\nloss.backward()\n"


def sets(text: str, *, name: str = "train.py", **others: str) -> Mapping[str, ConfigValue]:
    """Return the settings of a program by their keys."""
    texts = (ProgramText(name, text, main=True), *(ProgramText(f"{n}.py", t) for n, t in others.items()))
    return {one.key: one.value for one in read_program(texts).settings}


def test_what_a_plain_program_trains_with_has_its_place() -> None:
    found = {one.key: one for one in read_program((ProgramText("train.py", PLAIN, main=True),)).settings}

    assert {key: one.value for key, one in found.items()} == {
        "batch_size": 32,
        "dropout": 0.3,
        "loss": "crossentropyloss",
        "lr": 0.1,
        "optimizer": "sgd",
        "scheduler": "steplr",
    }
    assert found["lr"].place == f"train.py:{line_of(PLAIN, 'torch.optim.SGD')}"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("optim.SGD(model.parameters(), lr=0.5, momentum=0.9)", {"optimizer": "sgd", "lr": 0.5, "momentum": 0.9}),
        ("optim.SGD(model.parameters(), 0.5)", {"optimizer": "sgd", "lr": 0.5}),
        (
            "torch.optim.AdamW(net.parameters(), lr=1e-3, betas=(0.5, 0.999), weight_decay=0.05, eps=1e-6)",
            {"optimizer": "adamw", "lr": 1e-3, "betas": "[0.5, 0.999]", "weight_decay": 0.05, "optimizer_eps": 1e-6},
        ),
        ("tf.train.AdamOptimizer(1e-4)", {"optimizer": "adam", "lr": 1e-4}),
        ("optax.adam(3e-4)", {"optimizer": "adam", "lr": 3e-4}),
        ("Adagrad(lr=1.0, epsilon=1e-6)", {"optimizer": "adagrad", "lr": 1.0, "optimizer_eps": 1e-6}),
        ("keras.optimizers.Adam(0.01, clipnorm=1.0)", {"optimizer": "adam", "lr": 0.01, "clip_norm": 1.0}),
        ("torch.nn.utils.clip_grad_norm_(model.parameters(), 0.01)", {"max_grad_norm": 0.01}),
        ("clip_grad_norm_(model.parameters(), max_norm=5)", {"max_grad_norm": 5}),
        ("nn.Dropout(0.9)", {"dropout": 0.9}),
        ("DataLoader(ds, 1, shuffle=True)", {"batch_size": 1}),
        ("criterion = nn.TripletMarginLoss(margin=1.0)", {"loss": "tripletmarginloss"}),
        (
            "criterion = nn.CrossEntropyLoss(label_smoothing=0.1)",
            {"loss": "crossentropyloss", "label_smoothing": 0.1},
        ),
        ("model.fit(x, y, batch_size=128, nb_epoch=100)", {"batch_size": 128, "nb_epochs": 100}),
        (
            "model.compile(loss='binary_crossentropy', optimizer='rmsprop')",
            {"loss": "binary_crossentropy", "optimizer": "rmsprop", "lr": 0.001},
        ),
        (
            "model.compile(loss=keras.losses.MeanSquaredError(), optimizer=Adam(lr=0.3))",
            {"loss": "mean_squared_error", "optimizer": "adam", "lr": 0.3},
        ),
        (
            "pl.Trainer(max_epochs=7, precision=16, gradient_clip_val=0.5)",
            {"max_epochs": 7, "precision": 16, "gradient_clip_val": 0.5},
        ),
        (
            "TrainingArguments('out', learning_rate=5e-5, num_train_epochs=3, fp16=True, warmup_steps=100)",
            {"learning_rate": 5e-5, "num_train_epochs": 3, "precision": "fp16", "warmup_steps": 100},
        ),
        ("SFTConfig(bf16=True, fp16=False, max_grad_norm=0.3)", {"precision": "bf16", "max_grad_norm": 0.3}),
        ("scaler = torch.cuda.amp.GradScaler()", {"precision": "fp16"}),
        ("XGBClassifier(learning_rate=0.3)", {"learning_rate": 0.3}),
    ],
)
def test_arguments_of_calls_are_settings(line: str, expected: Mapping[str, ConfigValue]) -> None:
    assert sets(line + STEP) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "LEARNING_RATE = 0.1\nbatch_size = 32\nnum_epochs = 5",
            {"learning_rate": 0.1, "batch_size": 32, "num_epochs": 5},
        ),
        ("weight_decay: float = 5e-4", {"weight_decay": 5e-4}),
        ("parser.add_argument('-l', '--learning-rate', type=float, default=0.1)", {"learning_rate": 0.1}),
        ("parser.add_argument('--rate', dest='lr', default=0.1)", {"lr": 0.1}),
        ("flags.DEFINE_float('learning_rate', 0.1, 'how fast')", {"learning_rate": 0.1}),
        ("@click.option('--batch-size', default=16)\ndef main(batch_size):\n    pass", {"batch_size": 16}),
        ("CONFIG = {'lr': 0.1, 'optimizer': {'name': 'adamw'}}", {"lr": 0.1, "optimizer.name": "adamw"}),
        ("args = argparse.Namespace(lr=0.1)", {"lr": 0.1}),
        ("args.lr = 0.1", {"lr": 0.1}),
        ("class TrainConfig:\n    lr: float = 0.1\n    epochs = field(default=3)", {"lr": 0.1, "epochs": 3}),
        (
            "params = {'objective': 'binary', 'eta': 0.3, 'task': 'train'}",
            {"learning_rate": 0.3, "objective": "binary"},
        ),
    ],
)
def test_what_a_program_declares_is_a_setting(text: str, expected: Mapping[str, ConfigValue]) -> None:
    assert sets(text + STEP) == expected


@pytest.mark.parametrize(
    "text",
    [
        "lr = 1e-3\nopt = torch.optim.Adam(net.parameters(), lr=lr)",
        "def main():\n    rate = 1e-3\n    opt = torch.optim.Adam(net.parameters(), rate)",
        "parser.add_argument('--lr', default=1e-3)\nopt = torch.optim.Adam(net.parameters(), lr=args.lr)",
        "parser.add_argument('--lr', default='0.001')\nopt = torch.optim.Adam(net.parameters(), lr=float(opt.lr))",
        "config = dict(lr=1e-3)\nopt = torch.optim.Adam(net.parameters(), lr=config['lr'])",
        "def make(net, lr=1e-3):\n    return torch.optim.Adam(net.parameters(), lr=lr)\nopt = make(net)",
        "R = 1e-3\nclass A:\n    def __init__(self):\n        self.lr = R\n    def made(self):\n        Ftrl(self.lr)",
    ],
)
def test_names_are_followed_through_simple_assignments(text: str) -> None:
    assert float(str(sets(text + STEP)["lr"])) == 1e-3


@pytest.mark.parametrize(
    "text",
    [
        "torch.optim.SGD(net.parameters(), lr=0.1 * world_size)",
        "lr = 0.1\nlr = lr * world_size\ntorch.optim.SGD(net.parameters(), lr=lr)",
        "if big:\n    lr = 0.1\nelse:\n    lr = 0.2\ntorch.optim.SGD(net.parameters(), lr=lr)",
        "for lr in (0.1, 0.2):\n    torch.optim.SGD(net.parameters(), lr=lr)",
        "LEARNING_RATE = 0.1\ntorch.optim.SGD(net.parameters(), lr=LEARNING_RATE / 10)",
        "torch.optim.SGD(net.parameters(), lr=settings.lr)",
        "def make(net, lr=0.1):\n    return torch.optim.SGD(net.parameters(), lr=lr)\nmake(net, lr=read())",
        "torch.optim.SGD([{'params': a, 'lr': 0.01}, {'params': b}], lr=0.1)",
        "lr = 0.1\nfor epoch in range(9):\n    lr *= 0.9",
        "lr = compute()",
        "torch.optim.SGD(net.parameters(), lr=None)",
    ],
)
def test_what_is_no_plain_constant_is_unknown(text: str) -> None:
    assert not {"lr", "learning_rate"} & set(sets(text + STEP))


def test_the_batches_of_validation_do_not_count() -> None:
    text = changed(("DataLoader(val_set, batch_size=32)", "DataLoader(val_set, batch_size=1)"))

    assert sets(text)["batch_size"] == 32
    assert "batch_size" not in sets("test_loader = DataLoader(data, batch_size=1)" + STEP)
    assert "batch_size" not in sets("def val_dataloader(self):\n    return DataLoader(self.data, batch_size=1)" + STEP)
    assert sets("loader = DataLoader(data, batch_size=1)\ntrain = DataLoader(data, batch_size=8)" + STEP) == {
        "batch_size": 8
    }


def test_two_loaders_that_disagree_tell_nothing() -> None:
    assert "batch_size" not in sets("a = DataLoader(one, batch_size=1)\nb = DataLoader(two, batch_size=8)" + STEP)


def test_the_optimizers_of_two_players_are_told_by_their_names() -> None:
    found = sets("opt_G = optim.Adam(netG.parameters(), lr=2e-4)\nopt_D = optim.Adam(netD.parameters(), lr=0.1)" + STEP)

    assert found == {"optimizer": "adam", "generator_lr": 2e-4, "discriminator_lr": 0.1}


def test_two_optimizers_that_disagree_leave_what_is_declared_unknown() -> None:
    found = sets("LR = 0.1\na = optim.SGD(one, lr=0.3)\nb = optim.SGD(two, lr=0.2)" + STEP)

    assert found == {"optimizer": "sgd"}


def test_of_several_optimizers_the_default_of_the_option_is_the_one() -> None:
    text = (
        "parser.add_argument('--optimizer', default='SGD')\nparser.add_argument('--lr', default=0.1)\n"
        "if args.optimizer == 'SGD':\n    opt = optim.SGD(p, lr=args.lr)\nelse:\n    opt = optim.Adam(p, lr=args.lr)"
    )

    assert sets(text + STEP) == {"optimizer": "SGD", "lr": 0.1}


@pytest.mark.parametrize(("name", "lr"), [("adam", 0.001), ("Adam", 0.001), ("SGD", 0.01), ("adagrad", None)])
def test_an_optimizer_of_keras_that_is_only_named_has_the_learning_rate_of_the_library(
    name: str, lr: float | None
) -> None:
    known = {} if lr is None else {"lr": lr}
    assert sets(f"model.compile(optimizer='{name}', loss='mse')" + STEP) == {"optimizer": name, "loss": "mse", **known}


@pytest.mark.parametrize(
    "text",
    [
        "model.optimizer.learning_rate = 0.0003",
        "K.set_value(model.optimizer.lr, rate)",
        "model.fit(x, y, callbacks=[LearningRateScheduler(decay)])",
        "model.fit(x, y, callbacks=[keras.callbacks.LearningRateScheduler(decay)])",
    ],
)
def test_a_learning_rate_that_the_program_sets_later_is_not_that_of_the_library(text: str) -> None:
    assert "lr" not in sets(f"model.compile(optimizer='adam', loss='mse')\n{text}" + STEP)


def test_two_optimizers_with_different_learning_rates_have_none_in_common() -> None:
    text = "model.compile(optimizer='adam', loss='mse')\nmodel.compile(optimizer=Adam(0.0001), loss='mse')"
    assert "lr" not in sets(text + STEP)


def test_several_losses_are_none_and_a_metric_is_no_loss() -> None:
    assert "loss" not in sets("loss = F.mse_loss(a, b) + F.l1_loss(a, b)" + STEP)
    assert sets("error = F.l1_loss(a, b)\nloss = F.mse_loss(a, b)" + STEP) == {"loss": "mse_loss"}
    assert "loss" not in sets("model.compile(loss=my_loss, optimizer='adam')" + STEP)


@pytest.mark.parametrize(
    "text",
    [
        "width = 224",
        "model = 'resnet'",
        "loss = 0.0",
        "epochs = 'many'",
        "lr = None",
        "num_steps = 0\nnum_steps += 1",
        "parser.add_argument('--resume', default='last.ckpt')",
        "parser.add_argument('--lr')",
        "parser.add_argument('name')",
        "class Dropout:\n    pass\nDropout(0.5)",
        "class Net:\n    lr = 0.1",
        "def evaluate():\n    lr = 0.1",
        "{'lr': 0.1}",
    ],
)
def test_what_only_looks_like_a_setting_is_none(text: str) -> None:
    assert sets(text + STEP) == {}


def test_only_the_program_that_trained_counts() -> None:
    texts = (ProgramText("train.py", "lr = 0.1" + STEP), ProgramText("plot.py", "lr = 0.5\nbatch_size = 3\n"))

    assert [(one.key, one.value) for one in read_program(texts).settings] == [("lr", 0.1)]


def test_constants_may_lie_in_a_file_that_the_program_imports() -> None:
    assert sets("import conf\nopt = optim.SGD(p, lr=conf.RATE)" + STEP, conf="RATE = 0.25\n")["lr"] == 0.25


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("LR = 0.1\n" * 20_000, "train.py"),
        ("".join(f"A{i} = {i}\n" for i in range(20_000)), "train.py"),
        ("def f(lr):\n" + "    SGD(lr=lr)\n" * 9_000, "train.py"),
        ("a" + ".fit(epochs=3)" * 80, "train.py"),
        ("fit(" * 40_000, "train.R"),
        ("a" * 300_000, "train.R"),
        ("a <- " + "1" * 300_000 + "x", "train.R"),
        ("fit()\na <- 1" + " " * 300_000 + "x", "train.R"),
        (" " * 300_000 + "fit(epochs = 3)" * 600, "train.R"),
    ],
)
def test_long_programs_cost_little(text: str, name: str) -> None:
    begin = time.process_time()
    sets(text, name=name)

    assert time.process_time() - begin < 20


def test_programs_of_libraries_that_train_by_themselves_are_found() -> None:
    def lone(text: str) -> Mapping[str, ConfigValue]:
        return {one.key: one.value for one in read_program((ProgramText("a.py", text),)).settings}

    assert lone("a = TrainingArguments(learning_rate=0.1)\ntrainer.train()\n") == {"learning_rate": 0.1}
    assert lone("xgb.train({}, data)\nparams = {'eta': 0.1, 'max_depth': 3}\n")["learning_rate"] == 0.1
    assert lone("tf.train.GradientDescentOptimizer(0.1).minimize(cost)\n") == {"optimizer": "sgd", "lr": 0.1}
    assert lone("lr = 0.1\nmodel.train()\n") == {}


R = """\
# lr = 5
library(keras)
batch <- 128
EPOCHS <- 10
model %>% keras::compile(
    optimizer_sgd(lr = 0.1, momentum = 0.9),
    loss = "mse",  # not "mae"
    metrics = "mae"
  )
history <- model %>% fit(
  x_train,
  y_train
  batch_size = batch,
  epochs = EPOCHS,
  callbacks = list(callback(batch_size = 3)),
  validation_split = 0.2)
"""


def test_settings_of_r_scripts_are_read_without_a_parser() -> None:
    found = read_program((ProgramText("train.R", R),))

    assert {one.key: (one.value, one.place) for one in found.settings} == {
        "batch_size": (128, "train.R:13"),
        "epochs": (10, "train.R:14"),
        "loss": ("mse", "train.R:7"),
        "lr": (0.1, "train.R:6"),
        "momentum": (0.9, "train.R:6"),
        "optimizer": ("sgd", "train.R:6"),
    }
    assert not found.notes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("compile(optimizer_adam(0.001))", {"optimizer": "adam", "lr": 0.001}),
        ("opt <- optim_adam(model$parameters, lr = 1e-3)\nfit()", {"optimizer": "adam", "lr": 1e-3}),
        ("model |> layer_dropout(0.5)\nfit()", {"dropout": 0.5}),
        ("model |> layer_dropout(rate = r)\nfit()", {}),
        ("valid_dl <- dataloader(ds, batch_size = 3)\nfit()", {}),
        ("lr <- 0.1\nlr <- 0.2\ncompile(optimizer_sgd(lr = lr))", {"optimizer": "sgd"}),
        ("compile(optimizer_sgd(lr = 0.1 * n))", {"optimizer": "sgd"}),
        ("compile(loss = paste('m', 'se'))", {}),
        ("batch_size <- 32\nfit(epochs = 10L)", {"batch_size": 32, "epochs": 10}),
        ("fit(epochs = 10", {"epochs": 10}),
        ("plot(lr = 0.1)", {}),
        ("fit(" * 3000, {}),
    ],
)
def test_r_scripts_are_read_with_patience(text: str, expected: Mapping[str, ConfigValue]) -> None:
    assert sets(text, name="train.R") == expected


def test_between_two_r_scripts_nothing_is_decided() -> None:
    texts = tuple(ProgramText(f"{name}.R", "fit(epochs = 3)") for name in "ab")

    found = read_program(texts)

    assert found.settings == ()
    assert [(note.source, "--code" in note.what) for note in found.notes] == [("a.R", True)]


def test_an_r_script_that_is_too_long_is_a_note_and_hides_no_other() -> None:
    texts = (ProgramText("data.R", "x\n" * 250_000), ProgramText("train.R", "fit(epochs = 3)"))

    found = read_program(texts)

    assert [(one.key, one.value) for one in found.settings] == [("epochs", 3)]
    assert [(note.source, "longer than" in note.what, note.lost) for note in found.notes] == [("data.R", True, False)]
