from __future__ import annotations

import json
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.documents import flatten, load_config_yaml, load_json, load_yaml
from logdoc.errors import ReadError, RuleError


def test_scalars_follow_yaml_1_2():
    data = load_yaml(
        "[1e-3, 1.0e-3, off, yes, 010, 12:30, 0x1F, 0o17, ~, null, .inf, -.INF, -.5, +3, 1_000, '', 2020-01-01, true]",
        where="r",
    ).data
    assert data == [
        0.001,
        0.001,
        "off",
        "yes",
        10,
        "12:30",
        31,
        15,
        None,
        None,
        math.inf,
        -math.inf,
        -0.5,
        3,
        "1_000",
        "",
        "2020-01-01",
        True,
    ]
    assert math.isnan(load_yaml(".nan", where="r").data)


def test_keys_are_always_text():
    assert load_yaml("{1: a, null: b, true: c}", where="r").data == {"1": "a", "null": "b", "true": "c"}


def test_empty_file_is_none():
    assert load_yaml("# only a comment\n", where="r").data is None


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("a: 1\na: 2", "r.yaml:2:1", "second time"),
        ("a: &x 1", "r.yaml:1:4", "anchor"),
        ("a: 1\nb: *x", "r.yaml:2:4", "alias"),
        ("<<: {a: 1}", "r.yaml:1:1", "merge key"),
        ("a: !!python/object/apply:os.system [id]", "r.yaml:1:4", "tag"),
        ("a: !!str 1", "r.yaml:1:4", "tag"),
        ("a:\n  - [1", "r.yaml:2:", "not valid YAML"),
        ("a: 1\n---\nb: 2", "r.yaml:2:1", "second document"),
        ("? [a]\n: 2", "r.yaml:1:3", "can not be a key"),
        ("a: 1\nb: \x01", "r.yaml:2:4", "control characters"),
        ("a: " + "9" * 5000, "r.yaml:1:4", "digits"),
        ("[" * 100_000, "r.yaml:1:51", "nested deeper"),
    ],
)
def test_faults_are_rule_errors_with_their_place(text, place, word):
    with pytest.raises(RuleError) as caught:
        load_yaml(text, where="r.yaml")
    assert str(caught.value).startswith(place)
    assert word in str(caught.value)


def test_size_and_node_caps():
    with pytest.raises(RuleError, match="at most 10 are read"):
        load_yaml("a" * 11, where="r", max_size=10)
    with pytest.raises(RuleError, match="more than 5 values"):
        load_yaml("[1, 2, 3, 4, 5, 6]", where="r", max_nodes=5)


def test_lone_surrogate_is_a_rule_error():
    with pytest.raises(RuleError):
        load_yaml("a: \ud800", where="r")


def test_merge_bomb_is_refused_at_once():
    bomb = "a0: &a0 {x: 1}\n" + "".join(
        f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 40)
    )
    with pytest.raises(RuleError, match="anchor"):
        load_yaml(bomb, where="r")
    flat, _ = load_config_yaml(bomb)
    assert len(flat) <= 2_000


def test_positions_of_values_keys_and_characters():
    text = "id: x\nlet:\n  b: \"ln(c) + 'q'\"\n  c: >-\n    foo(bar)\n    + baz\n"
    text += "  d: 'it''s ok'\n  e: [1, two]\nwhen: a >= b\n"
    document = load_yaml(text, where="r.yaml")
    assert document.position(("let", "b")) == (3, 6)
    assert document.key_position(("let", "b")) == (3, 3)
    assert document.position(("let", "e", 1)) == (8, 10)
    assert document.position(("let", "missing")) == document.position(("let",)) == (3, 3)
    assert document.place(("when",), 5) == "r.yaml:9:12"
    for path in [("let", "b"), ("let", "c"), ("let", "d"), ("let", "e", 1), ("when",)]:
        value = document.data
        for part in path:
            value = value[part]
        for offset, char in enumerate(value):
            line, column = document.text_position(path, offset)
            if char != " ":
                assert text.split("\n")[line - 1][column - 1] == char


