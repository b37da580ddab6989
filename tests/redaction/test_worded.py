"""Secrets that words announce, in sentences and in names of files, and what is called alike and is none."""

from __future__ import annotations

import pytest

from logdoc.redaction import hide

TOLD = [
    ("password is hunter2.csv", "hunter2"),
    ("password is opensesame/log.csv", "opensesame"),
    ("runs/the password was hunter2x9/log.csv", "hunter2x9"),
    ("password_is_hunter2", "hunter2"),
    ("passphrase is correcthorse", "correcthorse"),
    ("pw hunter2", "hunter2"),
    ("password hunter2.log", "hunter2"),
    ("password p@ss!word", "p@ss!word"),
    ("password_hunter2x9.csv", "hunter2x9"),
    ("run-pwd-hunter2x9-seed0", "hunter2x9"),
    ("secret k3jx9qz2.tar.gz", "k3jx9qz2"),
    ("client secret is k3jx9q", "k3jx9q"),
    ("api key k3jx9qz2/metrics.json", "k3jx9qz2"),
    ("run_api_key_k3jx9qz2.csv", "k3jx9qz2"),
    ("wandb-key-k3jx9qz2v8", "k3jx9qz2v8"),
    ("token is k3jx9qz2", "k3jx9qz2"),
    ("my token Zq7Kp2Lm9", "Zq7Kp2Lm9"),
    ("token_Zq7Kp2Lm9.csv", "Zq7Kp2Lm9"),
    ("token(Zq7Kp2Lm9)", "Zq7Kp2Lm9"),
    ("hf token k3jx9q", "k3jx9q"),
    ("key Zq7Kp2Lm9", "Zq7Kp2Lm9"),
    ("key=cjawyn6PXE6t7", "cjawyn6PXE6t7"),
    ("key is Zq7Kp2Lm9x", "Zq7Kp2Lm9x"),
    ("KEY-Zq7Kp2Lm9", "Zq7Kp2Lm9"),
    ("bearer k3jX9qZ2v8", "k3jX9qZ2v8"),
    ("otp Zq7Kp2Lm9", "Zq7Kp2Lm9"),
    ("token k3jX9qZ2-v8Lm3x7.csv", "v8Lm3x7"),
]
ALIKE = [
    *("max_tokens_4096", "tokenizer_bpe32k", "key_dim64", "password_strength_model", "password_strength_v2/log.csv"),
    *("token-merging-r16", "token_bs32lr1e4", "key_value_cache", "token_swin2x4b", "secret_santa_dataset2"),
    *("token gpt2", "key layer1Conv2d", "token_embedding3x3d2", "password_resnet50d32x4.csv", "token_dropout_0.1"),
    *("the password is required", "no password was provided", "the password is hashed", "password is empty"),
    *("password is too short", "the secret is attention", "the key is step", "token is layer2", "key is val/loss"),
    *("cache key 3f786850e387550fdab836ed7e6dc881de23001b", "git token 50256", "the password 12345", "key 1e-4"),
    *("pass 2 of 3", "pass epoch12", "auth loss0.5", "credentials loaded", "primary key run_id", "sort_key_length"),
    *("token = Sam3VideoTwo2Way(config)", "the passkey is set", "monkey Zq7Kp2Lm9", "tokens Zq7Kp2Lm9", "keys b16x384"),
    *("password list2", "password_epoch12", "secret_v2", "api_key_rotation", "api key rotation", "access key missing"),
]


@pytest.mark.parametrize(("text", "secret"), TOLD)
def test_a_secret_that_words_announce_is_hidden(text: str, secret: str) -> None:
    shown = hide(text)
    assert secret not in shown
    assert "[redacted]" in shown


@pytest.mark.parametrize("text", ALIKE)
def test_what_is_called_alike_stays(text: str) -> None:
    assert hide(text) == text


def test_only_the_secret_of_a_name_is_hidden() -> None:
    assert hide("runs/password is hunter2/log.csv") == "runs/password is [redacted]/log.csv"
    assert hide("password_hunter2x9_seed0.tar.gz") == "password_[redacted]_seed0.tar.gz"
    assert hide("a token Zq7Kp2Lm9, a key Kp2Lm9Zq7, lr 0.1") == "a token [redacted], a key [redacted], lr 0.1"
