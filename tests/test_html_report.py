"""The page for the table: figures looked up and never computed, names that stay names, the slider moved in a real browser."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, DRIVER, Browser, browser
from packs import EXAMPLE, HOSTILE, settled, written

from p4p.settling.settlement import Settlement
from p4p.statements.html_report import Report, island
from p4p.statements.statement import cover, statements
from p4p.whatif.scenario import Scenario, baseline
from p4p.whatif.splits import packages, slider
from p4p.whatif.whatif import compare

needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="Chromium and ChromeDriver are not installed (Debian: chromium, chromium-driver)"
)

RIGHT, LEFT, END, HOME = "\ue014", "\ue012", "\ue010", "\ue011"


def page(settlement: Settlement, *, sliders: bool = False) -> str:
    """A settlement's report."""
    stream = io.StringIO()
    report = Report(stream, cover(settlement))
    for statement in statements(settlement):
        report.add(statement)
    report.close([slider(settlement, pid) for pid in packages(settlement.contract)] if sliders else ())
    return stream.getvalue()


def records(text: str, kind: str) -> list[dict[str, Any]]:
    """The figures of one kind that a page holds."""
    data = text.split('id="figures-json">')[1].split("</script>")[0]
    return [r for r in json.loads(data) if r["kind"] == kind]


def test_the_figures(tmp_path: Path) -> None:
    """A page holds each network's totals as text, as worked out by hand."""
    text = page(settled(written(tmp_path)))
    assert {r["code"]: r["totals"] for r in records(text, "network")} == {
        "N1": ["£45,500.00", "£20,500.00", "£5,490.43", "£0.00", "£50,990.43", "£15,009.57"],
        "N2": ["£45,500.00", "£20,500.00", "£20,500.00", "£0.00", "£66,000.00", "£0.00"],
    }
    assert records(text, "slider") == []


def test_the_slider_by_hand(tmp_path: Path) -> None:
    """Diabetes at 60/40: 37,500.00 and 1,750.00 up front; DM3 earns 7,500 x 204/209 = 7,320.57; N1 is paid 46,570.57, 4,419.86 less than at 70/30."""
    settlement = settled(written(tmp_path))
    found = slider(settlement, "diabetes")
    stop = next(s for s in found.stops if s.upfront == Fraction(6, 10))
    assert (stop.by_network["N1"].upfront, stop.by_network["N1"].earned, stop.by_network["N1"].payable) == (3_925_000, 732_057, 4_657_057)
    assert stop.by_network["N2"].payable == 6_600_000
    assert found.today is not None and found.stops[found.today].by_network == settlement.by_network
    (record, _) = records(page(settlement, sliders=True), "slider")
    share = next(s for s in record["stops"] if s["share"] == "60% up front, 40% to be earned")
    assert share["networks"]["N1"][:4] == ["£39,250.00", "£7,320.57", "£46,570.57", "-£4,419.86"]
    assert share["networks"]["N2"][3] == "no change"


