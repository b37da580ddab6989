"""Every pattern shows in a program that has the fault, with the line at which it stands."""

from __future__ import annotations

import pytest
from programs import PLAIN, changed, line_of

HEAD = "return self.head(self.drop(x))"
LOSS = "loss = criterion(logits, y)\n        loss.backward()"
OPTIMIZER = "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)"
TRAIN_LOADER = "DataLoader(train_set, batch_size=32, shuffle=True)"

# name, the fact, what is replaced, and a part of the line that must be named
FAULTS = [
    (
        "softmax at the end of the network",
        "activation_before_loss",
        [(HEAD, "return F.softmax(self.head(x), dim=1)")],
        "F.softmax(self",
    ),
    (
        "softmax as a module",
        "activation_before_loss",
        [
            ("self.drop = nn.Dropout(0.3)", "self.soft = nn.Softmax(dim=1)"),
            (HEAD, "x = self.head(x)\n        return self.soft(x)"),
        ],
        "return self.soft",
    ),
    (
        "softmax in the call of the loss",
        "activation_before_loss",
        [(LOSS, "loss = F.cross_entropy(torch.softmax(logits, -1), y)\n        loss.backward()")],
        "torch.softmax(logits",
    ),
    (
        "softmax as a method",
        "activation_before_loss",
        [("        logits = model(x)\n        loss", "        logits = model(x).softmax(dim=1)\n        loss")],
        "model(x).softmax",
    ),
    (
        "softmax at the end of a chain",
        "activation_before_loss",
        [("model = Net()", "model = nn.Sequential(nn.Linear(20, 5), nn.Softmax(dim=1))")],
        "nn.Softmax(dim=1)",
    ),
    (
        "sigmoid before a loss on logits",
        "activation_before_loss",
        [("nn.CrossEntropyLoss()", "nn.BCEWithLogitsLoss()"), (HEAD, "return torch.sigmoid(self.head(x))")],
        "torch.sigmoid",
    ),
    ("ReLU on the outputs", "relu_before_loss", [(HEAD, "return F.relu(self.head(x))")], "F.relu(self.head"),
    (
        "probabilities into NLLLoss",
        "no_log_before_nll",
        [("nn.CrossEntropyLoss()", "nn.NLLLoss()"), (HEAD, "return F.softmax(self.head(x), dim=1)")],
        "loss = criterion",
    ),
    (
        "raw outputs into NLLLoss",
        "no_log_before_nll",
        [("nn.CrossEntropyLoss()", "nn.NLLLoss()"), (HEAD, "return self.head(x)")],
        "loss = criterion",
    ),
    ("no zero_grad", "gradients_not_cleared", [("        optimizer.zero_grad()\n", "")], "loss.backward()"),
    (
        "zero_grad once an epoch",
        "gradients_not_cleared",
        [
            ("        optimizer.zero_grad()\n", ""),
            ("    model.train()\n", "    model.train()\n    optimizer.zero_grad()\n"),
        ],
        "optimizer.zero_grad()",
    ),
    ("no step", "no_step", [("        optimizer.step()\n", "")], "loss.backward()"),
    (
        "zero_grad before step",
        "gradients_cleared_before_step",
        [
            ("        optimizer.zero_grad()\n", ""),
            ("        optimizer.step()\n", "        optimizer.zero_grad()\n        optimizer.step()\n"),
        ],
        "optimizer.zero_grad()",
    ),
    (
        "step before backward, after zero_grad",
        "gradients_cleared_before_step",
        [
            ("        optimizer.step()\n", ""),
            ("        optimizer.zero_grad()\n", "        optimizer.zero_grad()\n        optimizer.step()\n"),
        ],
        "optimizer.zero_grad()",
    ),
    ("no eval", "no_eval_mode", [("    model.eval()\n", "")], "for x, y in val_loader"),
    ("never back to training", "no_train_mode", [("    model.train()\n", "")], "model.eval()"),
    (
        "no no_grad",
        "gradients_in_validation",
        [("    with torch.no_grad():\n", "    if True:\n")],
        "for x, y in val_loader",
    ),
    (
        "shuffle off",
        "training_not_shuffled",
        [(TRAIN_LOADER, "DataLoader(train_set, batch_size=32, shuffle=False)")],
        "DataLoader(train_set",
    ),
    ("shuffle not set", "training_not_shuffled", [(TRAIN_LOADER, "DataLoader(train_set, 32)")], "DataLoader(train_set"),
    (
        "parameters of another network",
        "other_parameters",
        [(OPTIMIZER, "other = Net()\noptimizer = torch.optim.SGD(other.parameters(), lr=0.1)")],
        "optim.SGD(other",
    ),
    (
        "a network made anew",
        "other_parameters",
        [(OPTIMIZER, OPTIMIZER + "\nmodel = Net().to(device)")],
        "model = Net().to(device)\nscheduler",
    ),
    (
        "only the head in the optimizer",
        "part_in_optimizer",
        [("SGD(model.parameters()", "SGD(model.head.parameters()")],
        "optim.SGD",
    ),
    ("a schedule that is never stepped", "schedule_not_stepped", [("    scheduler.step()\n", "")], "StepLR"),
    (
        "a schedule of epochs stepped per batch",
        "schedule_per_batch",
        [
            ("    scheduler.step()\n", ""),
            ("        optimizer.step()\n", "        optimizer.step()\n        scheduler.step()\n"),
        ],
        "scheduler.step()",
    ),
    (
        "a cosine over epochs stepped per batch",
        "schedule_per_batch",
        [
            ("StepLR(optimizer, step_size=10)", "CosineAnnealingLR(optimizer, T_max=epochs)"),
            ("    scheduler.step()\n", ""),
            ("        optimizer.step()\n", "        optimizer.step()\n        scheduler.step()\n"),
        ],
        "scheduler.step()",
    ),
    ("losses added up", "loss_kept_with_graph", [("total += loss.item()", "total += loss")], "total += loss"),
    (
        "a sum that goes on from epoch to epoch",
        "total_never_reset",
        [
            ("    total = 0.0\n", ""),
            ("device =", "losses = 0.0\ndevice ="),
            ("total += loss.item()", "losses += loss.item()"),
            ("    scheduler.step()\n", "    scheduler.step()\n    print(epoch, losses / len(train_loader))\n"),
        ],
        "losses += loss.item()",
    ),
    ("losses in a list", "loss_kept_with_graph", [("total += loss.item()", "history.append(loss)")], "history.append"),
    (
        "logarithm of a product of softmax",
        "logarithm_unguarded",
        [
            (
                "loss = criterion(logits, y)\n        loss.backward",
                "loss = -(torch.log(torch.softmax(logits, 1)) * y).sum(1).mean()\n        loss.backward",
            )
        ],
        "torch.log(",
    ),
    (
        "division by a norm",
        "division_unguarded",
        [(HEAD, "x = x / x.norm(dim=1, keepdim=True)\n        return self.head(x)")],
        "x / x.norm",
    ),
    (
        "a bare square root",
        "root_unguarded",
        [
            (
                "loss = criterion(logits, y)\n        loss.backward",
                "loss = torch.sqrt(F.mse_loss(logits, y))\n        loss.backward",
            )
        ],
        "torch.sqrt",
    ),
    (
        "a sum over the batch",
        "loss_summed",
        [("nn.CrossEntropyLoss()", 'nn.CrossEntropyLoss(reduction="sum")')],
        "loss = criterion",
    ),
    (
        "a metric of other outputs",
        "metric_elsewhere",
        [
            ("hits += (logits.argmax(1) == y)", "guess = other(x)\n            hits += (guess.argmax(1) == y)"),
            ("device =", "other = Net()\ndevice ="),
        ],
        "guess.argmax",
    ),
    (
        "a metric of other targets",
        "metric_elsewhere",
        [("for x, y in val_loader", "for x, y, z in val_loader"), ("argmax(1) == y", "argmax(1) == z")],
        "argmax(1) == z",
    ),
    ("the largest of the batch", "argmax_over_batch", [("argmax(1)", "argmax(dim=0)")], "argmax(dim=0)"),
    (
        "detached outputs",
        "graph_cut",
        [("        logits = model(x)\n        loss", "        logits = model(x).detach()\n        loss")],
        "detach()",
    ),
    (
        "a loss that is told to need gradients",
        "graph_cut",
        [(LOSS, "loss = criterion(logits, y)\n        loss.requires_grad = True\n        loss.backward()")],
        "loss.requires_grad",
    ),
    (
        "frozen parts",
        "parts_frozen",
        [(OPTIMIZER, "for p in model.body.parameters():\n    p.requires_grad = False\n" + OPTIMIZER)],
        "p.requires_grad",
    ),
    (
        "validation on the training data",
        "validation_on_training_data",
        [("DataLoader(val_set", "DataLoader(train_set")],
        "DataLoader(train_set, batch_size=32)",
    ),
    (
        "inputs and labels shuffled apart",
        "shuffled_apart",
        [("device =", "import numpy as np\nnp.random.shuffle(train_x)\nnp.random.shuffle(train_y)\ndevice =")],
        "np.random.shuffle(train_y)",
    ),
]