def test_escaped_text_is_placed_at_its_first_character():
    document = load_yaml('a: "\\x41bc"', where="r")
    assert document.data == {"a": "Abc"}
    assert document.text_position(("a",), 2) == (1, 4)


def test_config_tags_are_never_acted_upon():
    text = (
        "net: !!python/object:foo.Net {lr: 1e-3, betas: !!python/tuple [0.9, 0.99]}\n"
        "act: !!python/name:torch.nn.ReLU ''\n"
        "run: !!python/object/apply:os.system ['exit 1']\n"
    )
    flat, notes = load_config_yaml(text, where="hparams.yaml")
    assert flat == {"net.lr": 0.001, "net.betas": "[0.9, 0.99]", "act": "torch.nn.ReLU", "run": '["exit 1"]'}
    assert len(notes) == 4


def test_config_aliases_are_followed_and_loops_are_not():
    flat, notes = load_config_yaml("base: &b {lr: 0.1}\nopt: *b\nsub:\n  <<: *b\n  wd: 0.2\nself: &s {me: *s}\n")
    assert flat == {"base.lr": 0.1, "opt.lr": 0.1, "sub.lr": 0.1, "sub.wd": 0.2, "self.me": None}
    assert "holds itself" in " ".join(notes)


def test_broken_config_yields_what_stands_before_the_fault():
    flat, notes = load_config_yaml("lr: 0.1\nbatch: 32\n  bad: [\n", where="c.yaml")
    assert flat["lr"] == 0.1
    assert "c.yaml:3:" in notes[-1]


def test_wandb_config_is_unwrapped():
    flat, _ = load_config_yaml(
        "wandb_version: 1\n_wandb: {desc: null, value: {cli: 1}}\n"
        "lr: {desc: null, value: 0.1}\nnet: {value: {depth: 3}}\n"
    )
    assert flat == {"lr": 0.1, "net.depth": 3}


def test_flatten_lists():
    flat, notes = flatten({"betas": [0.9, 0.99], "opt": [{"lr": 1}, {"lr": 2}], "big": list(range(100)), "none": None})
    assert flat == {"betas": "[0.9, 0.99]", "opt.0.lr": 1, "opt.1.lr": 2, "none": None}
    assert notes == ["big is a list of 100 items and was skipped"]


def test_flatten_skips_what_is_too_deep_and_keeps_the_rest():
    deep: object = 1
    for _ in range(200):
        deep = {"k": deep}
    flat, notes = flatten({"deep": deep, "lr": 0.1})
    assert flat == {"lr": 0.1}
    assert "nested deeper" in notes[0]


def test_json_accepts_what_python_writes_and_bounds_the_rest():
    data = load_json("\ufeff[NaN, -Infinity, 1e999, " + "9" * 5000 + "]")
    assert math.isnan(data[0])
    assert data[1:] == [-math.inf, math.inf, math.inf]
    with pytest.raises(ReadError, match=r"f\.json:1:101: .*nested deeper"):
        load_json("[" * 100_000, where="f.json")
    with pytest.raises(ReadError, match=r"f\.json:2:"):
        load_json('{"a":\n tru}', where="f.json")
    assert load_json('{"a": "[[[[{{\\"[["}', max_depth=1) == {"a": '[[[[{{"[['}


_plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x7f\x85"), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc<é ", max_size=4), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60)
@given(_plain)
def test_json_text_reads_the_same_as_yaml(data):
    text = json.dumps(data)
    if "\\ud" not in text:
        # Only numbers are spelt in another way: a text that holds the word stays what it is.
        spelt = re.sub(r'("(?:[^"\\]|\\.)*")|Infinity', lambda m: m[1] or ".inf", text)
        assert load_yaml(spelt, where="r").data == load_json(text)


@settings(deadline=None, max_examples=100)
@given(st.text("ab:-&*!<>|'\"[]{},#\n 1.%@\t?~", max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text):
    place = "r.yaml"
    try:
        load_yaml(text, where="r.yaml")
    except RuleError as error:
        place = error.where
    assert place.startswith("r.yaml")
    flat, _ = load_config_yaml(text)
    assert all(isinstance(key, str) for key in flat)
