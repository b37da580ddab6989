from __future__ import annotations

import numpy as np

from logdoc.context import Traits, group_runs, traits_of
from logdoc.model import ConfigValue, Run, Series


def run(name: str, config: dict[str, ConfigValue], format_: str = "tensorboard", series: str = "loss") -> Traits:
    made = Run(name, format_, (name,), series={series: Series(series, np.arange(3), np.ones(3))}, config=config)
    return traits_of(made)


def test_runs_that_differ_in_the_rate_alone_are_a_sweep() -> None:
    groups = group_runs([run(f"s/{lr}", {"lr": lr, "batch": 8}) for lr in (0.1, 0.01, 0.001)])

    assert [(g.kind, g.varies, len(g.runs)) for g in groups] == [("lr-sweep", ("lr",), 3)]


def test_runs_that_differ_in_the_seed_alone_are_seeds() -> None:
    assert group_runs([run(f"s/{i}", {"seed": i, "lr": 0.1}) for i in range(3)])[0].kind == "seeds"


def test_files_of_one_name_in_sibling_folders_belong_together() -> None:
    groups = group_runs([run(f"sweep/lr{lr}/log.csv", {"lr": lr}, "delimited") for lr in (0.1, 0.01)])

    assert groups[0].id == "sweep"


def test_runs_that_log_other_names_or_differ_in_many_settings_are_not_compared() -> None:
    many = [run(f"s/{i}", {"a": i, "b": i, "c": i, "d": i}) for i in range(3)]
    other = [run("s/x", {"lr": 1}), run("s/y", {"lr": 2}, series="val_loss")]

    assert group_runs(many) == ()
    assert group_runs(other) == ()
