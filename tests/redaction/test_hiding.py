"""Where the line between a secret and a setting runs: each pair of cases stands on both sides of it."""

from __future__ import annotations

import pytest

from logdoc.redaction import hide, is_secret

LONG = "aB3" * 10


@pytest.mark.parametrize(
    ("key", "value", "secret"),
    [
        ("", "hunter2", False),
        ("password", "", False),
        ("password", "12", False),
        ("password", "1e-3", False),
        ("password", "true", False),
        ("password", "None", False),
        ("password", "<mask>", False),
        ("password", "[redacted]", False),
        ("password", "...", False),
        ("password", "a", True),
        ("PGPASSWORD", "hunter2", True),
        ("dbPasswd", "hunter2", True),
        ("password_length", "hunter2", False),
        ("pwd", "/home/me", False),
        ("pwd", "~/runs", False),
        ("pwd", "./runs", False),
        ("pwd", "hunter2", True),
        ("cwd_pwd", "hunter2", True),
        ("api key", "abc", True),
        ("my.api_key", "abc", True),
        ("apiKey", "abc", True),
        ("key_api", "abc", False),
        ("key", "loss", False),
        ("sort_key", "validation_loss_of_the_epoch", False),
        ("key", "0123456789abcdef" * 2, True),
        ("key", "0123456789abcdef" * 2 + "x", False),
        ("key", ("0123456789abcdef" * 2)[1:], False),
        ("key", "aB3" * 7, True),
        ("key", "aB3" * 6, False),
        ("token", "short", False),
        ("token", "shorty", True),
        ("token", "two words here", False),
        ("tokens", LONG, False),
        ("hub_token", "shorty", True),
        ("hub_token", "short", False),
        ("model.token", "shorty", True),
        ("eos_token", "shorty", False),
        ("eos_token", "a" * 15, False),
        ("eos_token", "a" * 16, True),
        ("image_token", "image_pad_token_0", False),
        ("hub_token", "image_pad_token_0", True),
        ("token_id", LONG, False),
        ("login", "admin:pass", True),
        ("user", "ada:pw3", True),
        ("user", "ada:pw", False),
        ("username", "ada", False),
        ("name", "ada:pass", False),
    ],
)
def test_a_setting_is_a_secret_by_its_key_and_its_value(key: str, value: str, secret: bool) -> None:
    assert is_secret(key, value) is secret


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("--password hunter2 --lr 1", "--password [redacted] --lr 1"),
        ("password=hunter2, lr=0.1", "password=[redacted], lr=0.1"),
        ("password: None", "password: None"),
        ("password=0.25", "password=0.25"),
        ("unexpected token: identifier", "unexpected token: identifier"),
        ("token: " + "a" * 15, "token: " + "a" * 15),
        ("token: " + "a" * 16, "token: [redacted]"),
        ("token: abc123", "token: [redacted]"),
        ("my_secret: hunter", "my_secret: [redacted]"),
        ("bot_token=abc123 epoch=3", "bot_token=[redacted] epoch=3"),
        ("cfg={'a': 1, 'db_passphrase': 'opensesame'}", "cfg={'a': 1, 'db_passphrase': '[redacted]'}"),
        ("lr=wandb.key=" + LONG, "lr=wandb.key=[redacted]"),
        ("loss=0.5 acc=0.9", "loss=0.5 acc=0.9"),
        ("path=/data/train key=loss", "path=/data/train key=loss"),
        ("no sign at all, only words", "no sign at all, only words"),
    ],
)
def test_in_a_running_text_only_the_value_is_hidden(text: str, shown: str) -> None:
    assert hide(text) == shown
