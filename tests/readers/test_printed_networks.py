"""What a program prints of its network: modules line by line, and summaries that count parameters."""

from __future__ import annotations

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


@given(st.text(alphabet="(): x0123456789-.,pKMLinearDropoutTrable \n", max_size=400))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    assert set(network_in(text + "trainable params: " + text)) <= {"activation", "dropout", "freeze"}
