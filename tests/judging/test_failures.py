"""A function that raises in a context or in a cause is told, as one in a rule is, and everything else is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdoc import api
from logdoc.cli import run
from logdoc.engine.functions import _signature, functions

ROWS = "".join(f"{i},{2 / (1 + i)}\n" for i in range(60))
CONTEXT = (
    "id: of-test\nfact: meta.overfit_test\ntitle: t\n"
    "optional: {lr: {from: meta.lr, default: 3}}\n"
    "choose: [{of: breaks_at(lr), if: lr > 0, because: x}]\n"
    "tests: [{name: a, expect: {value: null}}, {name: b, expect: {value: null}}]\n"
)
CAUSE = (
    "id: of-test\ntitle: Test cause\nsummary: s.\nprior: 0.05\nexplains: {loss-plateau: 0.5, loss-diverging: 0.5}\n"
    "optional: {lr: {from: meta.lr, default: 3}}\n"
    "context: [{if: breaks_at(lr) > 1, factor: 3, why: w}]\n"
    "remedies: [{effort: minutes, do: Do this.}]\nverify: v.\nrefute: r.\nreferences: [{practice: t, says: t}]\n"
    "tests: [{name: a, expect: {factor: 1}}, {name: b, expect: {factor: 1}}]\n"
)


def breaks_at(value: float) -> float:
    """Raise, as a function of the language with a fault does."""
    raise ZeroDivisionError(f"boom at {value:g}")


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    function = _signature("breaks_at", breaks_at)
    assert function is not None
    monkeypatch.setitem(functions(), "breaks_at", function)
    return tmp_path / "rules"


@pytest.mark.parametrize(("folder", "text", "which"), [("_contexts", CONTEXT, "context"), ("_causes", CAUSE, "cause")])
def test_a_function_that_raises_in_a_context_or_a_cause_is_told_and_all_else_is_judged(
    tmp_path: Path, rules: Path, folder: str, text: str, which: str
) -> None:
    (rules / folder).mkdir(parents=True)
    (rules / folder / "of-test.yaml").write_text(text)
    (tmp_path / "log.csv").write_text("step,loss\n" + ROWS)

    [found] = api.analyze(tmp_path / "log.csv", rules=[rules], code=False).runs

    [note] = [d for d in found.defects if d.id == "DATA020"]
    assert note.what == f"the {which} 'of-test' failed (ZeroDivisionError: boom at 3); all else was judged"
    assert not note.lost
    [plain] = api.analyze(tmp_path / "log.csv", code=False).runs
    assert (found.verdict, [f.id for f in found.findings]) == (plain.verdict, [f.id for f in plain.findings])
    assert not [d for d in plain.defects if d.id == "DATA020"]


def test_many_that_fail_are_counted_and_end_in_the_exit_code_of_a_rule_that_fails(
    tmp_path: Path, rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules / "_causes").mkdir(parents=True)
    for number in range(7):
        (rules / "_causes" / f"of-test{number}.yaml").write_text(CAUSE.replace("id: of-test", f"id: of-test{number}"))
    (tmp_path / "log.csv").write_text("step,loss\n" + ROWS)

    assert run(["analyze", str(tmp_path / "log.csv"), "--rules", str(rules), "--no-cache", "-v"]) == 2

    shown = " ".join(capsys.readouterr().out.split())
    assert "the cause 'of-test0' failed (ZeroDivisionError: boom at 3)" in shown
    [found] = api.analyze(tmp_path / "log.csv", rules=[rules], code=False).runs
    assert [d.what for d in found.defects if d.id == "DATA020"][5:] == ["2 more contexts or causes failed"]
