"""Hand-made analyses: one as it comes, and one in which every text is hostile."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from logdoc.model import (
    Analysis,
    Cause,
    Chart,
    Citation,
    Curve,
    Defect,
    Fact,
    Finding,
    Group,
    HeatMap,
    Member,
    Possibility,
    Reason,
    Remedy,
    RunAnalysis,
    SilentRule,
    Suggestion,
)

NASTY = (
    "<script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "</script></style><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "@user please approve #1 [x](http://example.com) ![i](http://example.com/i.png)",
    "a | b `c` ``d`` |",
    "line one\nline two\r\n## forged heading",
    "\x1b]0;owned\x07\x1b[31mred\x1b[0m",
    "right\u202eleft\u200b",
    "surrogate \udcff end",
    "[/foo] [bold]",
    "x" * 3000,
)


def faulty() -> RunAnalysis:
    steps = tuple(range(0, 1000, 10))
    train = tuple(2.0 * math.exp(-s / 200) for s in steps)
    val = tuple(1.0 + abs(s - 300) / 1000 if s != 500 else math.nan for s in steps)
    finding = Finding(
        id="val-rises",
        status="fires",
        severity="warning",
        title="Validation loss rises",
        evidence="The validation loss is lowest at step 300 (1.0) and ends at 1.69.",
        values={"best": 1.0, "end": 1.69, "ratio": math.inf, "recovered": False, "names": "fc.weight", "nothing": None},
        window=(300, 990),
        layers=("fc.weight", "fc.bias"),
        charts=(Chart(("val/loss", "train/loss"), {"best": 1.0}, (0.5, 1.5)), Chart(("val/loss",), scale="log")),
        why="It gets worse on new data.",
        verify="Compare the checkpoints.",
        false_positives=("Double descent.",),
        sources=(
            Citation("On parabolas", "a parabola", "nobody-2020", "Nobody, 2020", "https://example.org/parabolas#2"),
            Citation("Practice: those who evaluate", "look at the minimum"),
        ),
        explained_by="overfitting",
    )
    note = dataclasses.replace(
        finding, id="long", severity="info", title="Trained on", explained_by=None, charts=(), window=None
    )
    cause = Cause(
        "overfitting",
        "Overfitting",
        0.93,
        ("val-rises",),
        (Reason("val-rises", 3.2), Reason("other", -0.4)),
        (Remedy("minutes", "Stop at step 300."), Remedy("hours", "Add data.")),
        "The minimum comes later.",
        "The accuracy improves.",
        (Citation("Résumé & <b>of</b> [all]", "stop early", "all-2021", "All et al., 2021", "http://example.org/all"),),
    )
    return RunAnalysis(
        id="runs/a",
        format="tensorboard",
        sources=("runs/a/events.out.tfevents.1.h",),
        steps=(0, 990),
        verdict="warning",
        headline="Almost certain: overfitting (93%). Validation loss rises.",
        context={"lr": Fact(0.1, "configuration lr"), "task": Fact("classification", "'acc' is logged")},
        config={"lr": 0.1, "name": "net", "api_key": "sk-abcdefghijklmnopqrstuvwx", "max_tokens": 4096},
        names={"train/loss": "train.loss", "val/loss": "val.loss"},
        findings=(finding, note),
        causes=(cause,),
        possible=(
            Possibility("data-leak", "Data leakage", 0.17),
            Possibility("bad-batch", "Bad batch", 0.11),
        ),
        not_judged=(
            SilentRule(
                "grad", "Vanishing gradients", "not logged: grad_norm[parameter]", "the gradient norm per parameter"
            ),
        ),
        not_applicable=(SilentRule("gan", "Discriminator overpowers the generator", "not a GAN"),),
        clear=(SilentRule("nan", "The loss is finite.", ""),),
        suggestions=(Suggestion("grad_norm", "the gradient norm per parameter", "Vanishing gradients (0.20 bits)"),),
        defects=(Defect("runs/a/events.out.tfevents.1.h", "ends inside a record", "offset 812", lost=True),),
        curves=(
            Curve("train/loss", "train.loss", "step", steps, train, 100),
            Curve("val/loss", "val.loss", "step", steps, val, 100),
        ),
        maps=(
            layer_map(),
            dataclasses.replace(
                layer_map(), role="act_dead_frac", title="Share of dead units", scale="linear", band=None, omitted=0
            ),
        ),
    )


def with_a_place_in_the_program() -> RunAnalysis:
    """A run whose program shows where its cause lies."""
    run = faulty()
    place = Reason("program", 0.8, "train.py, line 12: no weight decay is set")
    return dataclasses.replace(run, causes=(dataclasses.replace(run.causes[0], because=(place,)), *run.causes[1:]))


def layer_map() -> HeatMap:
    """A layer that fades, one that was logged half as often, one that ends as NaN."""
    return HeatMap(
        role="update_ratio",
        title="Update ratio",
        axis="step",
        layers=("emb.weight", "blocks.0.fc.weight", "fc.weight"),
        steps=(0, 250, 500, 750),
        end=990,
        cells=((1e-3, 1e-3, 1e-6, 1e-9), (2e-3, None, 1e-3, None), (1e-3, 5e-2, 0.4, math.nan)),
        omitted=2,
        band=(3e-4, 3e-3),
    )


def healthy(name: str = "runs/b") -> RunAnalysis:
    return dataclasses.replace(
        faulty(),
        id=name,
        verdict="healthy",
        headline="No fault found: 1 check clear, 1 could not be judged.",
        findings=(),
        causes=(),
        possible=(),
        defects=(),
        suggestions=(),
    )


def typical() -> Analysis:
    incomplete = dataclasses.replace(
        healthy("runs/c"),
        verdict="incomplete",
        headline="No fault in what is left, but data were lost.",
        defects=faulty().defects,
    )
    group = Group(
        "runs",
        ("runs/a", "runs/b", "runs/c"),
        (dataclasses.replace(faulty().findings[1], id="edge", severity="info", why="A better one may lie beyond."),),
        kind="lr-sweep",
        varies=("lr", "seed"),
        loss="val.loss",
        members=(
            Member("runs/a", {"lr": 0.1, "seed": 1}, 1.3, 1.65),
            Member("runs/b", {"lr": 0.001, "seed": 1}, 1.3, 0.7),
            Member("runs/c", {"lr": 0.01, "seed": None}, 1.3, 0.4),
        ),
    )
    return Analysis(
        "0.1.0",
        (faulty(), healthy(), incomplete),
        (group,),
        (Defect("notes.csv", "a table that is no training log"),),
        "abcdef123456",
    )


def many(count: int) -> Analysis:
    runs = tuple(dataclasses.replace(faulty(), id=f"runs/{i:04d}") for i in range(count))
    return Analysis("0.1.0", runs, (), (), "abcdef123456")


def hostile() -> Analysis:
    """The typical analysis with a nasty text in every place that a log or a configuration can reach."""
    texts = iter(range(10**9))

    def poison(value: Any, name: str = "") -> Any:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            kept = {"verdict", "status", "severity", "scale", "axis", "effort", "explained_by", "kind", "loss"}
            return dataclasses.replace(
                value,
                **{
                    f.name: poison(getattr(value, f.name), f.name)
                    for f in dataclasses.fields(value)
                    if f.name not in kept and f.name != "version"
                },
            )
        if isinstance(value, str):
            if value in ("val/loss", "train/loss") or name in ("ruleset", "role"):
                return value
            return NASTY[next(texts) % len(NASTY)] + f" {next(texts)}"
        if isinstance(value, tuple):
            return tuple(poison(item, name) for item in value)
        if isinstance(value, dict):
            return {poison(key, name): poison(item, name) for key, item in value.items()}
        return value

    poisoned: Analysis = poison(typical())
    return poisoned
