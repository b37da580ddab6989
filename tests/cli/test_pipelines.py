"""What a pipeline does with logdoc: formats on standard output, configuration, acceptances, baselines, templates.

The steps of the action and of the GitLab job run here as their hosts run them: by a shell, with the variables of the
host, without a container. The client of the host, `gh`, is a script that writes down how it was called.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from logdoc.cli import run

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_logs"
HOT, WELL = str(SAMPLES / "letters-hot"), str(SAMPLES / "digits-cnn")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    return tmp_path


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.json"
    run(["analyze", HOT, WELL, "-q", "--no-config", "-o", str(path)])
    return path


def test_a_report_in_any_format_is_all_of_standard_output(report: Path, capfdbinary) -> None:  # type: ignore[no-untyped-def]
    begins = {"json": b"{", "jsonl": b'{"kind"', "markdown": b"##", "github": b"::", "gitlab": b"[", "junit": b"<?xml"}
    for form, begin in {**begins, "sarif": b"{", "html": b"<!doctype"}.items():
        assert run(["render", str(report), "--format", form]) == 0
        out, err = capfdbinary.readouterr()
        assert out.startswith(begin)
        assert err == b""


def test_a_dash_as_output_is_standard_output_even_when_quiet(report: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", WELL, "-q", "-o", "-", "--format", "json"]) == 0

    assert json.loads(capfd.readouterr().out)["runs"][0]["id"] == "digits-cnn"


def test_the_old_meaning_of_format_is_understood_where_it_can_be_no_other(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", WELL, "--format", "tensorboard", "--brief"]) == 0
    assert "--input-format tensorboard" in capfd.readouterr().err
    assert run(["analyze", WELL, "--format", "sarf"]) == 2
    assert "Did you mean 'sarif'?" in capfd.readouterr().err


def test_exit_zero_is_zero_where_something_is_found() -> None:
    assert run(["analyze", HOT, "-q", "--exit-zero"]) == 0


def test_the_version_is_told_by_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_one_run_of_several_is_shown_in_full_on_demand(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["render", str(report)])
    assert "Divide the learning rate" not in capsys.readouterr().out
    run(["render", str(report), "--run", "letters*"])
    assert "Divide the learning rate" in capsys.readouterr().out
    assert run(["render", str(report), "--run", "wibble"]) == 2


def test_brief_is_one_line_a_run(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["render", str(report), "--brief"])
    lines = capsys.readouterr().out.splitlines()

    assert len([line for line in lines if "letters-hot" in line or "digits-cnn" in line]) == 2
    assert len(lines) <= 6


def test_the_closest_configuration_wins_and_options_win_over_it(project: Path) -> None:
    (project / "logdoc.toml").write_text('fail-on = "never"\n')
    assert run(["analyze", HOT, "-q"]) == 0
    assert run(["analyze", HOT, "-q", "--fail-on", "error"]) == 1
    assert run(["analyze", HOT, "-q", "--no-config"]) == 1
    inner = project / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text('[tool.logdoc]\nfail-on = "error"\n')
    os.chdir(inner)
    assert run(["analyze", HOT, "-q"]) == 1


def test_a_broken_project_file_of_somebody_else_is_passed_over(project: Path) -> None:
    (project / "pyproject.toml").write_text("[project\n")
    assert run(["analyze", WELL, "-q"]) == 0
    (project / "pyproject.toml").write_text("[tool.logdoc\n")
    assert run(["analyze", WELL, "-q"]) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('fial-on = "error"', "Did you mean 'fail-on'?"),
        ('fail-on = "sometimes"', "one of error, warning, info, never"),
        ("fail-on = ", "not TOML"),
        (f"a = {'[' * 5000}", "not TOML"),
        (f"a = {'9' * 5000}", "not TOML"),
        ("map = {a = {b = 1}}", "with the names in quotes"),
        ('[[accept]]\nrun = "x"', "has no 'fingerprint'"),
        ('[[accept]]\nfingerprint = "x"\nrun = "x"\nrule = "x"\nbecause = "x"\nuntil = "soon"', "not a day"),
    ],
)
def test_a_wrong_configuration_is_told_with_its_place(
    project: Path, text: str, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "logdoc.toml").write_text(text)

    assert run(["analyze", WELL, "-q"]) == 2
    err = capfd.readouterr().err
    assert told in err
    assert "logdoc.toml" in err


def test_an_accepted_finding_fails_nothing_until_its_last_day(project: Path, report: Path) -> None:
    for rule in ("loss-diverging", "lr-unusual", "loss-follows-lr", "grad-grows-loss-back"):
        assert (
            run(["accept", str(report), "letters-hot", rule, "--because", 'a "known" case\\', "--until", "2999-12-31"])
            == 0
        )
    written = tomllib.loads((project / "logdoc.toml").read_text())["accept"]

    assert [entry["because"] for entry in written] == ['a "known" case\\'] * 4
    assert run(["analyze", HOT, "-q", "--fail-on", "warning"]) == 0
    (project / "logdoc.toml").write_text((project / "logdoc.toml").read_text().replace("2999", "2020"))
    assert run(["analyze", HOT, "-q", "--fail-on", "warning"]) == 1


def test_an_acceptance_leaves_the_rest_of_pyproject_as_it_is(project: Path, report: Path) -> None:
    before = '[project]\nname = "x"  # a comment\n\n[tool.logdoc]\nfail-on = "error"\n'
    (project / "pyproject.toml").write_text(before)

    assert run(["accept", str(report), "letters-hot", "loss-diverging", "--because", "ä\u2028"]) == 0
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    assert text.startswith(before)
    assert tomllib.loads(text)["tool"]["logdoc"]["accept"][0]["because"] == "ä\u2028".strip()
    assert run(["accept", str(report), "letters-hot", "loss-diverging", "--because", "again"]) == 2


def test_only_what_is_not_in_the_baseline_fails(project: Path) -> None:
    assert run(["analyze", WELL, "-q", "--write-baseline", "healthy.json"]) == 0
    assert run(["analyze", HOT, "-q", "--baseline", "healthy.json"]) == 1
    assert run(["analyze", HOT, "-q", "--write-baseline", "hot.json"]) == 0
    assert run(["analyze", HOT, "-q", "--baseline", "hot.json"]) == 0
    assert run(["analyze", HOT, "-q", "--baseline", "none.json"]) == 2


def test_a_comment_begins_with_its_marker_and_fits(report: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["comment", str(report), "--name", "nightly --> x"]) == 0
    text = capfd.readouterr().out

    assert text.startswith("<!-- logdoc:nightly-x -->\n## 2 runs")
    assert len(text) <= 60_000


def test_init_writes_every_file_once(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "--github", "--gitlab", "--pre-commit"]) == 0
    made = sorted(str(path.relative_to(project)) for path in project.rglob("*") if path.is_file())

    assert made == [
        ".github/actions/logdoc/action.yml",
        ".github/workflows/logdoc.yml",
        ".gitlab/logdoc.yml",
        ".pre-commit-config.yaml",
        "logdoc.toml",
        "pyproject.toml",
    ]
    assert run(["analyze", WELL, "-q"]) == 0
    (project / "logdoc.toml").write_text("# mine\n")
    assert run(["init"]) == 2
    assert "left logdoc.toml as it is" in capfd.readouterr().err
    assert (project / "logdoc.toml").read_text() == "# mine\n"


def test_the_action_of_the_repository_is_the_one_that_init_writes() -> None:
    assert (ROOT / "action.yml").read_bytes() == (ROOT / "templates" / "ci" / "action.yml").read_bytes()


class Host:
    """A host of pipelines: a folder with the commands that it has, and the files that a step writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "temp"
        self.outputs, self.summary, self.calls = folder / "outputs", folder / "summary.md", folder / "calls"
        self.temporary.mkdir()
        commands = folder / "bin"
        commands.mkdir()
        self._command(commands / "logdoc", f'exec "{sys.executable}" -m logdoc "$@"')
        self._command(
            commands / "gh", f'printf "%s\\n" "$*" >> "{self.calls}"\ncat "{folder}/answer" 2>/dev/null || true'
        )
        self.environment = {
            **os.environ,
            "PATH": f"{commands}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "GITHUB_OUTPUT": str(self.outputs),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_REPOSITORY": "someone/something",
        }

    @staticmethod
    def _command(path: Path, text: str) -> None:
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def step(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.folder,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
        )


