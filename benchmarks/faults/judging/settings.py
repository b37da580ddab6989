"""A configuration as each tool keeps it beside the log: flat or nested, in its own words and its own file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

Settings = Mapping[str, Any]
TRAINER = {
    "lr": "learning_rate",
    "batch_size": "per_device_train_batch_size",
    "epochs": "num_train_epochs",
    "lr_scheduler": "lr_scheduler_type",
    "optimizer": "optim",
    "resume_from": "resume_from_checkpoint",
}
PLACES = {  # where a nested configuration keeps what
    "optimizer": ("lr", "weight_decay", "momentum", "betas", "eps"),
    "scheduler": ("lr_scheduler", "gamma"),
    "trainer": ("epochs", "max_grad_norm", "gradient_clip_val", "precision", "early_stopping_patience", "resume_from"),
    "data": ("batch_size", "augment", "augmentation", "expected_label_noise"),
}
TARGETS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}


def trainer_words(config: Settings) -> dict[str, Any]:
    """Return the settings in the words of Hugging Face's trainer."""
    said = {TRAINER.get(name, name): value for name, value in config.items()}
    if str(said.pop("precision", "")).startswith("16"):
        said["fp16"] = True
    return said


def nested(config: Settings) -> dict[str, Any]:
    """Return the settings in groups, as people keep them with Hydra."""
    groups: dict[str, Any] = {"model": {}, "optimizer": {}, "scheduler": {}, "trainer": {}, "data": {}}
    place = {name: group for group, names in PLACES.items() for name in names}
    for name, value in config.items():
        if name == "model":
            groups["model"]["name"] = value
        elif name == "optimizer":
            groups["optimizer"]["_target_"] = f"torch.optim.{TARGETS.get(str(value), value)}"
        elif name == "seed":
            groups["seed"] = value
        elif name == "lr_scheduler":
            groups["scheduler"]["name"] = value
        elif name == "epochs":
            groups["trainer"]["max_epochs"] = value
        else:
            groups[place.get(name, "model")][name] = value
    return {group: held for group, held in groups.items() if held != {}}


def write_yaml(data: Any, path: Path) -> None:
    """Write settings as YAML, in their order."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


def write_hydra(config: Settings, folder: Path, job: str) -> None:
    """Write what Hydra leaves in a run's folder."""
    groups = nested(config)
    write_yaml(groups, folder / ".hydra" / "config.yaml")
    overridden = (("optimizer", "lr"), ("data", "batch_size"))
    given = [f"{group}.{name}={groups[group][name]}" for group, name in overridden if name in groups.get(group, {})]
    write_yaml([*given, f"seed={config['seed']}"], folder / ".hydra" / "overrides.yaml")
    about = {"run": {"dir": "outputs/${now:%Y-%m-%d}/${now:%H-%M-%S}"}, "job": {"name": job, "chdir": True}}
    write_yaml({"hydra": {**about, "mode": "RUN"}}, folder / ".hydra" / "hydra.yaml")


def write_offline(config: Settings, folder: Path) -> None:
    """Write the configuration and the facts that an offline run of Weights & Biases keeps as files."""
    about = {"value": {"python_version": "3.11.9", "cli_version": "0.18.5", "framework": "torch"}}
    said = {"wandb_version": 1, "_wandb": about, **{k: {"desc": None, "value": v} for k, v in config.items()}}
    write_yaml(said, folder / "config.yaml")
    facts = {"os": "Linux-5.15.0-x86_64", "python": "3.11.9", "program": "train.py", "codePath": "train.py", "args": []}
    (folder / "wandb-metadata.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def namespace(config: Settings) -> str:
    """Return the settings as `argparse` prints them."""
    return f"Namespace({', '.join(f'{name}={value!r}' for name, value in config.items())})"
