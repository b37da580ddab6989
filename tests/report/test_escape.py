from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdoc.engine import load_rules
from logdoc.redaction import hide
from logdoc.report.escape import redact, show, slug

SECRETS = [
    ("password", "hunter2"),
    ("db_password", "correct horse"),
    ("wandb_api_key", "0123456789abcdef0123456789abcdef01234567"),
    ("apiKey", "abcdef"),
    ("aws_secret_access_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("hub_token", "abcdefghijklmnopqrst"),
    ("x", "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH"),
    ("x", "AKIAIOSFODNN7EXAMPLE"),
    ("x", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
    ("x", "github_pat_11ABCDEFG0abcdefghijkl"),
    ("x", "glpat-abcdefghijklmnopqrst"),
    ("x", "xoxb-123456789012-abcdef"),
    ("x", "AIzaSyA1234567890abcdefghijklmnopqrstuv"),
    ("x", "sk-abcdefghijklmnopqrstuvwxyz"),
    ("x", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc"),
    ("x", "-----BEGIN RSA PRIVATE KEY-----"),
    ("url", "https://user:secret@host/path"),
    ("url", "https://host/blob?sig=abcdefgh12345678"),
    ("credentials", "abc"),
    ("sentry_dsn", "https://abc@host/1"),
    ("AZURE_STORAGE_KEY", "q0Zz/abcdEFGH1234567890+abcdefghijklmnop=="),
    ("ssh_passphrase", "open sesame"),
    ("bearer", "Bearer abc.def-123456"),
    ("notify", "https://hooks.slack.com/services/T0AB/B0CD/abcdefghij0123"),
    ("notify", "https://discord.com/api/webhooks/123456/abcdefghijkl"),
    ("cookie", "session=abcdef; id=7"),
    ("login", "admin:opensesame"),
    ("x", "npm_abcdefghijklmnopqrstuvwxyz0123456789"),
    ("token", "shorttok"),
    ("wandb.key", "0123456789abcdef0123456789abcdef01234567"),
    ("huggingface_key", "hfAbCdEf0123456789abcdEFGH"),
    ("argv", '["train.py", "--api_key", "abcd1234"]'),
    ("cmd", "python train.py --password opensesame --lr 0.1"),
    ("creds.pass", "opensesame"),
    ("x", "dapi0123456789abcdef0123456789abcdef"),
    ("x", "SG.abcdefghijklmnop0123.abcdefghijklmnop0123"),
    ("x", "sk_live_abcdefghijklmnop0123"),
    ("x", "AccountName=a;AccountKey=abcdefghijklmnopqrstuvwxyz0123=="),
]
LOOKALIKES = [
    ("max_tokens", 4096),
    ("num_key_value_heads", 8),
    ("use_cls_token", True),
    ("tokenizer", "bert-base"),
    ("token_id", "17"),
    ("pad_token", "[PAD]"),
    ("git_commit", "0123456789abcdef0123456789abcdef01234567"),
    ("key_dim", "64"),
    ("monkey", "banana"),
    ("author", "Ada"),
    ("lr", "3e-4"),
    ("secret_sauce_layers", "4"),
    ("tokens_per_batch", "1024"),
    ("data", "https://host/path"),
    ("keyframe", "12"),
    ("passes", "3"),
    ("auth_loss_weight", "0.5"),
    ("model", "sk-net"),
    ("name", "my-experiment-with-a-very-long-name-indeed"),
    ("path", "runs/2024/token"),
    ("bos_token", "<|begin_of_text|>"),
    ("image_token", "<image_placeholder>"),
    ("stop_token", "</s>"),
    ("metric_key", "val_loss_epoch_mean_of_all"),
    ("primary_key", "run_id"),
    ("pass_through", "layers.0.attention"),
    ("basic_block", "Basic residual block with a shortcut"),
    ("loss", "cross_entropy: label_smoothing=0.1"),
    ("cmd", "python train.py --lr 0.1 --batch-size 32 --tokenizer bert-base"),
    ("user", "ada"),
    ("key_padding_mask", "None"),
]


@pytest.mark.parametrize(("key", "value"), SECRETS)
def test_what_looks_like_a_secret_is_hidden(key: str, value: str) -> None:
    assert redact(key, value) == "[redacted]"


@pytest.mark.parametrize(("key", "value"), LOOKALIKES)
def test_what_only_resembles_a_secret_stays(key: str, value: object) -> None:
    assert redact(key, value) == str(value)


@given(st.text())
def test_shown_text_has_nothing_hidden_and_a_bounded_length(text: str) -> None:
    made = show(text)

    assert len(made) <= 520
    assert not [
        c for c in made if ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or "\ud800" <= c <= "\udfff" or c in "\u202e\u2066"
    ]
    assert made.encode("utf-8").decode("utf-8") == made


@given(st.text(), st.text())
def test_slugs_are_safe_and_tell_names_apart(one: str, other: str) -> None:
    assert all(c.isascii() and (c.isalnum() or c in "._-") for c in slug(one))
    assert (slug(one) == slug(other)) == (one == other)


@pytest.mark.parametrize("length", [512, 511, 1])
def test_text_up_to_the_bound_is_whole(length: int) -> None:
    assert show("a b " * 128) == "a b " * 128
    assert show("ab " * 200, length) != "ab " * 200
    assert show(("ab " * 200)[:length], length) == ("ab " * 200)[:length]


def test_text_beyond_the_bound_is_cut_to_it_with_a_hash_of_the_whole() -> None:
    text = "ab " * 200

    assert show(text) == text[:502] + "…#" + hashlib.sha256(text.encode()).hexdigest()[:8]
    assert len(show(text)) == 512
    assert show(text, 5) == "…#" + show(text)[-8:]
    assert show(text + "x")[-8:] != show(text)[-8:]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x00", "\\x00"),
        ("\x1f \x7f", "\\x1f \\x7f"),
        ("\x9f", "\\x9f"),
        ("\xa0", "\xa0"),
        ("\u00ff\u0100", "\u00ff\u0100"),
        ("\u200b", "\\u200b"),
        ("\u202e", "\\u202e"),
        ("\ud800", "\\ud800"),
        ("\udfff", "\\udfff"),
        ("é 名", "é 名"),
        ("a\u2028b", "a\\u2028b"),
        ("a\xadb", "a\\xadb"),
        ("a\U000e0041b", "a\\U000e0041b"),
    ],
)
def test_what_a_reader_cannot_see_is_spelled_out(text: str, shown: str) -> None:
    assert show(text) == shown


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("password", None, "None"),
        ("password", True, "True"),
        ("password", 12345678, "12345678"),
        ("password", 0.5, "0.5"),
        ("password", "x", "[redacted]"),
        ("note", "hf_" + "a1" * 17, "[redacted]"),
        ("note", "see hf_" + "a1" * 17, "[redacted]"),
        ("note", "a\tb", "a\\x09b"),
    ],
)
def test_a_value_is_shown_or_hidden_as_a_whole(key: str, value: object, shown: str) -> None:
    assert redact(key, value) == shown


