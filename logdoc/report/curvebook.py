"""The numbers behind the drawn curves, once a page, for the script that makes its charts answer to the pointer."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Curve


class CurveBook:
    """Every curve that a page draws, under a number; curves of the same points are written once.

    They are known by what is written of them: whether two of them are one object depends on which process judged
    which run, and the page must not.
    """

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._held: list[Curve] = []  # so that no id() of the dictionary is given away twice
        self._written: dict[str, int] = {}

    def number(self, curve: Curve) -> int:
        """Return the number of a curve; the curve is written into the page from now on."""
        known = self._numbers.get(id(curve))
        if known is None:
            text = script_text([_steps(curve.steps), [_value(v) for v in curve.values]])
            known = self._numbers[id(curve)] = self._written.setdefault(text, len(self._written))
            self._held.append(curve)
        return known

    def text(self) -> str:
        """Return the curves as JSON that may stand inside a ``script`` element: ``[[steps, values], ...]``.

        Steps that lie evenly are ``[first, distance]``; values have five digits, what a chart can show, and those that
        are not finite are null.
        """
        return f"[{','.join(self._written)}]"


def script_text(document: Any) -> str:
    """Return JSON in which nothing can end a ``script`` element or begin a comment."""
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def five_digits(value: float) -> float:
    """Return a number with the digits that a chart can show.

    It is first cut to the seven digits of a saved report, so that a page drawn from one is the same to the byte.
    """
    return float(f"{float(f'{value:.7g}'):.5g}")


def _steps(steps: Sequence[int]) -> dict[str, int] | list[int]:
    if len(steps) > 2:
        first, stride = steps[0], steps[1] - steps[0]
        if all(step == first + i * stride for i, step in enumerate(steps)):
            return {"first": first, "by": stride}
    return list(steps)


def _value(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    made = five_digits(value)
    return int(made) if made.is_integer() and abs(made) < 1e15 else made  # 3, not 3.0: a byte in two points
