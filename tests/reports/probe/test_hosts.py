"""The page at its other hosts: the server of the command, and a widget of a notebook."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser import Pages, faults_of_access, needs_chromium

import overspec as ov
from overspec import InputError, cli
from overspec.reports.probe.desk import Desk
from overspec.verify.radius.search import gamma

PATIENCE = 60_000  # milliseconds: other tests run beside these
EASY = "k=3&weights=one-heavy:9/10&kind=factor"
HARD = "k=5&weights=one-heavy:9/10&orbit=simplex&kind=factor"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What the command prints; at the end it is told to end, and must leave nothing behind."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    command = [sys.executable, "-m", "overspec", "probe", "--no-browser", "--port", str(port)]
    folder = tmp_path_factory.mktemp("probe")
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
    assert child.stdout is not None
    printed = child.stdout.readline().strip()
    assert re.fullmatch(rf"http://127\.0\.0\.1:{port}/\?token=[\w-]{{32}}", printed)
    yield printed
    child.terminate()
    assert child.wait(20) == 143
    with socket.socket() as trial:
        assert trial.connect_ex(("127.0.0.1", port)) != 0
    child.stdout.close()
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_control_c_ends_it_well(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "overspec", "probe", "--no-browser", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=tmp_path,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job may ignore it
    ) as child:  # fmt: skip
        assert child.stdout is not None
        printed = "".join(child.stdout.readline() for _ in range(3))
        assert json.loads(printed)["address"].startswith("http://127.0.0.1:")
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 0


def until(page: Any, place: str, text: str) -> None:
    page.wait_for_function(
        "([place, text]) => (document.querySelector(place)?.innerText ?? '').includes(text)",
        arg=[place, text],
        timeout=PATIENCE,
    )


@pytest.mark.slow
@needs_chromium
def test_the_server_refines_and_certifies(address: str, browser_page: Pages) -> None:
    with browser_page(1280, 1000) as page:
        page.goto(f"{address}#{EASY}")
        until(page, ".numbers", "by theorem")
        assert "token" not in page.url  # the address can be sent to someone
        page.wait_for_selector(".numbers tr[title='overspec radius']", timeout=PATIENCE)
        page.wait_for_selector(".numbers tr[title='overspec evaluate']", timeout=PATIENCE)
        page.get_by_role("button", name="Certify this γ").press("Enter")
        until(page, ".desk [role=status]", "γ lies in")
        said = page.locator(".desk [role=status]").inner_text()
        low, high = re.findall(r"\d+\.\d+", said)
        assert "certified" in said
        found = gamma(ov.Mixture.simplex(3, "one-heavy:9/10"), "factor", "9/10", "simplex", 8)
        assert float(low) <= (found.lower + found.upper) / 2 <= float(high)
        until(page, ".numbers tbody tr", "certified")
        result = json.loads(saved(page, "Result").read_text(encoding="utf-8"))
        assert [result["lower"], result["upper"]] == [low, high]
        assert cli.main(["check", str(saved(page, "Certificate"))]) == 0
        assert faults_of_access(page) == []


def saved(page: Any, name: str) -> Path:
    with page.expect_download(timeout=PATIENCE) as waiting:
        page.get_by_role("button", name=name, exact=True).click()
    return Path(waiting.value.path())


@pytest.mark.slow
@needs_chromium
def test_weights_with_roots_are_read_and_refined(address: str, browser_page: Pages) -> None:
    with browser_page(1280, 1000) as page:
        page.goto(f"{address}#{EASY}")
        page.locator("summary").click(timeout=PATIENCE)
        page.locator(".field.weights input").fill("1/2,(sqrt(5)-1)/4,(3-sqrt(5))/4")
        until(page, ".numbers", "none up to")
        page.locator(".field.weights input").fill("one-heavy:sqrt(2)*3/5")
        until(page, "pre", "--weights 'one-heavy:sqrt(2)*3/5'")
        page.wait_for_selector(".numbers tr[title='overspec radius']", timeout=PATIENCE)
        shown = float(
            page.get_by_role("slider", name="γ: where the curve").get_attribute("aria-valuenow")
        )
        exact = ov.Mixture.simplex(3, "one-heavy:sqrt(2)*3/5")
        found = gamma(exact, "factor", "9/10", "simplex", 8)
        assert abs(shown - (found.lower + found.upper) / 2) < 2e-6
        page.locator(".field.weights input").fill("sqrt(sqrt(2))/2,1/4,3/4-sqrt(sqrt(2))/2")
        until(page, ".problem", "root within a root. This page cannot decide that exactly")


@pytest.mark.slow
@needs_chromium
def test_certifying_can_be_cancelled(address: str, browser_page: Pages) -> None:
    with browser_page(1280, 1000) as page:
        page.goto(f"{address}#k=4&weights=one-heavy:9/10&kind=jacobian&orbit=all")
        until(page, ".live", "γ = ")
        page.get_by_role("button", name="Certify this γ").click()
        page.wait_for_selector(".desk progress", timeout=PATIENCE)
        curve = page.locator(".hero path.line.hessian").get_attribute("d")
        page.get_by_role("button", name="Cancel").click()
        until(page, ".desk [role=status]", "No bracket: cancelled")
        assert page.locator(".hero path.line.hessian").get_attribute("d") == curve


@pytest.mark.slow
@needs_chromium
def test_who_has_no_token_has_the_page_and_no_more(address: str, browser_page: Pages) -> None:
    with browser_page(390, 900) as page:
        page.goto(f"{address.partition('?')[0]}#{EASY}")
        until(page, ".live", "γ = ")
        assert page.get_by_role("button", name="Certify this γ").count() == 0


#: A notebook's side of a widget, as anywidget gives it to `render`; `ask` is the kernel.
MODEL = """
const traits = {fields: FIELDS}, heard = [];
window.model = {get: name => traits[name], set: (name, value) => { traits[name] = value; },
  save_changes: () => { window.kept = traits.fields; },
  on: (name, call) => heard.push(call), off: () => {},
  send: content => window.kernel(content).then(answer => heard.forEach(call => call(answer)))};