def test_a_name_that_is_no_name_of_a_file_becomes_one_with_a_hash_of_the_whole() -> None:
    assert slug("run-1.csv") == "run-1.csv"
    assert slug("a" * 60) == "a" * 60
    assert slug("a" * 61) == "a" * 60 + "-" + hashlib.sha256(b"a" * 61).hexdigest()[:6]
    assert slug("../a b//c.") == "a-b-c-" + hashlib.sha256(b"../a b//c.").hexdigest()[:6]


CRASH_LINES = [
    ("HTTPError: 401 for https://ada:opensesame@host/x?token=abcdef012345", ("opensesame", "abcdef012345")),
    ("botocore error with AKIAIOSFODNN7EXAMPLE and hf_abcdefghijklmnopqrstuvwxyzABCDEFGH", ("AKIA", "hf_abc")),
    ("wandb: ERROR api_key=0123456789abcdef0123456789abcdef01234567 is not valid", ("0123456789abcdef",)),
    ("Authorization: Bearer abcDEF123.456-xyz was refused", ("abcDEF123",)),
    ("usage: run.py --client-secret opensesame --steps 100", ("opensesame",)),
]


@pytest.mark.parametrize(("line", "secrets"), CRASH_LINES)
def test_secrets_in_the_midst_of_a_line_are_hidden_and_the_rest_is_not(line: str, secrets: tuple[str, ...]) -> None:
    shown = show(line)

    assert not any(secret in shown for secret in secrets)
    assert "[redacted]" in shown
    assert shown.split()[0] == line.split()[0]


def test_no_text_of_the_rule_base_looks_like_a_secret() -> None:
    rules = load_rules(()).rules
    texts = [t for r in rules for t in (r.rule.title, r.rule.message, r.rule.why, r.rule.log, *r.rule.false_positives)]

    assert [text for text in texts if hide(text) != text] == []


@given(st.text(max_size=300))
def test_hiding_twice_hides_no_more_than_once(text: str) -> None:
    assert hide(hide(text)) == hide(text)
