from __future__ import annotations

import dataclasses
import math

from analyses import faulty, layer_map

from logdoc.report.layers import layers_model


def test_the_maps_are_open_when_a_finding_names_one_of_their_layers() -> None:
    quiet = dataclasses.replace(
        faulty(), findings=tuple(dataclasses.replace(f, layers=("elsewhere",)) for f in faulty().findings)
    )

    assert layers_model(faulty(), "a", many=False)["open"]
    assert not layers_model(quiet, "a", many=False)["open"]
    assert len(layers_model(quiet, "a", many=False)["maps"]) == 2


def test_of_many_runs_only_a_map_that_tells_something_is_drawn() -> None:
    assert len(layers_model(faulty(), "a", many=True)["maps"]) == 1
    assert layers_model(dataclasses.replace(faulty(), findings=()), "a", many=True)["maps"] == []


def test_the_table_says_what_the_shades_say() -> None:
    rows = layers_model(faulty(), "a", many=False)["maps"][0]["rows"]

    assert [row["name"] for row in rows] == ["emb.weight", "blocks.0.fc.weight", "fc.weight"]
    assert rows[0] | {"typical": "0.0005", "lowest": "1e-9", "highest": "0.001"} == rows[0]
    assert rows[2] | {"named": True, "last": "NaN", "lost": 1, "columns": 4} == rows[2]


def test_a_layer_that_was_never_finite_has_no_numbers() -> None:
    lost = dataclasses.replace(layer_map(), cells=((math.nan,) * 4,) * 3)
    row = layers_model(dataclasses.replace(faulty(), maps=(lost,)), "a", many=False)["maps"][0]["rows"][0]

    assert row["typical"] == ""
    assert row["lost"] == 4
