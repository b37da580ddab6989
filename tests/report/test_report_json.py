from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from analyses import hostile, many, typical

import logdoc
from logdoc.errors import ReadError
from logdoc.model import Analysis, Citation, Curve, Finding, RunAnalysis
from logdoc.report import from_json, to_html, to_json, to_markdown
from logdoc.resources import bundled

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"
SCHEMA = json.loads((bundled("templates") / "logdoc-report-2.schema.json").read_text(encoding="utf-8"))
SILENT = ("not_judged", "clear", "not_applicable")
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.mark.parametrize(
    "analysis", [typical(), hostile(), many(2), Analysis("0.1.0")], ids=["typical", "hostile", "many", "empty"]
)
def test_every_report_is_of_the_published_schema(analysis: Analysis) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(to_json(analysis)))] == []


def test_the_samples_are_of_the_published_schema() -> None:
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(logdoc.analyze(SAMPLES).to_json()))] == []


def test_the_schema_refuses_an_unknown_key() -> None:
    document = json.loads(to_json(typical()))
    document["runs"][0]["wibble"] = 1

    assert not VALIDATOR.is_valid(document)


def test_the_shape_is_the_one_agreed() -> None:
    document = json.loads(to_json(typical()))
    run, silent = document["runs"][0], document["silent"]

    assert run["steps"] == [0, 990]
    assert [silent[place]["id"] for place in run["clear"]] == ["nan"]
    assert run["causes"][0]["because"][0] == {"finding": "val-rises", "weight": 3.2}
    assert run["causes"][0]["remedies"][0] == {"effort": "minutes", "do": "Stop at step 300."}
    assert {
        "id": "grad",
        "reason": "not logged: grad_norm[parameter]",
        "log": "the gradient norm per parameter",
    }.items() <= silent[run["not_judged"][0]].items()
    assert run["findings"][0]["window"] == [300, 990]
    assert run["findings"][0]["values"]["ratio"] == "Infinity"


def test_what_silent_rules_say_stands_once_in_a_report() -> None:
    document = json.loads(to_json(many(9)))

    texts = [json.dumps(one) for one in document["silent"]]
    assert len(texts) == len(set(texts))
    places = {place for run in document["runs"] for name in SILENT for place in run[name]}
    assert places == set(range(len(texts)))


def test_numbers_of_curves_keep_seven_digits_and_are_never_outside_of_json() -> None:
    values = (1e-300, -2.5, float("nan"), float("inf"), float("-inf"), 123456.789, 3.0)
    run = RunAnalysis("r", "csv", (), None, "healthy", "", curves=(Curve("a", "", "step", tuple(range(7)), values, 7),))

    text = to_json(Analysis("0.1.0", (run,)))

    stored = json.loads(text)["runs"][0]["curves"][0]["values"]
    assert stored == [1e-300, -2.5, "NaN", "Infinity", "-Infinity", 123456.8, 3]
    assert repr(from_json(text).runs[0].curves[0].values) == "(1e-300, -2.5, nan, inf, -inf, 123456.8, 3.0)"


def test_a_report_of_the_first_schema_is_still_drawn() -> None:
    text = (Path(__file__).parent / "golden" / "report-of-schema-1.json").read_text(encoding="utf-8")

    loaded = from_json(text)

    assert '"logdoc-report/1"' in text
    assert loaded == from_json(to_json(loaded))
    assert [one.id for one in loaded.runs[0].clear] == ["nan"]
    assert to_markdown(loaded)


def test_a_saved_report_draws_the_same_pages() -> None:
    loaded = from_json(to_json(typical()))

    assert to_html(loaded) == to_html(typical())
    assert to_markdown(loaded) == to_markdown(typical())
    assert to_json(loaded) == to_json(typical())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "other"}', '{"schema": "logdoc-report/2"}', "[" * 100_000])
def test_what_is_no_report_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ReadError):
        from_json(text)


def test_a_secret_in_the_configuration_is_in_no_report() -> None:
    for render in (to_json, to_html, to_markdown):
        assert "sk-abcdef" not in render(typical())
        assert "4096" in to_json(typical())


def test_the_record_of_a_rule_survives_the_way_through_json() -> None:
    finding = Finding(id="x", status="fires", severity="error", measured=(41, 43))
    run = RunAnalysis(id="r", format="f", sources=(), steps=None, verdict="error", headline="h", findings=(finding,))

    loaded = from_json(to_json(Analysis(version="1", runs=(run,))))

    assert loaded.runs[0].findings[0].measured == (41, 43)


def test_what_a_rule_and_a_cause_rest_on_stands_in_the_json_with_its_address() -> None:
    run = json.loads(to_json(typical()))["runs"][0]

    assert run["findings"][0]["sources"][0] == {
        "id": "nobody-2020",
        "title": "On parabolas",
        "by": "Nobody, 2020",
        "address": "https://example.org/parabolas#2",
        "says": "a parabola",
    }
    assert run["causes"][0]["sources"][0]["address"] == "http://example.org/all"


def test_an_early_report_whose_sources_are_mere_texts_is_still_drawn() -> None:
    document = json.loads(to_json(typical()))
    for run in document["runs"]:
        for finding in run["findings"]:
            finding["sources"] = ["T1: a parabola"]
        for cause in run["causes"]:
            del cause["sources"]

    loaded = from_json(json.dumps(document))

    assert loaded.runs[0].findings[0].sources == (Citation("T1: a parabola"),)
    assert loaded.runs[0].causes[0].sources == ()
    assert "<li>T1: a parabola</li>" in to_html(loaded)


def test_an_address_that_is_no_text_makes_no_report() -> None:
    document = json.loads(to_json(typical()))
    document["runs"][0]["findings"][0]["sources"][0]["address"] = 7

    with pytest.raises(ReadError, match="address"):
        from_json(json.dumps(document))
