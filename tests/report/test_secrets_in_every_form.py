"""Planted secrets are in no form of report, wherever a log may hold them; what only looks like one is read."""

from __future__ import annotations

import json
import random
import string
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from logdoc import api
from logdoc.report.escape import redact, show
from logdoc.report.forms import FORMS

ALNUM, HEX, UPPER = string.ascii_letters + string.digits, "0123456789abcdef", string.ascii_uppercase + string.digits
_CHOICE = random.Random(20)  # noqa: S311 - made-up keys, the same in every run


def some(count: int, letters: str = ALNUM) -> str:
    """Return letters that are no word: a digit, a capital and a small letter are among them where the set has them."""
    return "".join(_CHOICE.choice(letters) for _ in range(count - 3)) + "".join(
        next((c for c in letters if kind(c)), letters[0]) for kind in (str.isdigit, str.isupper, str.islower)
    )


def planted() -> list[tuple[str, str, str]]:
    """Return (key, value, the part that must not be seen) of every kind."""
    made: list[tuple[str, str, str]] = []

    def plant(key: str, secret: str, around: str = "{}") -> None:
        made.append((key, around.format(secret), secret))

    plant("aws_access_key_id", "AKIA" + some(16, UPPER))
    plant("AWS_SECRET_ACCESS_KEY", some(40))
    plant("aws_session_token", some(120))
    plant("AZURE_STORAGE_KEY", some(86) + "==")
    plant("azure", some(60) + "==", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=x")
    plant("sas_url", some(44), "https://a.blob.example/c?sv=2022&sig={}")
    plant("google", "AIza" + some(35))
    plant("hub_token", "hf_" + some(34))
    plant("huggingface_key", some(30))
    plant("WANDB_API_KEY", some(40, HEX))
    plant("wandb.key", some(40, HEX))
    plant("note", "sk-proj-" + some(40))
    plant("remote", "ghp_" + some(36))
    plant("remote", "github_pat_" + some(22) + "_" + some(30))
    plant("remote", "glpat-" + some(20))
    plant("notify", "xoxb-123456789012-" + some(24))
    plant("notify", "T0AB/B0CD/" + some(24), "https://hooks.slack.com/services/{}")
    plant("notify", "123456/" + some(60), "https://discord.com/api/webhooks/{}")
    plant("id", "eyJhbGciOiJIUzI1NiJ9.eyJ" + some(30) + "." + some(43))
    plant("authorization", some(40), "Bearer {}")
    plant("headers", some(40, HEX), '{{"Authorization": "token {}"}}')
    plant("http.cookie", some(30), "sid={}")
    plant("db", some(12), "postgresql://bob:{}@db.example/runs")
    plant("redis", some(12), "redis://:{}@db.example:6379/0")
    plant("MLFLOW_TRACKING_PASSWORD", some(9))
    plant("PGPASSWORD", some(9))
    plant("ssh_passphrase", "my dog likes " + some(6))
    plant("creds.pass", some(9))
    plant("login", some(9), "admin:{}")
    plant("remote", "npm_" + some(36))
    plant("remote", "pypi-AgEIcHlwaS5vcmc" + some(60))
    plant("remote", "dckr_pat_" + some(27))
    plant("mail", "SG." + some(22) + "." + some(43))
    plant("pay", "sk_live_" + some(24))
    plant("bot", "123456789:AA" + some(33))
    plant("host", "dapi" + some(32, HEX))
    plant("host", "hvs." + some(24))
    plant("client_secret", some(24))
    plant("encryption_key", some(32))
    plant("token", some(9))
    plant("pem", some(64), "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----")
    plant("argv", some(10), "['train.py', '--api_key', '{}', '--lr', '0.1']")
    plant("argv", some(10), "['train.py', '--token', '{}']")
    plant("cmd", some(9), "python train.py --password {} --lr 0.1")
    plant("cmd", some(40, HEX), "WANDB_API_KEY={} python train.py")
    plant("cmd", some(10), "curl -u bob:{} https://host.example/x")
    plant("config", some(9), '{{"password": "{}", "lr": 0.1}}')
    plant("host", "nvapi-" + some(60))
    plant("host", "shpat_" + some(32, HEX))
    plant("host", "ntn_" + some(46))
    plant("notify", "123456789:AA" + some(33), "https://api.telegram.org/bot{}/sendMessage")
    plant("data", some(64, HEX), "https://bucket.example/x?X-Amz-Date=20260101T000000Z&X-Amz-Signature={}")
    plant("data", some(40), "https://storage.example/x?Expires=1700000000&Signature={}")
    plant("errors", some(32, HEX), "https://{}@o1.ingest.example/2")
    plant("host", "HRKU-" + some(36))
    plant("cmd", some(40, HEX), "wandb login {}")
    plant("cmd", some(12), "sshpass -p {} ssh node1")
    plant("cmd", some(12), "docker login -u bob -p {} registry.example")
    plant("netrc", some(40, HEX), "machine api.wandb.example login user password {}")
    plant("said", some(14), "the password is {}.")
    plant("said", some(24), "api_key => {}")
    plant("said", some(24), "the same in every row: token : {}")
    plant("said", some(20), "row: login(token='{}')")
    plant("pair", some(11), "('db_password', '{}')")
    plant("argv", some(24), '["curl", "-H", "X-Api-Key: {}"]')
    plant("nested", some(24), '["{{\\"api_key\\": \\"{}\\"}}"]')
    plant("folder", some(12), "https:%2F%2Fbob:{}@host.example")
    return made


PLANTED = planted()
# As people call a folder or a file; "{}" is the secret.
NAMES = [
    *(
        "password is {}",
        "password={}",
        "password {}",
        "pwd={}",
        "pw={}",
        "token={}",
        "token {}",
        "token is {}",
        "key {}",
    ),
    *(
        "key={}",
        "key is {}",
        "api key {}",
        "api_key_{}",
        "secret {}",
        "wandb-key-{}",
        "--password {}",
        "lr=0.1,token={}",
    ),
]
NAMED = [(name, f"{some(6)}x7{some(6)}") for name in NAMES]
LOOKALIKES = [
    *(("max_tokens", "4096"), ("tokenizer", "gpt2"), ("bos_token", "<s>"), ("image_token", "image_pad_token_0")),
    *(("mask_token", "MASK_OF_A_LONG_NAME"), ("pad_token", "[PAD]"), ("key_dim", "64"), ("sort_key", "length")),
    *(("monitor_key", "val/acc@1"), ("num_key_value_heads", "8"), ("use_auth_token", "True"), ("author", "Bob Smith")),
    *(("pass_rate", "0.93"), ("compass", "north"), ("commit", "3f786850e387550fdab836ed7e6dc881de23001b")),
    *(("run_id", "3f786850e387550fdab836ed7e6dc881"), ("uuid", "123e4567-e89b-12d3-a456-426614174000")),
    *(("dataset", "https://example.org/datasets/a/b"), ("url", "https://host.example:8080/p?x=1&y=2")),
    *(("repo", "https://x-access-token@example.org/a"), ("model", "https://example.org/f?signature=train&sigma=1")),
    *(("git", "git@example.org:a/b.git"), ("model", "sk-learn-style-estimator"), ("ckpt", "/data/token/key/last.pt")),
    *(("pwd", "/home/bob/project"), ("cmd", "python train.py --key-dim 64 --max-tokens 100 --lr 1e-3")),
    *(("args", "['--num-keys', '8', '--tokenizer', 'gpt2']"), ("layer", "model.layers.0.self_attn.k_proj.weight")),
    *(("login_node", "node-17"), ("master_addr", "10.0.0.1:29500"), ("time", "12:30:45"), ("key", "train/loss")),
    *(("api_version", "2023-05-15"), ("token_dropout", "0.1"), ("special_tokens", "['<a>', '<b>']")),
    *(("prompt", "What is the password of the wizard?"), ("msg", "token: 5"), ("auth_loss", "0.5")),
    *(("said", "mongo host is mongo1.example -port 27017"), ("said", "the password check took 12 s")),
    *(
        ("said", "api_key rotation enabled"),
        ("said", "secret santa dataset2 loaded"),
        ("said", "pwd /home/bob2/run-99"),
    ),
    *(("said", "hf_token not set, using anonymous1"), ("said", "KeyError: 'layers.0.self_attn.k_proj.weight'")),
    *(("fields", '["user", "password", "email"]'), ("argv", '["train.py", "--tokenizer", "gpt2", "--lr", "1e-3"]')),
    *(("run_as", "docker run -u 1000:1000 trainer"), ("basic_block", "Basic block with 3x3 conv")),
]


def name_logs(folder: Path) -> None:
    """Write logs whose files, or whose folders, are called by secrets, and a file of each name that is no log."""
    rows = "step,loss\n" + "".join(f"{i},{2 / (1 + i)}\n" for i in range(40))
    for number, (name, secret) in enumerate(NAMED):
        called = name.format(secret)
        for place in (folder / f"file{number}" / f"{called}.csv", folder / f"folder{number}" / called / "log.csv"):
            place.parent.mkdir(parents=True)
            place.write_text(rows)
        (folder / f"{called}.jsonl").write_bytes(b"")


@lru_cache(maxsize=1)
def reports() -> dict[str, str]:
    """Return every form of a report about logs that hold the secrets as settings, crash lines, names and file names."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        rows = "".join(f"{i},{2 / (1 + i)},0.1,3\n" for i in range(40))
        (folder / "settings").mkdir()
        (folder / "settings" / "log.csv").write_text(
            f"step,loss,{PLANTED[0][1]},layer https://u:{PLANTED[1][1]}@h\n" + rows
        )
        nested = {f"part{number}": {key: value} for number, (key, value, _) in enumerate(PLANTED)}
        (folder / "settings" / "config.json").write_text(json.dumps(nested))
        for number, (key, value, _) in enumerate(PLANTED):
            steps = "".join(f"step {i} loss {2 / (1 + i):.4f}\n" for i in range(20))
            line = value.replace("\n", " ")
            text = f"{steps}Traceback (most recent call last):\n  File 'x.py', line 3\nRuntimeError: {key}={line}\n"
            (folder / f"run{number}.log").write_text(text)
        (folder / f"{PLANTED[7][1]}.csv").write_bytes(b"")
        name_logs(folder)
        (folder / f"token {PLANTED[12][1]}.csv").write_text("step,loss\n" + "".join(f"{i},0.{i}\n" for i in range(9)))
        analysis = api.analyze(folder, code=False)
    assert len(analysis.runs) == len(PLANTED) + 2 + 2 * len(NAMED)
    return {form.name: form.render(analysis) for form in FORMS}


@pytest.mark.parametrize("form", [form.name for form in FORMS])
def test_no_planted_secret_is_in_a_report(form: str) -> None:
    assert len(PLANTED) >= 39
    text = reports()[form]
    plain = text.replace("\\/", "/").replace("&#x2F;", "/")
    assert [(key, value) for key, value, secret in PLANTED if secret in plain or secret in text] == []
    assert [(name, secret) for name, secret in NAMED if secret in plain] == []


@pytest.mark.parametrize(
    "words", [["aws_secret_access_key", "="], ["sshpass", "-p"], ["-H", "Authorization:", "Bearer"]]
)
def test_a_secret_that_only_the_words_of_a_list_before_it_tell_is_hidden(words: list[str]) -> None:
    secret = some(40)
    assert secret not in redact("args", json.dumps([*words, secret]))


def test_what_only_looks_like_a_secret_is_hidden_once_in_thirty_one_at_most() -> None:
    assert len(LOOKALIKES) >= 31
    assert (
        len([key for key, value in LOOKALIKES if redact(key, value) != show(value) or "redacted" in show(value)]) <= 1
    )


def test_no_planted_secret_is_in_a_table_of_values(tmp_path: Path) -> None:
    secret = PLANTED[7][1]
    (tmp_path / f"{secret}.csv").write_text(f"step,loss,{secret}\n0,1,1\n1,0.9,2\n2,0.8,3\n")
    api.export(tmp_path, tmp_path / "table.out", to="csv")
    written = (tmp_path / "table.out").read_text()
    assert written.count("\n") == 7
    assert secret not in written


def test_a_long_text_is_looked_through_as_far_as_it_is_shown() -> None:
    assert PLANTED[7][1] not in show("x " * 100 + PLANTED[7][1] + " y" * 1_000_000)
