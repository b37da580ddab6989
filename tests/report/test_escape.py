from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
