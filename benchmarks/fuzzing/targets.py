"""The targets: each makes an input from a chance, hands it on, and says what is wrong, or nothing."""

from __future__ import annotations

import contextlib
import json
import math
import re
import struct
import zlib
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from crc32c import crc32c

from benchmarks.fuzzing.damage import damage, damage_parts, text_of
from logdoc.documents import load_config_yaml, load_json, load_yaml
from logdoc.engine.expression import ExpressionError, compile_expression
from logdoc.engine.functions import functions
from logdoc.engine.kinds import NUMBER, SERIES, TEXT
from logdoc.errors import LogdocError
from logdoc.model import Defect, Run
from logdoc.model.notes import FAULT
from logdoc.readers import load
from logdoc.readers.tensorboard.assembly import scalar_rows
from logdoc.readers.tensorboard.contents import read_contents
from logdoc.readers.wandb import contents as wandb

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random


class Target(NamedTuple):
    """A target: its name, its share of all inputs, and what tries one input in a folder."""

    name: str
    share: int
    tried: Callable[[Random, Path], tuple[bytes | str, str]]


def _masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def _record(payload: bytes) -> bytes:
    header = struct.pack("<Q", len(payload))
    return header + _masked(header) + payload + _masked(payload)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content


@cache
def _events() -> tuple[bytes, ...]:
    first = _record(b"\x09" + struct.pack("<d", 1.7e9) + b"\x1a\x0dbrain.Event:2")
    made = [first]
    for step in range(1, 40):
        value = _field(1, _field(1, (b"loss", b"accuracy")[step % 2]) + b"\x15" + struct.pack("<f", 1 / step))
        made.append(_record(b"\x09" + struct.pack("<d", 1.7e9 + step) + bytes([0x10, step]) + _field(5, value)))
    return tuple(made)


def events(chance: Random, folder: Path) -> tuple[bytes, str]:
    """Event files: every record that is whole is read."""
    data, whole = damage_parts(list(_events()), chance)
    contents = read_contents(np.frombuffer(data, dtype=np.uint8))
    found = {int(step) for _, steps, _, _ in scalar_rows(contents).values() for step in steps}
    missing = [step for step in whole if step and step not in found]
    return data, f"whole records were not read: {missing}" if missing else ""


@cache
def _wandb() -> tuple[bytes, ...]:
    made = [b":W&B" + struct.pack("<HB", 0xBEE1, 0)]
    for step in range(60):
        row = b""
        for key, value in (("_step", step), ("loss", 1 / (1 + step))):
            text = json.dumps(value).encode()
            row += _field(1, _field(2, key.encode()) + b"\x82\x01" + bytes([len(text)]) + text)
        payload = bytes([8, step + 1]) + _field(2, row)
        made.append(struct.pack("<IHB", zlib.crc32(payload, zlib.crc32(b"\x01")), len(payload), 1) + payload)
    return tuple(made)


def wandb_file(chance: Random, folder: Path) -> tuple[bytes, str]:
    """`.wandb` files: no exception, and no value that was not written."""
    data, _ = damage_parts(list(_wandb()), chance)
    contents = wandb.read_contents(data)
    _, values = contents.columns.get("loss", ((), ()))
    written = {1 / (1 + step) for step in range(60)}
    odd = [float(value) for value in values if float(value) not in written]
    return data, f"values that were not written: {odd[:3]}" if odd else ""


_NUMBER = re.compile(rb"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")


def _loaded(folder: Path, name: str, data: bytes) -> tuple[list[Run], str]:
    path = folder / name
    path.write_bytes(data)
    items = list(load([path]))
    faults = [item.what for item in items if isinstance(item, Defect) and item.id == FAULT]
    return [item for item in items if isinstance(item, Run)], faults[0] if faults else ""


def _made_up(runs: list[Run], data: bytes) -> str:
    """Say which values of a loss were not written as a number."""
    data += re.sub(rb"\x1b(?:\[[0-9;]*m)?", b"", data)  # a colour may begin anywhere, within a number too
    written = set()
    for text in (
        *_NUMBER.findall(data),
        *_NUMBER.findall(data.replace(b",", b".")),
        *_NUMBER.findall(data.replace(b",", b"")),
    ):
        written.add(float(text))
    for run in runs:
        for series in run.series.values():
            if series.name == "loss":
                odd = [v for v in series.values if math.isfinite(v) and v not in written and -v not in written]
                if odd:
                    return f"values that were not written: {odd[:3]}"
    return ""


def table(chance: Random, folder: Path) -> tuple[bytes, str]:
    """CSV: no exception, and no value that was not written."""
    mark = chance.choice((",", ",", ";", "\t"))
    rows = [f"step{mark}loss{mark}lr\n", *(f"{i}{mark}{1 / (1 + i):.4f}{mark}0.1\n" for i in range(25))]
    data, _ = damage_parts([row.encode() for row in rows], chance)
    runs, fault = _loaded(folder, "log.csv", data)
    return data, fault or _made_up(runs, data)


