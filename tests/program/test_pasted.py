"""Programs as people paste them: without their first lines, indented, with prompts, of another Python."""

from __future__ import annotations

import textwrap

import pytest
from programs import PLAIN, changed, line_of

from logdoc.model import ProgramText
from logdoc.program import read_program

IMPORTS = (
    "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nfrom torch.utils.data import DataLoader\n"
)
TWICE = changed(("return self.head(self.drop(x))", "return F.softmax(self.head(x), dim=1)"))
SHORT = """\
model = Sequential()
model.add(Dense(32, activation="relu"))
model.add(Dense(10))
model.add(Activation("softmax"))
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer="adam")
model.fit(x, y)
"""


def test_a_program_without_its_imports_is_understood(seen) -> None:  # type: ignore[no-untyped-def]
    text = TWICE.removeprefix(IMPORTS).replace("torch.optim.SGD", "optim.SGD")

    assert seen(text)["activation_before_loss"].startswith(f"train.py:{line_of(text, 'F.softmax(self')}: ")
    assert seen(PLAIN.removeprefix(IMPORTS)) == {}


@pytest.mark.parametrize(
    "first",
    [
        "",
        "from keras.layers import *\nfrom keras.models import *\n",
        "from tensorflow.keras.layers import *\nfrom tensorflow.python.keras.models import Sequential\n",
        "from keras.layers.core import Dense, Activation\nfrom keras.models import Sequential\n",
        "import tensorflow as tf\nfrom tf_keras.models import Sequential\n",
    ],
)
def test_keras_is_understood_however_it_is_imported(first: str, seen) -> None:  # type: ignore[no-untyped-def]
    assert list(seen(first + SHORT)) == ["activation_before_loss"]


@pytest.mark.parametrize(
    "first",
    [
        "from mxnet.gluon import nn\n",
        "def Activation(kind):\n    return kind\n",
        "Activation = make()\n",
        "from layers import Activation\n",
        "import torch\n",
    ],
)
def test_a_name_of_the_program_or_of_another_library_is_not_taken_for_one_of_keras(first: str, seen) -> None:  # type: ignore[no-untyped-def]
    assert seen(first + SHORT) == {}


@pytest.mark.parametrize(
    "text",
    [
        textwrap.indent(SHORT, "    "),
        SHORT.partition("\n")[0] + "\n" + textwrap.indent(SHORT.partition("\n")[2], "    "),
        "".join(f">>> {line}\n" for line in SHORT.splitlines()) + "<History object>\n",
        SHORT.replace("model.fit", "%matplotlib inline\n!wget -O a.zip \\\n  http://a\nmodel.fit"),
        SHORT.replace('"', "\u201d").replace("    ", "\u00a0   "),
        SHORT + 'print "loss:", \\\n    loss\nif done: print loss\nprint >>log, loss\n',
        SHORT + "try:\n    go()\nexcept IOError, error:\n    pass\n",
    ],
    ids=["indented", "first line cut", "prompts", "notebook", "typeset", "print of Python 2", "except of Python 2"],
)
def test_what_is_pasted_is_read_at_its_lines(text: str, seen) -> None:  # type: ignore[no-untyped-def]
    line = line_of(text, "model.add(Activation(")

    assert seen(text)["activation_before_loss"].startswith(f"train.py:{line}: softmax")


def test_what_is_mended_costs_no_more_than_its_length() -> None:
    for part in ("print x;", "print x", ":print", "except a.", "except (a, ", ">>> ", "    %x\n"):
        text = "if x = 1:\n" + (part * 20_000)[:19_000] + "\n"
        assert read_program((ProgramText("train.py", text * 20, main=True),)).notes
