"""What a report says of runs that belong together: the settings that differ, and where each loss ended."""

from __future__ import annotations

import json
from pathlib import Path

import logdoc
from logdoc.report import from_json


def sweep(root: Path, ends: dict[float, float]) -> Path:
    for rate, end in ends.items():
        folder = root / f"lr{rate:g}"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps({"lr": rate, "optimizer": "adam"}))
        rows = [f"{s},{end + (2.0 - end) * 0.9**s:.5f}" for s in range(60)]
        (folder / "log.csv").write_text("step,train_loss\n" + "\n".join(rows))
    return root


def test_a_sweep_holds_the_settings_and_the_levels_of_every_run(tmp_path: Path) -> None:
    analysis = logdoc.analyze(sweep(tmp_path, {0.001: 1.0, 0.01: 0.5, 0.1: 0.8}))
    (group,) = analysis.groups

    assert (group.kind, group.varies, group.loss) == ("lr-sweep", ("lr",), "train.loss")
    assert [one.settings for one in group.members] == [{"lr": 0.001}, {"lr": 0.01}, {"lr": 0.1}]
    assert [round(one.end or 0, 1) for one in group.members] == [1.0, 0.5, 0.8]
    assert all(one.start is not None and one.start > 1.5 for one in group.members)


def test_a_sweep_in_which_no_rule_fires_is_a_table_all_the_same(tmp_path: Path) -> None:
    analysis = logdoc.analyze(sweep(tmp_path, {0.001: 0.5, 0.01: 0.499, 0.1: 0.5}))

    assert [(group.findings, len(group.members)) for group in analysis.groups] == [((), 3)]


def test_a_saved_report_keeps_the_groups(tmp_path: Path) -> None:
    analysis = logdoc.analyze(sweep(tmp_path, {0.001: 1.0, 0.01: 0.5, 0.1: 0.8}))
    loaded = from_json(analysis.to_json())

    assert [one.settings for one in loaded.groups[0].members] == [one.settings for one in analysis.groups[0].members]


def test_a_report_from_before_groups_had_members_is_still_read(tmp_path: Path) -> None:
    document = json.loads(logdoc.analyze(sweep(tmp_path, {0.001: 1.0, 0.01: 0.5, 0.1: 0.8})).to_json())
    for key in ("kind", "varies", "loss", "members"):
        del document["groups"][0][key]

    assert from_json(json.dumps(document)).groups[0].members == ()