def action_step(name: str, values: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return the script of a step of the action and its variables, with the expressions of the host replaced."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    step = next(one for one in action["runs"]["steps"] if one["name"] == name)
    assert "${{" not in step["run"], "an expression in a script lets the text of a pull request be a command"
    filled = {}
    for key, text in step.get("env", {}).items():
        for expression, value in values.items():
            text = text.replace(f"${{{{ {expression} }}}}", value)
        assert "${{" not in text
        filled[key] = text
    return step["run"], filled


def test_the_steps_of_the_action_judge_annotate_sum_up_and_fail(tmp_path: Path) -> None:
    host = Host(tmp_path)
    script, variables = action_step(
        "Judge",
        {
            "inputs.path": f"{HOT} {WELL}",
            "inputs.fail-on": "",
            "inputs.arguments": "",
            "runner.temp": str(host.temporary),
        },
    )
    done = host.step(script, **variables)
    outputs = dict(line.split("=", 1) for line in host.outputs.read_text().splitlines())

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("::error title=letters-hot%3A loss-diverging::")
    assert host.summary.read_text(encoding="utf-8").startswith("## 2 runs")
    assert outputs["exit-code"] == "1"
    assert outputs["findings-count"] == "4"
    assert outputs["max-severity"] == "error"
    assert Path(outputs["report-path"]).stat().st_size > 10_000
    script, variables = action_step("Fail where something was found", {"steps.judge.outputs.exit-code": "1"})
    assert host.step(script, **variables).returncode == 1


def test_the_action_passes_a_fault_of_the_call_on(tmp_path: Path) -> None:
    host = Host(tmp_path)
    values = {
        "inputs.path": "nowhere",
        "inputs.fail-on": "warning",
        "inputs.arguments": "",
        "runner.temp": str(host.temporary),
    }
    script, variables = action_step("Judge", values)

    assert host.step(script, **variables).returncode == 2


def test_one_comment_is_written_and_then_renewed(tmp_path: Path, report: Path) -> None:
    host = Host(tmp_path)
    (host.temporary / "logdoc").mkdir()
    (host.temporary / "logdoc" / "report.json").write_bytes(report.read_bytes())
    values = {"inputs.token": "t", "github.event.pull_request.number": "7", "runner.temp": str(host.temporary)}
    script, variables = action_step("Comment", values)

    done = host.step(script, **variables)
    assert done.returncode == 0, done.stderr
    assert "--method POST repos/someone/something/issues/7/comments" in host.calls.read_text()
    (tmp_path / "answer").write_text("4711\n")
    assert host.step(script, **variables).returncode == 0
    assert "--method PATCH repos/someone/something/issues/comments/4711" in host.calls.read_text()


def test_the_job_of_gitlab_leaves_what_its_reports_name(tmp_path: Path) -> None:
    host = Host(tmp_path)
    job = yaml.safe_load((ROOT / "templates" / "ci" / "gitlab.yml").read_text(encoding="utf-8"))["logdoc"]
    variables = {**job["variables"], "LOGDOC_PATH": HOT, "LOGDOC_INSTALL": ""}

    done = host.step("\n".join([*job["before_script"], *job["script"]]), **variables)

    assert done.returncode == 1
    for path in (*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()):
        assert (tmp_path / path).stat().st_size > 100
    assert json.loads((tmp_path / "gl-code-quality-report.json").read_text())[0]["check_name"] == "loss-diverging"


def test_the_hooks_of_pre_commit_are_commands_of_logdoc(tmp_path: Path, project: Path) -> None:
    host = Host(tmp_path)
    (project / "runs").symlink_to(SAMPLES / "digits-cnn")
    assert run(["rules", "new", "loss-my-own", "--rules", "rules"]) == 0
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")):
        done = host.step(" ".join([hook["entry"], *hook["args"]]))
        assert done.returncode == 0, (hook["id"], done.stdout, done.stderr)
