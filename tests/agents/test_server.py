"""The server, asked by the SDK's own client over standard input and output."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

from logdoc.report.tokens import tokens_of

ROOT = Path(__file__).resolve().parents[2]


def asked(*questions: tuple[str, dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Return the tools of the server and its answers."""

    async def ask() -> tuple[list[Any], list[Any]]:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "logdoc", "mcp", "sample_logs"],
            cwd=str(ROOT),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        async with Client(server) as client:
            tools = (await client.list_tools()).tools
            return tools, [await client.call_tool(name, arguments) for name, arguments in questions]

    return anyio.run(ask)


def test_every_tool_answers_and_failures_are_sentences() -> None:
    tools, answers = asked(
        ("list_runs", {}),
        ("diagnose", {"path": "letters-hot"}),
        ("explain", {"path": "letters-hot", "cause": "lr-too-high"}),
        ("compare", {"baseline": "digits-cnn", "candidate": "digits-left-out"}),
        ("curve", {"path": "letters-hot", "name": "train.loss", "points": 10}),
        ("log_next", {"path": "letters-hot"}),
        ("diagnose", {"path": "../README.md"}),
        ("explain", {"path": "letters-hot", "cause": "nonsense"}),
        ("diagnose", {"path": "x" * 100_000}),
    )

    assert [tool.name for tool in tools] == ["list_runs", "diagnose", "explain", "compare", "curve", "log_next"]
    assert all(tool.annotations.read_only_hint for tool in tools)
    texts = ["".join(part.text for part in answer.content) for answer in answers]
    assert [bool(answer.is_error) for answer in answers] == [False] * 6 + [True] * 3
    assert "lr-too-high 99%" in texts[0]
    assert "cause lr-too-high 99%" in texts[1]
    assert "log-odds" in texts[2]
    assert "worse than its baseline" in texts[3]
    assert texts[4].startswith("Loss/train")
    assert "could not be judged" in texts[5]
    assert "below the roots" in texts[6]
    assert "there is no cause 'nonsense'" in texts[7]
    assert "below the roots" in texts[8]
    assert all(tokens_of(text) < 4_000 for text in texts)
