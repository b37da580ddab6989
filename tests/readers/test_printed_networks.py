"""What a program prints of its network: modules line by line, and summaries that count parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdoc.readers.dumps import settings_in
from logdoc.readers.printed_networks import network_in

NETWORK = """\
Net(
  (features): Sequential(
    (0): Linear(in_features=20, out_features=64, bias=True)
    (1): Tanh()
    (2): Dropout(p=0.6, inplace=False)
    (3): Linear(in_features=64, out_features=64, bias=True)
    (4): Tanh()
  )
  (head): Linear(in_features=64, out_features=5, bias=True)
  (out): Softmax(dim=1)
)
"""
REPEATED = """\
Encoder(
  (blocks): ModuleList(
    (0-7): 8 x Block(
      (fc): Linear(in_features=32, out_features=32, bias=True)
      (act): GELU(approximate='none')
    )
  )
  (gate): Sigmoid()
  (drop): Dropout(p=0.1, inplace=False)
  (head): Linear(in_features=32, out_features=2, bias=True)
)
"""


def test_modules_tell_the_activation_of_hidden_layers_and_the_dropout() -> None:
    assert network_in(NETWORK) == {"activation": "tanh", "dropout": 0.6}


def test_blocks_that_are_printed_once_count_as_often_as_they_are_there() -> None:
    assert network_in(REPEATED) == {"activation": "gelu", "dropout": 0.1}


def test_modules_behind_the_stamps_of_a_logger_are_read() -> None:
    stamped = "".join(f"2026-01-02 10:00:00 INFO {line}\n" for line in NETWORK.splitlines())

    assert network_in(stamped)["dropout"] == 0.6


def test_two_networks_say_nothing_of_the_curve() -> None:
    assert network_in(NETWORK + "the discriminator:\n" + REPEATED) == {}


def test_activations_of_several_kinds_are_none_of_them() -> None:
    mixed = NETWORK.replace("(4): Tanh()", "(4): ReLU()")

    assert "activation" not in network_in(mixed)


def test_a_summary_that_trains_the_head_alone_is_a_frozen_network() -> None:
    keras = "Total params: 23,593,859\nTrainable params: 6,147\nNon-trainable params: 23,587,712\n"
    lightning = "1.2 M     Trainable params\n23.5 M    Non-trainable params\n24.7 M    Total params\n"
    adapters = "trainable params: 294,912 || all params: 124,734,720 || trainable%: 0.2364\n"

    assert [network_in(text) for text in (keras, lightning, adapters)] == [{"freeze": True}] * 3


def test_running_means_of_batch_normalisation_are_no_frozen_layers() -> None:
    assert network_in("Trainable params: 1,277,534\nNon-trainable params: 3,072\n") == {}


def test_summaries_of_several_networks_do_not_tell_which_is_frozen() -> None:
    base = "Trainable params: 0\nNon-trainable params: 23,587,712\n"
    whole = "Trainable params: 6,147\nNon-trainable params: 23,587,712\n"

    assert network_in(base + whole) == {}


def test_what_is_set_in_words_comes_before_what_the_network_shows() -> None:
    assert settings_in("Namespace(dropout=0.2, lr=0.1, epochs=3)\n" + NETWORK)["dropout"] == 0.2


def network(*modules: str) -> str:
    return "Net(\n" + "".join(f"  {module}\n" for module in modules) + ")\n"


FIRST, LAST = "(fc): Linear(in_features=4, out_features=8, bias=True)", "(head): LSTM(8, 2, batch_first=True)"
DROPOUT = "(drop): Dropout(p=0.25, inplace=False)"


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ([FIRST, DROPOUT, LAST], {"dropout": 0.25}),
        ([FIRST, DROPOUT], {}),
        (["(a): Tanh()", DROPOUT, "(b): Tanh()"], {}),
        ([FIRST, "(act): Tanh()", LAST], {"activation": "tanh"}),
        ([FIRST, LAST, "(out): Sigmoid()"], {}),
        ([FIRST, DROPOUT, "(more): Dropout2d(p=0.5, inplace=False)", LAST], {"dropout": 0.5}),
        ([FIRST, "(drop): Dropout(p=1.0, inplace=False)", LAST], {"dropout": 1.0}),
        ([FIRST, "(drop): Dropout(p=0, inplace=False)", LAST], {}),
    ],
    ids=["three modules", "two", "no weights", "between", "behind", "the largest", "all", "none"],
)
def test_three_modules_with_weights_among_them_are_a_network(modules: list[str], said: dict[str, object]) -> None:
    assert network_in(network(*modules)) == said


@pytest.mark.parametrize(
    ("modules", "activation"),
    [
        (["(0-3): 4 x ReLU()", "(a): Tanh()"], "relu"),
        (["(0-2): 3 x ReLU()", "(a): Tanh()"], None),
        (["(0-7): 8 x Block(", "  (a): GELU()", ")", "(8-9): 2 x Block(", "  (a): ReLU()", ")"], "gelu"),
        (["(0-3): 4 x Block(", "  (0-1): 2 x Part(", "    (a): GELU()", "  )", ")", "(b): 2 x ReLU()"], "gelu"),
        (["(0-3): 4 x Block(", "  (0-1): 2 x Part(", "    (a): GELU()", "  )", ")", "(b): 3 x ReLU()"], None),
        (["(0-3): 4 x Block(", "  (0-1): 2 x ReLU()", ")", "(b): 2 x Tanh()"], "relu"),
        (["(a): Block(", "  (a): ReLU()", ")", "(b): Tanh()"], None),
    ],
)
def test_four_of_five_activations_are_the_activation(modules: list[str], activation: str | None) -> None:
    assert network_in(network(FIRST, *modules, LAST)).get("activation") == activation


@pytest.mark.parametrize(
    ("trained", "kept", "frozen"),
    [
        ("500", "500", True),
        ("501", "500", False),
        ("0", "500", False),
        ("1.2 K", "900", False),
        ("900", "1.2K", True),
        ("1 k", "1 M", True),
        ("2 B", "3 M", False),
        ("6,147, in", "23,587,712.", True),
        ("2 bytes", "1 M", True),
        ("2 bytes", "1 K", True),
        ("1.2.3", "50,000", False),
        ("50,000", "1.2.3", False),
    ],
)
def test_a_network_of_which_half_is_kept_is_frozen(trained: str, kept: str, frozen: bool) -> None:
    text = f"Trainable params: {trained}\nNon-trainable params: {kept}\n"

    assert network_in(text) == ({"freeze": True} if frozen else {})
    assert network_in(f"\x1b[1m{text}\x1b[0m") == network_in(text)


def test_half_a_summary_and_that_of_adapters_twice_say_nothing() -> None:
    adapters = "trainable params: 294,912 || all params: 124,734,720 || trainable%: 0.2364\n"

    assert network_in("Trainable params: 6,147\n") == {}
    assert network_in(adapters * 2) == {}
    assert network_in("trainable params: 500 || all params: 999 || trainable%: 50.05\n") == {}
    assert network_in("trainable params: 500 || all params: 1,000 || trainable%: 50.00\n") == {"freeze": True}


@given(st.text(alphabet="(): x0123456789-.,pKMLinearDropoutTrable \n", max_size=400))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    assert set(network_in(text + "trainable params: " + text)) <= {"activation", "dropout", "freeze"}
