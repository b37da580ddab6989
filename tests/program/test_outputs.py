"""What a network gives to its loss and its metric: programs with a fault, and their look-alikes that are right."""

from __future__ import annotations

import pytest
from programs import PLAIN, changed, line_of

HEAD = "return self.head(self.drop(x))"
ONE = ("self.head = nn.Linear(64, 5)", "self.head = nn.Linear(64, 1)")
LOSS = ("nn.CrossEntropyLoss()", "nn.MSELoss()")
NO_METRIC = ("hits += (logits.argmax(1) == y).sum().item()", "hits += 1")
KERAS = """\
model = Sequential([Dense(32, activation="relu"), Dense({units}, activation={activation!r})])
model.compile(optimizer="adam", loss={loss!r}, metrics=[{metric!r}])
model.fit(x, y, epochs=3)
"""


@pytest.mark.parametrize(
    ("fact", "pairs", "place"),
    [
        (
            "softmax_over_one_unit",
            [ONE, (HEAD, "return F.softmax(self.head(x), dim=1)"), LOSS, NO_METRIC],
            "F.softmax(self",
        ),
        (
            "softmax_over_one_unit",
            [("model = Net()", "model = nn.Sequential(nn.Linear(20, 1), nn.Softmax(dim=-1))"), LOSS, NO_METRIC],
            "nn.Softmax(",
        ),
        (
            "softmax_over_batch",
            [("nn.CrossEntropyLoss()", "nn.NLLLoss()"), (HEAD, "return F.log_softmax(self.head(x), dim=0)")],
            "F.log_softmax(",
        ),
        ("classes_of_one_unit", [ONE, NO_METRIC], "loss = criterion"),
        ("bounded_before_error", [LOSS, (HEAD, "return torch.tanh(self.head(x))"), NO_METRIC], "torch.tanh"),
        ("relu_before_error", [LOSS, (HEAD, "return F.relu(self.head(x))"), NO_METRIC], "F.relu(self.head"),
        ("amounts_of_classes", [LOSS, (HEAD, "return self.head(x).softmax(dim=1)")], "self.head(x).softmax"),
        (
            "argmax_over_one_unit",
            [ONE, ("nn.CrossEntropyLoss()", "nn.BCEWithLogitsLoss()")],
            "hits += (logits.argmax(1)",
        ),
    ],
)
def test_an_output_that_cannot_serve_is_seen_at_its_line(fact, pairs, place, seen) -> None:  # type: ignore[no-untyped-def]
    text = changed(*pairs)

    assert seen(text)[fact].startswith(f"train.py:{line_of(text, place)}: "), seen(text)


@pytest.mark.parametrize(
    "pairs",
    [
        [ONE, (HEAD, "return self.head(x).view(-1, 4)")],
        [ONE, (HEAD, "return F.softmax(self.head(x).view(-1, 4), dim=1)"), LOSS, NO_METRIC],
        [LOSS, (HEAD, "return self.head(F.relu(x))"), NO_METRIC],
        [LOSS, (HEAD, "return 10 * torch.tanh(self.head(x))"), NO_METRIC],
        [
            ("nn.CrossEntropyLoss()", "nn.BCEWithLogitsLoss()"),
            ONE,
            ("(logits.argmax(1) == y)", "((logits > 0).float() == y)"),
        ],
        [("nn.CrossEntropyLoss()", "nn.NLLLoss()"), (HEAD, "return F.log_softmax(self.head(x), dim=-1)")],
        [(HEAD, "w = F.softmax(self.body(x), dim=0)\n        return self.head(w * x)")],
    ],
    ids=[
        "one score for each choice",
        "a softmax over choices",
        "a ReLU in front of the last layer",
        "a bounded output that is stretched",
        "a threshold",
        "the last axis",
        "weights over the batch inside of the network",
    ],
)
def test_an_output_that_only_looks_like_it_is_silent(pairs, seen) -> None:  # type: ignore[no-untyped-def]
    assert {k: v for k, v in seen(changed(*pairs)).items() if k != "amounts_of_classes"} == {}


@pytest.mark.parametrize(
    ("units", "activation", "loss", "metric", "fact"),
    [
        (1, "softmax", "binary_crossentropy", "auc", "softmax_over_one_unit"),
        (1, "sigmoid", "categorical_crossentropy", "auc", "classes_of_one_unit"),
        (1, "sigmoid", "sparse_categorical_crossentropy", "auc", "classes_of_one_unit"),
        (10, "softmax", "binary_crossentropy", "accuracy", "binary_loss_of_classes"),
        ("classes", "softmax", "binary_crossentropy", "accuracy", "binary_loss_of_classes"),
        (10, "sigmoid", "categorical_crossentropy", "accuracy", "sigmoid_of_classes"),
        (10, "softmax", "mse", "auc", "amounts_of_classes"),
        (1, "tanh", "mean_squared_error", "mae", "bounded_before_error"),
        (1, "relu", "mae", "mae", "relu_before_error"),
        (1, "linear", "mse", "accuracy", "accuracy_of_amounts"),
        (1, "relu", "binary_crossentropy", "accuracy", "no_activation_before_loss"),
        (10, "tanh", "categorical_crossentropy", "accuracy", "no_activation_before_loss"),
    ],
)
def test_a_keras_output_that_disagrees_with_loss_or_metric_is_seen(units, activation, loss, metric, fact, seen) -> None:  # type: ignore[no-untyped-def]
    assert list(seen(KERAS.format(units=units, activation=activation, loss=loss, metric=metric))) == [fact]


