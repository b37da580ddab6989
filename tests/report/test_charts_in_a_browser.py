"""The charts of a page answer in a real browser; on paper and without script their pictures stand."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from analyses import faulty, hostile, many, typical
from browser import BROWSER, Page, browser

from logdoc.model import Analysis
from logdoc.report import to_html

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")

_WAIT = "new Promise(done => setTimeout(() => done(true), 400))"
_FIRST = "document.querySelector('.run.one figure.plot')"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def shown(page: Page, tmp_path: Path):  # type: ignore[no-untyped-def]
    def show(analysis: Analysis) -> Page:
        path = tmp_path / "report.html"
        path.write_text(to_html(analysis), encoding="utf-8")
        page.ask("Page.navigate", url="about:blank")
        page.errors.clear()
        page.open(path.as_uri())
        return page

    return show


def see(page: Page, selector: str = _FIRST) -> None:
    page.value(f"{selector}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
    page.value(_WAIT)


def two_faulty() -> Analysis:
    other = dataclasses.replace(faulty(), id="runs/z")
    return Analysis("0.1.0", (faulty(), other))


def place(page: Page, share: float) -> tuple[float, float]:
    """Where in the window a share of the first chart's width lies."""
    box = page.value(
        f"(r => [r.left, r.top, r.width, r.height])({_FIRST}.querySelector('.u-over').getBoundingClientRect())"
    )
    return box[0] + share * box[2], box[1] + box[3] / 2


def test_a_chart_that_is_seen_tells_the_values_under_the_pointer(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(typical())
    see(page)
    x, y = place(page, 0.5)
    page.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    page.value(_WAIT)

    told = page.value(f"[...{_FIRST}.querySelectorAll('.u-value')].map(v => v.textContent)")
    step = int(told[0].replace(",", ""))
    assert abs(step - 495) <= 10
    assert float(told[1]) == pytest.approx(1.0 + abs(step - 300) / 1000, rel=1e-3)
    assert page.errors == []


def test_while_the_pointer_is_elsewhere_the_last_values_are_told(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(typical())
    see(page)
    page.value(_WAIT)
    told = page.value(f"[...{_FIRST}.querySelectorAll('.u-value')].map(v => v.textContent)")

    assert int(told[0].replace(",", "")) > 900
    assert all(told)


def test_a_stretch_is_enlarged_and_the_whole_run_comes_back(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(typical())
    see(page)
    whole = f"{_FIRST}.querySelector('.tools button').hidden"
    before = page.value(whole)
    (left, y), (right, _) = place(page, 0.2), place(page, 0.6)
    page.ask("Input.dispatchMouseEvent", type="mouseMoved", x=left, y=y)
    page.ask("Input.dispatchMouseEvent", type="mousePressed", x=left, y=y, button="left", clickCount=1, buttons=1)
    page.ask("Input.dispatchMouseEvent", type="mouseMoved", x=right, y=y, button="left", buttons=1)
    page.ask("Input.dispatchMouseEvent", type="mouseReleased", x=right, y=y, button="left", clickCount=1)
    page.value(_WAIT)
    enlarged = page.value(whole)
    page.value(f"{_FIRST}.querySelector('.tools button').click()")
    page.value(_WAIT)

    assert (before, enlarged, page.value(whole)) == (True, False, True)
    assert page.errors == []


def test_the_axis_becomes_logarithmic_and_linear_again(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(typical())
    see(page)
    words = []
    for _ in range(3):
        words.append(page.value(f"{_FIRST}.querySelectorAll('.tools button')[1].textContent"))
        page.value(f"{_FIRST}.querySelectorAll('.tools button')[1].click()")

    assert words == ["Logarithmic axis", "Linear axis", "Logarithmic axis"]
    assert page.errors == []


def test_ticked_runs_are_drawn_over_one_another(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(two_faulty())
    hint = page.value("document.querySelector('#overlay .told').textContent")
    page.value("document.querySelectorAll('#runs .pick').forEach(box => box.click())")
    page.value(_WAIT)

    assert hint.startswith("Tick runs")
    names = page.value("[...document.querySelectorAll('#overlay .u-series .u-label')].map(n => n.textContent)")
    assert names == ["step", "a", "z"]
    page.value("document.querySelector('#overlay .none').click()")
    assert page.value("document.querySelectorAll('#overlay canvas').length") == 0
    assert page.errors == []


def test_on_paper_the_pictures_stand_and_the_live_charts_do_not(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(typical())
    see(page)
    shown_as = "s => getComputedStyle(s).display"
    on_screen = page.value(f"({shown_as})({_FIRST}.querySelector('svg.chart'))")
    page.ask("Emulation.setEmulatedMedia", media="print")
    try:
        on_paper = page.value(f"({shown_as})({_FIRST}.querySelector('svg.chart'))")
        live = page.value(f"({shown_as})({_FIRST}.querySelector('.live'))")
    finally:
        page.ask("Emulation.setEmulatedMedia", media="")

    assert (on_screen, on_paper, live) == ("none", "block", "none")


def test_names_out_of_a_log_do_nothing_in_a_live_chart(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(hostile())
    page.value("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    for number in range(page.value("document.querySelectorAll('figure.plot').length")):
        see(page, f"document.querySelectorAll('figure.plot')[{number}]")

    assert page.value("document.querySelectorAll('.live canvas').length") > 0
    assert page.value("document.querySelectorAll('.live img, .live script, figure img').length") == 0
    assert page.errors == []


def test_a_thousand_runs_stay_below_five_megabytes_and_can_be_ticked(shown) -> None:  # type: ignore[no-untyped-def]
    analysis = many(1000)
    size = len(to_html(analysis).encode())
    page = shown(analysis)

    assert size < 5_000_000
    assert page.value("document.querySelectorAll('#runs .pick').length") == 1000
    assert page.errors == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(shown, scheme: str, width: int) -> None:  # type: ignore[no-untyped-def]
    axe = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page = shown(two_faulty())
    page.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
    page.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    try:
        see(page)
        page.value("document.querySelectorAll('#runs .pick').forEach(box => box.click())")
        page.value("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        page.value(_WAIT)
        page.value(axe)
        found = page.value(
            "axe.run(document).then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact))"
            ".map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 120)).join(' | ')))"
        )
    finally:
        page.ask("Emulation.clearDeviceMetricsOverride")
        page.ask("Emulation.setEmulatedMedia", features=[])

    assert found == []