def json_lines(chance: Random, folder: Path) -> tuple[bytes, str]:
    """JSON lines: no exception, and no value that was not written."""
    rows = [json.dumps({"step": i, "loss": round(1 / (1 + i), 4), "lr": 0.1}).encode() + b"\n" for i in range(25)]
    data, _ = damage_parts(rows, chance)
    runs, fault = _loaded(folder, "log.jsonl", data)
    return data, fault or _made_up(runs, data)


def console(chance: Random, folder: Path) -> tuple[bytes, str]:
    """Console logs: no exception, and no value that was not written."""
    form = chance.choice(("step {} loss {:.4f}", "Epoch {}/25 | loss: {:.4f} | lr 0.1", "[{}] train_loss={:.4f}"))
    data, _ = damage_parts([(form.format(i, 1 / (1 + i)) + "\n").encode() for i in range(25)], chance)
    runs, fault = _loaded(folder, "train.log", data)
    return data, fault or _made_up(runs, data)


_RULE = b"""id: loss-x
title: Loss
params:
  low: {value: 0.5, why: half}
let: {a: mean(loss)}
when: a > low and count(loss) > 3
tests:
  - {name: one, series: {train.loss: "1x20"}, expect: {verdict: fires}}
"""


def documents(chance: Random, folder: Path) -> tuple[bytes, str]:
    """YAML and JSON: plain data, or an error of ours with its place."""
    data = damage(_RULE, chance)
    text = data.decode("utf-8", "replace")
    try:
        load_yaml(text, where="x.yaml")
    except LogdocError as error:
        if "x.yaml" not in str(error):
            return data, f"an error without its place: {error}"
    load_config_yaml(text, where="x.yaml")
    with contextlib.suppress(LogdocError):
        load_json(damage(b'{"a": [1, 2.5, {"b": "x\\n", "c": null}], "d": NaN}', chance).decode("utf-8", "replace"))
    return data, ""


_TYPES = {"loss": SERIES, "a": NUMBER, "name": TEXT}


def expressions(chance: Random, folder: Path) -> tuple[str, str]:
    """Expressions: compiled or refused; none that could reach an attribute compiles."""
    words = (
        *("loss", "a", "name", "1", "0.5", "'x'", "(", ")", ",", "+", "-", "*", "/", "<", ">", "==", "and", "or"),
        *("not", "if", "else", "true", ".", "__class__", "[", "]", "lambda", ":", "**", "for", "in", ":=", "f''", "%"),
        *chance.sample(sorted(functions()), 4),
    )
    text = " ".join(chance.choice(words) for _ in range(chance.randrange(1, 14)))
    try:
        compile_expression(text, _TYPES)
    except ExpressionError:
        return text, ""
    return text, "a hostile word compiled" if re.search(r"__|lambda|:=|\*\*|\bfor\b|\[|f''", text) else ""


def end_to_end(chance: Random, folder: Path) -> tuple[bytes, str]:
    """A whole analysis: no fault, never healthy with data lost, and every form can be drawn."""
    from logdoc import api
    from logdoc.report.forms import FORMS

    kind = chance.randrange(3)
    rows = [f"{i},{2 / (1 + i):.4f},{chance.choice(('0.1', '0.1', '1e300', 'nan'))}\n" for i in range(30)]
    if kind == 0:
        name, parts = "events.out.tfevents.1.h", list(_events())
    elif kind == 1:
        name, parts = "log.csv", [b"step,loss,grad_norm\n", *(row.encode() for row in rows)]
    else:
        name, parts = "train.log", [f"epoch {i} loss {2 / (1 + i):.4f} acc {i / 40:.3f}\n".encode() for i in range(30)]
    data, _ = damage_parts(parts, chance)
    (folder / name).write_bytes(data)
    try:
        analysis = api.analyze(folder, code=False)
        lost = Counter(run.id for run in analysis.runs for d in run.defects if d.lost)
        wrong = [run.id for run in analysis.runs if run.verdict in ("healthy", "info") and lost[run.id]]
        failed = [f.id for run in analysis.runs for f in run.findings if f.status == "error"]
        faults = [d.what for d in (*analysis.defects, *(d for r in analysis.runs for d in r.defects)) if d.id == FAULT]
        for form in FORMS[1:]:
            form.render(analysis)
    finally:
        (folder / name).unlink()
    return data, "healthy with data lost" if wrong else f"rules failed: {failed}" if failed else "".join(faults[:1])


def odd_text(chance: Random) -> str:
    """Return a text for the targets that draw texts."""
    return text_of(chance)


def changed(document: Any, chance: Random) -> Any:
    """Return a JSON document with one value exchanged or left out, picked by walking down from the top."""
    made = json.loads(json.dumps(document))
    at, parent, key = made, None, None
    while isinstance(at, dict | list) and at and chance.random() < 0.9:
        key = chance.choice(list(at)) if isinstance(at, dict) else chance.randrange(len(at))
        parent, at = at, at[key]
    if parent is None:
        return made
    if chance.random() < 0.25:
        del parent[key]
    else:
        odd = (None, True, -1, 0, 1e300, 2**70, [], {}, [[]], {"a": 1}, [1, 2], "Infinity", "", text_of(chance))
        parent[key] = chance.choice((*odd, text_of(chance), text_of(chance)))
    return made