@pytest.mark.parametrize(("fact", "pairs", "place"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_fault_is_seen_at_its_line(fact: str, pairs: list[tuple[str, str]], place: str, seen) -> None:  # type: ignore[no-untyped-def]
    text = changed(*pairs)

    facts = seen(text)

    assert facts.get(fact, "").startswith(f"train.py:{line_of(text, place)}: "), facts


def test_a_program_in_order_gives_only_signs_of_order(seen) -> None:  # type: ignore[no-untyped-def]
    assert seen(PLAIN) == {}
    assert set(seen(PLAIN, keep_good=True)) == {"gradients_cleared", "eval_mode", "training_shuffled"}


KERAS = """\
from tensorflow import keras
model = keras.Sequential([keras.layers.Dense(32, activation="relu"), keras.layers.Dense(10{end})])
model.compile(optimizer="adam", loss={loss})
model.fit(x, y, epochs=3{more})
"""


@pytest.mark.parametrize(
    ("fact", "end", "loss"),
    [
        (
            "activation_before_loss",
            ', activation="softmax"',
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
        ),
        ("activation_before_loss", ', "sigmoid"', "keras.losses.BinaryCrossentropy(from_logits=True)"),
        ("no_activation_before_loss", "", '"sparse_categorical_crossentropy"'),
        ("no_activation_before_loss", "", "keras.losses.CategoricalCrossentropy()"),
    ],
)
def test_a_keras_loss_that_disagrees_with_the_last_layer_is_seen(fact: str, end: str, loss: str, seen) -> None:  # type: ignore[no-untyped-def]
    assert list(seen(KERAS.format(end=end, loss=loss, more=""))) == [fact]


@pytest.mark.parametrize(
    ("end", "loss"),
    [
        ("", "keras.losses.SparseCategoricalCrossentropy(from_logits=True)"),
        (', activation="softmax"', '"sparse_categorical_crossentropy"'),
        ("", '"mse"'),
        ("", "my_loss"),
        (", activation=chosen()", '"categorical_crossentropy"'),
        ("", "keras.losses.BinaryCrossentropy(from_logits=flag)"),
    ],
)
def test_a_keras_loss_that_agrees_or_may_agree_is_silent(end: str, loss: str, seen) -> None:  # type: ignore[no-untyped-def]
    assert seen(KERAS.format(end=end, loss=loss, more="")) == {}


def test_keras_layers_that_are_added_one_by_one_are_followed(seen) -> None:  # type: ignore[no-untyped-def]
    text = """\
from keras.models import Sequential
from keras.layers import Dense, Activation
from keras.losses import SparseCategoricalCrossentropy
model = Sequential()
model.add(Dense(32))
model.add(Activation("softmax"))
loss = SparseCategoricalCrossentropy(from_logits=True)
model.compile("adam", loss=loss)
model.fit(x, y, shuffle=False)
"""

    facts = seen(text)

    assert facts["activation_before_loss"].startswith("train.py:6: softmax")
    assert facts["training_not_shuffled"].startswith("train.py:9: ")
