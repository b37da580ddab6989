"""How data are split and prepared for both sides: faults and look-alikes that are right."""

from __future__ import annotations

import pytest
from programs import changed

FOLDS = """\
kfold = KFold(5)
{before}
for train, test in kfold.split(x):
    {inside}
    model.fit(x[train], y[train], validation_data=(x[test], y[test]))
"""
MAKE = "model = Sequential([Dense(1, activation='sigmoid')])"
COMPILE = "model.compile('adam', 'binary_crossentropy')"


@pytest.mark.parametrize(
    ("before", "inside", "shared"),
    [
        (f"{MAKE}\n{COMPILE}", "pass", True),
        ("", f"{MAKE}; {COMPILE}", False),
        (f"{MAKE}\n{COMPILE}", "model.load_weights('first.h5')", False),
        (f"{MAKE}\n{COMPILE}", "model = clone_model(base)", False),
        ("model = SVC()", "pass", False),
    ],
)
def test_a_network_that_is_fitted_to_fold_after_fold_is_seen(before: str, inside: str, shared: bool, seen) -> None:  # type: ignore[no-untyped-def]
    assert ("folds_share_network" in seen(FOLDS.format(before=before, inside=inside))) is shared


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("x, y = SMOTE().fit_resample(x, y)\na, b, c, d = train_test_split(x, y)\n", "resampled_before_split"),
        ("x, y = ros.fit_sample(data, labels)\na, b = train_test_split(x)\n", "resampled_before_split"),
        ("a, b, c, d = train_test_split(x, y)\na, c = SMOTE().fit_resample(a, c)\n", ""),
        ("x2, y2 = SMOTE().fit_resample(x, y)\na, b, c, d = train_test_split(x, y)\n", ""),
        ("a = sc.fit_transform(x_train)\nb = sc.fit_transform(x_test)\n", "scaler_fitted_anew"),
        ("a = sc.fit_transform(x_train)\nb = sc.transform(x_test)\n", ""),
        ("a = sx.fit_transform(x_train)\nb = sy.fit_transform(y_test)\n", ""),
        ("le = LabelEncoder()\na = le.fit_transform(y_train)\nb = le.fit_transform(y_test)\n", ""),
        ("t = Tokenizer()\nt.fit_on_texts(train)\nu = Tokenizer()\nu.fit_on_texts(test)\n", "encoded_apart"),
        ("t = Tokenizer()\nt.fit_on_texts(train)\nt.fit_on_texts(test)\n", ""),
    ],
)
def test_data_that_are_prepared_before_or_after_their_split_are_read(text: str, fact: str, seen) -> None:  # type: ignore[no-untyped-def]
    assert list(seen(text + "model.fit(a, c)\n")) == ([fact] if fact else [])


@pytest.mark.parametrize(
    ("labels", "ordered"),
    [
        ("y = np.concatenate([np.zeros(100), np.ones(200)])", True),
        ("y = np.array([0] * 100 + [1] * 200)", True),
        ("a = np.zeros(100)\nb = np.ones(100)\ny = np.hstack((a, b))", True),
        ("y = np.append(np.zeros(100), np.ones(100))", True),
        ("y = np.concatenate([first, second])", False),
        ("y = np.concatenate([np.zeros(100), np.ones(200)])\nx, y = shuffle(x, y)", False),
        ("y = np.zeros(100)", False),
    ],
)
def test_a_split_of_data_in_the_order_of_classes_is_seen(labels: str, ordered: bool, seen) -> None:  # type: ignore[no-untyped-def]
    text = f"import numpy as np\nfrom sklearn.utils import shuffle\n{labels}\nmodel.fit(x, y, validation_split=0.2)\n"

    assert ("ordered_split" in seen(text)) is ordered
    assert "ordered_split" not in seen(text.replace(", validation_split=0.2", ""))


@pytest.mark.parametrize(
    ("text", "ordered"),
    [
        ("x, y = load_iris(return_X_y=True)\nmodel.fit(x, y, validation_split=0.25)\n", True),
        ("d = load_wine(return_X_y=True)\nclf.fit(x=d[0], y=d[1], validation_split=0.1)\n", True),
        (
            "d = datasets.load_iris()\ny = to_categorical(d.target)\nmodel.fit(d.data, y, validation_split=0.3)\n",
            True,
        ),
        ("x, y = load_digits(return_X_y=True)\nmodel.fit(x, y, validation_split=0.25)\n", False),
        ("x, y = load_iris(return_X_y=True)\nmodel.fit(x, y)\n", False),
        (
            "x, y = load_iris(True)\na, b, c, d = train_test_split(x, y)\nm.fit(a, c, validation_split=0.5)\n",
            False,
        ),
        ("x, y = load_iris(return_X_y=True)\nx, y = shuffle(x, y)\nmodel.fit(x, y, validation_split=0.25)\n", False),
    ],
)
def test_a_split_of_a_data_set_that_lies_class_by_class_is_seen(text: str, ordered: bool, seen) -> None:  # type: ignore[no-untyped-def]
    assert ("ordered_split" in seen("from sklearn.utils import shuffle\n" + text)) is ordered


@pytest.mark.parametrize(
    ("text", "unguarded"),
    [
        ("y = tf.nn.softmax(z)\nloss = -tf.reduce_sum(t * tf.log(y))\n", True),
        ("cross_entropy = -tf.reduce_sum(t * tf.log(y))\n", True),
        ("y = tf.clip_by_value(tf.nn.softmax(z), 1e-9, 1)\nloss = -tf.reduce_sum(t * tf.log(y))\n", False),
        ("y = tf.nn.softmax(z)\nloss = -tf.reduce_sum(t * tf.log(y + 1e-9))\n", False),
        ("loss = -tf.reduce_sum(t * tf.log(tf.clip_by_value(y, 1e-9, 1)))\n", False),
        ("level = tf.log(y) * 10\n", False),
    ],
)
def test_logarithms_in_losses_of_the_first_tensorflow_are_seen(text: str, unguarded: bool, seen) -> None:  # type: ignore[no-untyped-def]
    facts = seen(text + "train = tf.train.AdamOptimizer(1e-4).minimize(loss)\n")

    assert ("logarithm_unguarded" in facts) is unguarded


def test_a_loss_alone_is_a_program_that_learns(seen) -> None:  # type: ignore[no-untyped-def]
    assert "logarithm_unguarded" in seen("cost = -tf.reduce_mean(t * tf.log(y))\n")


def test_what_a_training_step_returns_is_what_is_trained_on(seen) -> None:  # type: ignore[no-untyped-def]
    text = """\
import torch
class Module(L.LightningModule):
    def __init__(self):
        self.net = torch.nn.Sequential(torch.nn.Linear(9, 1), torch.nn.Sigmoid())
    def training_step(self, batch, i):
        x, y = batch
        loss = torch.nn.functional.mse_loss(self.net(x), y)
        return {end}
"""

    for end in ("loss", '{"loss": loss}', "(loss, x) if i else loss"):
        assert list(seen(text.replace("{end}", end))) == ["bounded_before_error"]
    assert seen(text.replace("{end}", "other")) == {}
    detached = text.replace("self.net(x)", "self.net(x).detach()").replace("{end}", "loss")
    assert list(seen(detached)) == ["graph_cut"]
    assert seen(changed()) == {}