@pytest.mark.parametrize(
    ("units", "activation", "loss", "metric"),
    [
        (1, "sigmoid", "binary_crossentropy", "accuracy"),
        (10, "sigmoid", "binary_crossentropy", "accuracy"),
        (2, "softmax", "binary_crossentropy", "accuracy"),
        (10, "softmax", "categorical_crossentropy", "accuracy"),
        (1, "linear", "mse", "mae"),
        (3, "linear", "mse", "mse"),
        (10, "softmax", "my_loss", "accuracy"),
        (1, "custom", "mse", "mae"),
    ],
)
def test_a_keras_output_that_agrees_is_silent(units, activation, loss, metric, seen) -> None:  # type: ignore[no-untyped-def]
    assert seen(KERAS.format(units=units, activation=activation, loss=loss, metric=metric)) == {}


NETWORKS = {
    "layer by layer": 'm = Sequential()\nm.add(Dense(8))\nm.add(Dense(1))\nm.add(Activation("softmax"))\n',
    "by function": 'i = Input((3,))\nh = Dense(8)(i)\no = Dense(1, activation="softmax")(h)\nm = Model(i, o)\n',
    "by named layers": 'i = Input((3,))\nlast = Dense(1, "softmax")\no = last(i)\nm = Model(inputs=i, outputs=o)\n',
    "at every step": 'm = Sequential([LSTM(8), TimeDistributed(Dense(1, activation="softmax"))])\n',
    "made by a function": (
        'def make():\n    n = Sequential()\n    n.add(Dense(1, activation="softmax"))\n    return n\nm = make()\n'
    ),
    "of the first Keras": 'm = Sequential()\nm.add(Dense(8, 1, activation="softmax"))\n',
    "with a number by name": "N = 1\nm = Sequential([Dense(N, activation=tf.nn.softmax)])\n",
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_last_layer_is_found_however_a_network_is_written(name: str, seen) -> None:  # type: ignore[no-untyped-def]
    assert list(seen(NETWORKS[name] + 'm.compile("adam", "mse")\nm.fit(x, y)\n')) == ["softmax_over_one_unit"]


@pytest.mark.parametrize(
    "network",
    [
        "m = Sequential()\nfor n in sizes:\n    m.add(Dense(1, activation='softmax'))\n",
        "m = load_model('m.h5')\n",
        "a = Dense(1, activation='softmax')(i)\nm = Model(i, [a, b])\n",
        "m = Sequential([Dense(1, activation='softmax'), Custom()])\n",
        "m = Sequential([Dense(1, **how)])\n",
    ],
)
def test_a_network_whose_end_is_not_plain_says_nothing(network: str, seen) -> None:  # type: ignore[no-untyped-def]
    assert seen(network + 'm.compile("adam", "mse")\nm.fit(x, y)\n') == {}


def test_fewer_outputs_than_a_known_data_set_has_classes_are_seen(seen) -> None:  # type: ignore[no-untyped-def]
    text = """\
from keras.datasets import mnist
(x, y), (x_test, y_test) = mnist.load_data()
model = Sequential()
model.add(Dense(1, activation="sigmoid"))
model.compile("adam", loss="binary_crossentropy")
model.fit(x, y)
"""

    assert seen(text)["fewer_units_than_classes"] == "train.py:4: 1 output for the 10 classes of mnist"
    assert seen(text.replace("model = S", "y = y == 5\nmodel = S")) == {}
    assert seen(text.replace("model.fit(x, y)", "model.fit(x, y == 5)")) == {}
    assert seen(text.replace("(1, ", "(10, ")) == {}


def test_logits_of_the_first_tensorflow_are_followed(seen) -> None:  # type: ignore[no-untyped-def]
    text = """\
import tensorflow as tf
h = tf.layers.dense(x, 64, activation=tf.nn.relu)
y = tf.nn.softmax(tf.layers.dense(h, 10))
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=t, logits=y))
train = tf.train.AdamOptimizer(1e-3).minimize(loss)
"""

    assert seen(text)["activation_before_loss"].startswith("train.py:3: softmax")
    assert seen(text.replace("tf.nn.softmax(tf.layers.dense(h, 10))", "tf.layers.dense(h, 10)")) == {}
    relu = text.replace("tf.nn.softmax(tf.layers.dense(h, 10))", "tf.layers.dense(h, 10, activation=tf.nn.relu)")
    assert list(seen(relu)) == ["relu_before_loss"]


def test_the_plain_program_is_silent(seen) -> None:  # type: ignore[no-untyped-def]
    assert seen(PLAIN) == {}
