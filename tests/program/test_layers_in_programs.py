"""Layers that nothing trains, and states that carry their graph: faults and look-alikes."""

from __future__ import annotations

import pytest
from programs import changed

NET = """\
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        for block in self.blocks:
            x = torch.relu(block(x))
        return self.head(x)
"""
PLAIN_LIST = ("nn.ModuleList([nn.Linear(8, 8) for _ in range(3)])", "[nn.Linear(8, 8) for _ in range(3)]")


def test_a_layer_made_in_forward_is_seen(seen) -> None:
    text = changed(("return self.head(x)", "return nn.Linear(8, 2)(x)"), text=NET)

    assert seen(text)["layer_made_in_forward"].startswith("train.py:14: Linear is made in forward()")


def test_layers_in_a_plain_list_are_seen(seen) -> None:
    assert seen(changed(PLAIN_LIST, text=NET))["layers_in_list"].startswith("train.py:8: 'self.blocks'")


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("return self.head(x)", "return nn.ReLU()(x)")],
        [("return self.head(x)", "self.late = nn.Linear(8, 2)\n        return self.late(x)")],
        [PLAIN_LIST, ("        self.head =", "        self.all = nn.Sequential(*self.blocks)\n        self.head =")],
        [PLAIN_LIST, ("(nn.Module)", "(Something)")],
    ],
    ids=["in order", "without weights", "made when first needed", "known as a chain", "no network of torch"],
)
def test_look_alikes_of_layers_are_in_order(seen, pairs: list[tuple[str, str]]) -> None:
    assert seen(changed(*pairs, text=NET)) == {}


def test_a_layer_of_keras_made_in_call_is_seen(seen) -> None:
    text = """\
import keras
from keras import layers


class Net(keras.Model):
    def call(self, x):
        x = layers.Dense(8)(x)
        return layers.Activation("relu")(x)
"""
    assert seen(text)["layer_made_in_forward"].startswith("train.py:7: Dense is made in call()")


FITS = """\
import keras
base = keras.applications.VGG16(include_top=False)
model = keras.Sequential([base, keras.layers.Dense(5, activation="softmax")])
base.trainable = False
model.compile(loss="categorical_crossentropy", optimizer="adam")
model.fit(x, y)
base.trainable = True
model.compile(loss="categorical_crossentropy", optimizer="adam")
model.fit(x, y)
"""
AGAIN = 'base.trainable = True\nmodel.compile(loss="categorical_crossentropy", optimizer="adam")\n'


def test_layers_freed_between_two_fits_without_compile_are_seen(seen) -> None:
    text = changed((AGAIN, "base.trainable = True\n"), text=FITS)

    assert seen(text)["frozen_without_compile"].startswith("train.py:7: 'base.trainable'")
    assert "frozen_without_compile" not in seen(FITS)


RECURRENT = """\
import torch
hidden = model.start()
for x, y in loader:
    optimizer.zero_grad()
    hidden = hidden.detach()
    out, hidden = model(x, hidden)
    loss = criterion(out, y)
    loss.backward()
    optimizer.step()
"""


def test_a_state_that_is_carried_over_with_its_graph_is_seen(seen) -> None:
    text = changed(("    hidden = hidden.detach()\n", ""), text=RECURRENT)

    assert seen(text)["state_not_detached"].startswith("train.py:5: 'hidden'")


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [
            ("    hidden = hidden.detach()\n", ""),
            ("hidden = model.start()\nfor", "for"),
            ("    out,", "    hidden = model.start()\n    out,"),
        ],
        [("    hidden = hidden.detach()\n", "    hidden = tuple(h.detach() for h in hidden)\n")],
        [
            ("    hidden = hidden.detach()\n", ""),
            ("    loss.backward()\n    optimizer.step()\n", "loss.backward()\noptimizer.step()\n"),
        ],
    ],
    ids=["detached", "begun in every batch", "a pair, detached", "one backward for the whole sequence"],
)
def test_look_alikes_of_carried_states_are_in_order(seen, pairs: list[tuple[str, str]]) -> None:
    assert "state_not_detached" not in seen(changed(*pairs, text=RECURRENT))