"""


LOOKS = [(390, False), (390, True), (1280, False), (1280, True)]


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_served_page_shuts_nobody_out(
    address: str, browser_page: Pages, width: int, dark: bool
) -> None:
    with browser_page(width, 900, dark) as page:
        page.goto(f"{address}#{EASY}")
        page.wait_for_selector(".numbers tr[title='overspec evaluate']", timeout=PATIENCE)
        page.locator("summary").click()
        assert faults_of_access(page) == []


@contextmanager
def cell(browser_page: Pages, shown: Any, width: int = 1280, dark: bool = False) -> Iterator[Any]:
    """A widget in the cell of a notebook, with a kernel that answers."""
    desk = Desk()
    with browser_page(width, 1000, dark) as page:
        page.set_content("<!DOCTYPE html><html lang=en><title>t</title><body><main id=cell></main>")
        page.expose_function(
            "kernel",
            lambda content: {
                "number": content["number"],
                "answer": desk.answer(content["request"]),
            },
        )
        page.add_style_tag(content=shown._css)
        page.evaluate(MODEL.replace("FIELDS", json.dumps(shown.fields)))
        page.add_script_tag(
            type="module",
            content=str(shown._esm).replace("export default", "window.widget =")
            + "\nwidget.render({model, el: document.getElementById('cell')});",
        )
        until(page, ".live", "γ = ")
        yield page
    desk.close()


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_widget_is_the_same_page(browser_page: Pages, width: int, dark: bool) -> None:
    pytest.importorskip("anywidget")
    shown = ov.probe(ov.Mixture.simplex(3, "one-heavy:9/10"), kind="factor")
    with cell(browser_page, shown, width, dark) as page:
        until(page, ".numbers", "by theorem")
        page.get_by_role("slider", name="weight π_0").focus()
        page.keyboard.press("ArrowDown")
        page.wait_for_function(
            "() => window.kept?.weights === 'one-heavy:89/100'", timeout=PATIENCE
        )
        assert page.url == "about:blank"  # the notebook's address is its own
        page.locator("summary").click()
        assert faults_of_access(page) == []


@needs_chromium
def test_a_widget_has_the_columns_that_its_cell_has_room_for(browser_page: Pages) -> None:
    """A notebook gives it less than the window: in marimo the parts lay over each other."""
    pytest.importorskip("anywidget")
    shown = ov.probe(ov.Mixture.simplex(3, "one-heavy:9/10"), kind="factor")
    with cell(browser_page, shown, 1400, False) as page:
        for width, columns in ((1340, 3), (1000, 2), (600, 1)):
            page.evaluate(f"cell.parentElement.style.width = '{width}px'")
            lefts = page.evaluate(
                "['.story', '.hero', '.side'].map(p => document.querySelector(p)"
                ".getBoundingClientRect()).map(r => [r.left, r.width])"
            )
            assert len({left for left, _ in lefts}) == columns
            assert all(size > 240 for _, size in lefts)
        assert "w.fields" in page.locator(".story").inner_text()


def test_the_kernel_answers_a_widget(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("anywidget")
    shown = ov.probe(ov.Mixture.simplex(4, "2/5,3/10,1/5,1/10"), gap="1/2")
    sent: list[Any] = []
    monkeypatch.setattr(shown, "send", sent.append)
    shown._asked(shown, {"number": 7, "request": {"ask": "verdict", "fields": shown.fields}}, [])
    end = time.monotonic() + 60
    while not sent:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert sent[0]["number"] == 7
    assert sent[0]["answer"]["facts"][0]["name"] == "σ"
    shown.fields = shown.fields | {"weights": "2/5,3/10,1/10,1/5"}
    assert str(shown.mixture.weights) == "2/5,3/10,1/10,1/5"


def test_a_widget_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    mixture = ov.Mixture.simplex(4, "2/5,3/10,1/5,1/10")
    with pytest.raises(InputError, match="strictly between"):
        ov.probe(mixture, gap="2")
    with pytest.raises(InputError, match="not known"):
        ov.probe(mixture, colour="red")
    with pytest.raises(ov.InputError, match="give a Mixture"):
        ov.probe("2/5,3/5")  # type: ignore[arg-type]
    monkeypatch.setattr("overspec.reports.probe.notebook.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install \"overspec\[probe\]\""):
        ov.probe(mixture)