def test_a_page_fetches_nothing_and_writes_text_only(tmp_path: Path) -> None:
    """No address, no innerHTML, no attribute that runs; the policy allows the page's own script and style and nothing else."""
    text = page(settled(written(tmp_path)))
    script = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)[0]
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|fetch\(|XMLHttp|import\(|parseFloat|Number\([^$)]*totals", script
    )
    assert [a for a in re.findall(r"https?://[^\"']+", text) if a != "http://www.w3.org/2000/svg"] == []
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy and policy[1].startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy[1]


@pytest.mark.parametrize("name", [*HOSTILE, "<!--", "]]>", "\u2028"])
def test_figures_cannot_end_their_element(name: str) -> None:
    """Whatever a name holds, the JSON has no angle bracket or ampersand and reads back the same."""
    text = island({"name": name})
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {"name": name}


def test_same_settlement_same_page() -> None:
    """Two pages of one settlement are the same text."""
    settlement = settled(EXAMPLE, "Q3")
    assert page(settlement) == page(settlement)


def test_scenarios_stand_beside_the_contract(tmp_path: Path) -> None:
    """A scenario's payments and differences are those that `whatif` gives."""
    settlement = settled(written(tmp_path))
    same = Scenario("Nothing else", settlement.contract)
    found = compare(baseline(settlement.contract), [same], settlement.members, lambda _: settlement.activity, settlement.quarters)
    stream = io.StringIO()
    report = Report(stream, cover(settlement))
    for statement in statements(settlement):
        report.add(statement)
    report.close((), found.outcomes)
    (record,) = records(stream.getvalue(), "scenario")
    assert (record["name"], record["totals"], record["networks"]["N1"]) == (
        "Nothing else",
        ["£116,990.43", "no change"],
        ["£50,990.43", "no change"],
    )


# in a browser


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for the tests of this file."""
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


ROWS = "return [...document.querySelectorAll(arguments[0] + ' tbody tr')].map(r => [...r.cells].map(c => c.innerText))"


@needs_browser
def test_the_slider_in_a_browser(tmp_path: Path, chromium: Browser) -> None:
    """Two steps to the left of 70% stands 60%: words, payments and differences are those worked out by hand; END goes to 100%."""
    (tmp_path / "r.html").write_text(page(settled(written(tmp_path)), sliders=True), "utf-8")
    chromium.open(tmp_path / "r.html")
    assert chromium.run("return document.getElementById('share-words').textContent") == "70% up front, 30% to be earned (as contracted)"
    chromium.press("#share", LEFT + LEFT)
    assert chromium.run("return document.getElementById('share-words').textContent") == "60% up front, 40% to be earned"
    rows = {r[0]: r[2:6] for r in chromium.run(ROWS, "#split-table")}
    assert rows["N1"] == ["£39,250.00", "£7,320.57", "£46,570.57", "-£4,419.86"]
    assert rows["N2"] == ["£39,250.00", "£26,750.00", "£66,000.00", "no change"]
    chromium.press("#share", END)
    assert chromium.run("return document.getElementById('share-words').textContent") == "100% up front, 0% to be earned"
    assert {r[0]: r[4] for r in chromium.run(ROWS, "#split-table")}["N1"] == "£64,250.00"  # 62,500 and 1,750, and no MMR1


@needs_browser
def test_choosing_a_network_in_a_browser(tmp_path: Path, chromium: Browser) -> None:
    """A network chosen shows its own payment, its indicators, and how it was made."""
    (tmp_path / "r.html").write_text(page(settled(written(tmp_path))), "utf-8")
    chromium.open(tmp_path / "r.html")
    assert chromium.run("return document.getElementById('one').hidden") is True
    chromium.run("const s = document.getElementById('network'); s.value = 'N1'; s.dispatchEvent(new Event('change'))")
    assert chromium.run("return document.querySelector('#waterfall svg').getAttribute('aria-label')") == "Payment of N1"
    assert [r[0] for r in chromium.run(ROWS, "#lines")] == ["DM1", "DM2", "DM3", "MMR1"]
    assert chromium.run(ROWS, "#steps")[1][1:] == ["70% of £62,500.00", "£43,750.00"]
    assert chromium.run("return document.getElementById('split').hidden") is True


@needs_browser
def test_names_in_a_browser(tmp_path: Path, chromium: Browser) -> None:
    """No name runs, is fetched or becomes an element; each is shown as it was written, and nothing is refused or fails."""
    for name in HOSTILE:
        (tmp_path / "r.html").write_text(page(settled(written(tmp_path, {"N1": name, "P1": name}))), "utf-8")
        chromium.open(tmp_path / "r.html")
        chromium.run("const s = document.getElementById('network'); s.value = 'N1'; s.dispatchEvent(new Event('change'))")
        assert chromium.run("return [window.taken ?? null, document.querySelectorAll('img, a, b, iframe').length]") == [None, 0]
        assert chromium.run("return document.querySelectorAll('script').length") == 2
        assert chromium.run("return performance.getEntriesByType('resource').length") == 0
        assert name in [r[1] for r in chromium.run(ROWS.replace("innerText", "textContent"), "#networks")]
    assert chromium.console() == []
