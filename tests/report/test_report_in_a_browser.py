from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from analyses import faulty, healthy, many, typical
from browser import BROWSER, Page, browser

from logdoc.model import Analysis
from logdoc.report import to_html

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")

_VISIBLE = "[...document.querySelectorAll('.run.one')].filter(s => s.offsetParent !== null).map(s => s.id)"
_ROWS = "[...document.querySelectorAll('#runs tbody tr')].filter(r => !r.hidden).map(r => r.cells[0].textContent)"


def mixed() -> Analysis:
    runs = [dataclasses.replace(faulty(), id=f"runs/f{i:02d}", steps=(0, 100 - i)) for i in range(10)]
    return Analysis("0.1.0", (*runs, *(healthy(f"runs/h{i:02d}") for i in range(10))))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def shown(page: Page, tmp_path: Path):  # type: ignore[no-untyped-def]
    def show(analysis: Analysis, anchor: str = "") -> Page:
        path = tmp_path / "report.html"
        path.write_text(to_html(analysis), encoding="utf-8")
        page.ask("Page.navigate", url="about:blank")
        page.errors.clear()
        page.open(f"{path.as_uri()}{anchor}")
        return page

    return show


def test_of_many_runs_the_worst_is_open_and_a_row_opens_another(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(mixed())
    first = page.value(_VISIBLE)
    page.value("document.querySelectorAll('#runs tbody a')[3].click()")

    assert len(first) == 1
    assert page.value("new Promise(done => setTimeout(() => done(" + _VISIBLE + "), 200))") != first
    assert page.value(_VISIBLE) == [page.value("location.hash.slice(1)")]
    assert page.errors == []


def test_a_link_to_a_finding_opens_its_run(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(mixed())
    anchor = page.value("[...document.querySelectorAll('.finding')].pop().id")
    page = shown(mixed(), f"#{anchor}")

    assert page.value("document.getElementById(decodeURIComponent(location.hash.slice(1))).offsetParent !== null")


def _fill(page: Page, field: str, value: str) -> None:
    at = f"document.getElementById('{field}')"
    page.value(f"{at}.value = '{value}'; {at}.dispatchEvent(new Event('input', {{bubbles: true}}))")


def test_the_list_is_filtered_by_text_verdict_and_cause_and_sorted(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(mixed())
    _fill(page, "f-text", "h0")
    assert page.value(_ROWS) == [f"h{i:02d}" for i in range(10)]
    _fill(page, "f-text", "")
    _fill(page, "f-verdict", "warning")
    assert page.value(_ROWS) == [f"f{i:02d}" for i in range(10)]
    assert page.value("document.getElementById('f-count').textContent") == "10 of 20 runs"
    page.value("document.querySelector('th[data-sort=steps] button').click()")
    assert page.value(_ROWS)[0] == "f09"
    assert page.value("document.querySelector('th[data-sort=steps]').getAttribute('aria-sort')") == "ascending"


def test_the_list_is_filtered_by_format(shown) -> None:  # type: ignore[no-untyped-def]
    runs = [dataclasses.replace(run, format="csv" if i % 2 else "tensorboard") for i, run in enumerate(mixed().runs)]
    page = shown(Analysis("0.1.0", tuple(runs)))
    _fill(page, "f-format", "csv")

    assert page.value("document.getElementById('f-count').textContent") == "10 of 20 runs"
    assert page.value(_ROWS) == [f"{kind}{i:02d}" for kind in "fh" for i in (1, 3, 5, 7, 9)]


def in_folders() -> Analysis:
    runs = [dataclasses.replace(faulty(), id=f"all/a/f{i}") for i in range(2)]
    odd = [dataclasses.replace(healthy(), id=f"all/{name}/h{i}") for name in ("b", "__proto__") for i in range(2)]
    return Analysis("0.1.0", (*runs, *odd))


_LINES = (
    "[...document.querySelectorAll('#runs tbody tr')].filter(r => !r.hidden)"
    ".map(r => r.cells[0].textContent.replace(/\\s+/g, ' '))"
)


def test_the_list_stands_by_folders_which_close_with_the_keyboard(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(in_folders())
    page.value("document.getElementById('f-folders').focus()")
    page.key(" ", 32, " ")
    assert page.value(_LINES) == [
        "__proto__/ 2 runs: 2 healthy",
        "__proto__/h0",
        "__proto__/h1",
        "a/ 2 runs: 2 warning",
        "a/f0",
        "a/f1",
        "b/ 2 runs: 2 healthy",
        "b/h0",
        "b/h1",
    ]
    page.value("document.querySelectorAll('tr.folder button')[1].focus()")
    page.key("Enter", 13, "\r")
    assert page.value("document.querySelectorAll('tr.folder button')[1].getAttribute('aria-expanded')") == "false"
    assert "a/f0" not in page.value(_LINES)
    _fill(page, "f-verdict", "warning")
    assert page.value(_LINES) == ["a/ 2 runs: 2 warning"]
    _fill(page, "f-verdict", "")
    page.value("document.querySelector('th[data-sort=name] button').click()")
    page.value("document.querySelector('th[data-sort=name] button').click()")
    assert page.value(_LINES)[:3] == ["__proto__/ 2 runs: 2 healthy", "__proto__/h1", "__proto__/h0"]
    assert "a/f0" not in page.value(_LINES)  # what was closed stays closed
    page.value("document.getElementById('f-folders').click()")
    assert len(page.value(_LINES)) == 6
    assert page.errors == []


def test_a_list_in_which_every_folder_holds_one_run_offers_no_folders(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(typical())

    assert page.value("document.getElementById('f-folders').offsetParent === null")


def test_on_paper_every_run_and_every_row_is_there(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(mixed())
    page.ask("Emulation.setEmulatedMedia", media="print")
    try:
        assert len(page.value(_VISIBLE)) == 20
    finally:
        page.ask("Emulation.setEmulatedMedia", media="")


def test_without_script_everything_is_open(shown) -> None:  # type: ignore[no-untyped-def]
    pages = shown(typical())
    pages.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page = shown(mixed())
        assert len(page.value(_VISIBLE)) == 20
        assert page.value("document.getElementById('filter').offsetParent === null")
    finally:
        pages.ask("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_telephone_shows_the_page_without_scrolling_sideways(shown, scheme: str) -> None:  # type: ignore[no-untyped-def]
    page = shown(typical())
    page.ask("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=2, mobile=True)
    page.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    try:
        page.value("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert page.value("document.documentElement.scrollWidth") <= 390
        brightness = page.value("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]")
        assert (brightness > 128) == (scheme == "light")
    finally:
        page.ask("Emulation.clearDeviceMetricsOverride")
        page.ask("Emulation.setEmulatedMedia", features=[])


def test_a_telephone_sorts_the_list_by_tapping(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(mixed())
    page.ask("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=2, mobile=True)
    try:
        button = "document.querySelector('th[data-sort=steps] button')"
        box = page.value(f"(r => [r.left, r.top, r.right])({button}.getBoundingClientRect())")
        assert page.value(f"{button}.checkVisibility()")
        assert 0 <= box[0] < box[2] <= 390
        page.value(f"{button}.click()")
        assert page.value(_ROWS)[0] == "f09"
        assert page.value("document.documentElement.scrollWidth") <= 390
    finally:
        page.ask("Emulation.clearDeviceMetricsOverride")


_BAR = "['.name', '.at'].map(part => document.querySelector('#bar ' + part).textContent)"


def test_the_bar_over_the_open_run_stays_in_sight_and_leads_to_the_runs_beside_it(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(mixed())
    assert page.value(_BAR) == ["f00", "1 of 20"]
    assert page.value("[...document.querySelectorAll('#bar button')].map(b => b.disabled)") == [True, False]
    page.value("document.querySelectorAll('#bar button')[1].focus()")
    page.key("Enter", 13, "\r")
    page.value("new Promise(done => setTimeout(done, 200))")
    assert page.value(_BAR) == ["f01", "2 of 20"]
    page.value("scrollTo({top: document.body.scrollHeight, behavior: 'instant'})")
    assert page.value("document.getElementById('bar').getBoundingClientRect().top") <= 1
    _fill(page, "f-text", "h0")
    assert page.value(_BAR) == ["f01", "not among the 10"]
    assert page.errors == []


def test_up_to_three_runs_stand_open_together(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(Analysis("0.1.0", mixed().runs[:3]))

    assert len(page.value(_VISIBLE)) == 3
    assert page.value("document.getElementById('bar') === null")


def test_what_is_wider_than_a_telephone_is_scrolled_with_the_keyboard(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(typical())
    page.ask("Emulation.setDeviceMetricsOverride", width=320, height=844, deviceScaleFactor=2, mobile=True)
    try:
        page.value("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        page.value("new Promise(done => setTimeout(done, 300))")
        wide = "[...document.querySelectorAll('.scroll')].filter(b => b.scrollWidth > b.clientWidth)"
        assert page.value(f"{wide}.length") > 0
        assert page.value(f"{wide}.every(b => b.tabIndex === 0 && b.getAttribute('role') === 'group')")
    finally:
        page.ask("Emulation.clearDeviceMetricsOverride")


def test_the_list_is_used_with_the_keyboard_alone(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(mixed())
    page.value("document.getElementById('f-text').focus()")
    page.ask("Input.insertText", text="f03")
    assert page.value(_ROWS) == ["f03"]
    for _ in range(12):
        page.key("Tab", 9)
        if page.value("document.activeElement.textContent") == "f03":
            break
    page.key("Enter", 13, "\r")

    assert page.value("new Promise(done => setTimeout(() => done(" + _VISIBLE + "), 200))") == [
        page.value("document.querySelector('#runs tr.current a').getAttribute('href').slice(1)")
    ]
    assert page.value("document.querySelector('#runs tr.current').cells[0].textContent") == "f03"


def test_a_thousand_runs_open_without_a_complaint(shown) -> None:  # type: ignore[no-untyped-def]
    page = shown(many(1000))

    assert page.value("document.querySelectorAll('#runs tbody tr').length") == 1000
    assert page.value("document.documentElement.scrollHeight") < 10_000
    assert page.errors == []


_BROKEN = """(() => {
  document.querySelectorAll('details').forEach(d => { d.open = true; });
  const broken = [];
  for (const cell of document.querySelectorAll('table code, table td.n')) {
    if (cell.offsetParent === null || !cell.firstChild) continue;
    for (const piece of cell.textContent.matchAll(/[A-Za-z0-9_]+/g)) {
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      const text = walker.nextNode();
      if (text.data !== cell.textContent) continue;
      const range = document.createRange();
      range.setStart(text, piece.index);
      range.setEnd(text, piece.index + piece[0].length);
      if (new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1) broken.push(piece[0]);
    }
  }
  return broken;
})()"""


def test_no_name_in_a_table_breaks_inside_a_word_on_a_phone(shown, page: Page) -> None:  # type: ignore[no-untyped-def]
    page.ask("Emulation.setDeviceMetricsOverride", width=390, height=900, deviceScaleFactor=1, mobile=True)
    try:
        broken = shown(typical()).value(_BROKEN)
        wide = page.value("document.documentElement.scrollWidth")
    finally:
        page.ask("Emulation.clearDeviceMetricsOverride")

    assert broken == []
    assert wide <= 390
