"""Where the line between a secret and a setting runs: each pair of cases stands on both sides of it."""

from __future__ import annotations

import pytest

from logdoc.redaction import hide, is_secret

LONG = "aB3" * 10
MADE, HEXED = "Gk3xT9qLw2Rb7Vn5Zd8Yc4", "3f786850e387550fdab836ed7e6dc881de23001b"

# What people paste: environments, arguments, settings, headers, addresses, calls, keys of issuers.
PASTED = [
    *(f"export COMET_API_KEY={MADE}", f"NEPTUNE_API_TOKEN='{MADE}=='", f"KAGGLE_KEY={HEXED}", "DB_PASS=hunter2x9"),
    *("REDIS_AUTH=hunter2x9", "SMTP_PASS: hunter2x9", f"JWT_SECRET={MADE}", "PSK=hunter2x9", f"FERNET_KEY={MADE}="),
    *(f"Namespace(lr=0.1, wandb_key='{HEXED}', epochs=3)", f"args: --hf-token {MADE} --lr 1", "--db-pass hunter2x9"),
    *(f'kaggle: {{"username":"bob","key":"{HEXED}"}}', "password: !vault hunter2x9", f"secret_key: !!str '{MADE}'"),
    *(f"'token': b'{MADE}'", "password:\thunter2x9", f"x-api-key: {MADE}", f"PRIVATE-TOKEN: {MADE}"),
    *(f"Ocp-Apim-Subscription-Key: {HEXED}", f"Set-Cookie: session={MADE}; Path=/", f"authorization: ApiKey {MADE}"),
    *(f"https://oauth2:{MADE}@gitlab.example/x.git", f"https://{HEXED}:x-oauth-basic@github.example/a/b (fetch)"),
    *("mongodb+srv://bob:hunter2x9@c0.example/db", "mysql+pymysql://root:hunter2x9@db/optuna", "ftp://bob:hunter2x9@h"),
    *("Server=tcp:x;User ID=bob;Password=hunter2x9;Encrypt=true", "host=db user=bob password=hunter2x9 dbname=x"),
    *(f"SharedAccessKeyName=Root;SharedAccessKey={MADE}=", f"http://localhost:8888/lab?token={HEXED}"),
    *(f"https://h/cb#access_token={MADE}", "auth=('bob', 'hunter2x9')", "creds = ('bob', 'hunter2x9')"),
    *("requests.get(url, auth=HTTPBasicAuth('bob','hunter2x9'))", f"dagshub.auth.add_app_token('{HEXED}')"),
    *(f"wandb: Appending key for api.wandb.ai to your netrc file: {HEXED}", f"Token('{MADE}')"),
    *("echo hunter2x9 | docker login --password-stdin", "echo 'hunter2x9' | sudo -S make"),
    *("mysql -u root -phunter2x9 db", f"hf_api_org_{MADE}{MADE}", f"e2b_{HEXED}", f"cfut_{MADE}{MADE}"),
    *(f"wandb_v1_{MADE}{MADE}", f"tvly-{MADE}x1", f"jina_{MADE}{MADE}", f"fc-{HEXED[:32]}", f"csk-{MADE}ab"),
    *(f"vercel_blob_rw_{MADE}", f"sq0csp-{MADE}", f"xkeysib-{HEXED}{HEXED}"),
]
NONE_OF_THEM = [
    *(
        "max_new_tokens=512",
        "tokens/s: 1234",
        "pad_token_id=0",
        "tokenizer_name=bert-base-uncased",
        "sort_key=val_loss",
    ),
    *("k_proj key_proj value_proj", "missing keys: ['fc.weight']", 'unexpected key(s): "module.conv1.weight"'),
    *("auth_loss=0.3", "auth=basic", "pass 1/3 loss 0.2", "pass@1: 0.512", "secretary problem dataset"),
    *("credential_task f1 0.2", "monitor key: val/acc@1", "cache key resnet50_v2", f"hash key {HEXED}"),
    *(
        "run saved in wandb/run-20240101_120000-3x8k2j9q",
        "https://wandb.ai/bob/proj/runs/3x8k2j9q",
        "echo done | tee a",
    ),
    *("checkpoint at s3://bucket/key/last.ckpt", "hf_model=facebook/opt-1.3b", "token_classification bert"),
    *("first token latency: 12ms", "time per token: 3.2ms", "prefix token 50256", "token merging ratio r16x2"),
    *("api_version=2024-02-01", "license key not found", "key frame 12x3", "keypoints=17", "KeyboardInterrupt"),
    *("login node n12", "data key train_v2_512x512", "pw_conv 1x1", "dw_conv3x3 pw_conv1x1", "pw loss 0.12"),
    *("pwd: /home/bob/run3", "PWD=/home/bob/run3", "key -> value2", "auth token count 12", "wordpiece token ##ing2x"),
    *("token = Attention(config)", "fc-layer 12", "csk-net", "auth: (0.1, 0.2)", "password prompt dataset v3b"),
]


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
        ("metrics/loss https:/bob:Pw9xKq72@host/x", "metrics/loss https:/[redacted]@host/x"),
        ("loss https:__bob:Pw9xKq72@host", "loss https:__[redacted]@host"),
        ("C:/runs/a@b", "C:/runs/a@b"),
    ],
)
def test_in_a_running_text_only_the_value_is_hidden(text: str, shown: str) -> None:
    assert hide(text) == shown


@pytest.mark.parametrize("text", PASTED)
def test_what_people_paste_shows_no_secret(text: str) -> None:
    assert len(PASTED) >= 40
    assert not any(secret in hide(text) for secret in ("hunter2x9", MADE, HEXED[:32]))


@pytest.mark.parametrize("text", NONE_OF_THEM)
def test_what_only_sounds_like_a_secret_is_shown(text: str) -> None:
    assert len(NONE_OF_THEM) >= 40
    assert hide(text) == text
