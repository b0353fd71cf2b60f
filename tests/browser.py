"""Headless Chromium for the tests of pages: no outside request, no console error.

The fonts are the machine's, or those of a private configuration; see `font_sets`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
LOCAL = {"", "127.0.0.1", "localhost"}  # "" is the host of file: and data: addresses
Pages = Callable[..., "AbstractContextManager[Page]"]


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Pages]:
    """Opens pages in one browser for each configuration of fonts.

    Not once per session: while Playwright runs, no other test of the process can use asyncio.
    """
    from playwright.sync_api import sync_playwright

    with ExitStack() as stack:
        engine = stack.enter_context(sync_playwright())
        started: dict[Path | None, Browser] = {}

        def opened(
            width: int = 1280, height: int = 900, dark: bool = False, fonts: Path | None = None
        ) -> AbstractContextManager[Page]:
            if fonts not in started:
                own = {} if fonts is None else {"FONTCONFIG_FILE": str(fonts)}
                started[fonts] = engine.chromium.launch(
                    executable_path=CHROMIUM, args=["--no-sandbox"], env={**os.environ, **own}
                )
                stack.callback(started[fonts].close)
            return _watched(started[fonts], width, height, dark)

        yield opened


@contextmanager
def _watched(chromium: Browser, width: int, height: int, dark: bool) -> Iterator[Page]:
    """A page that fails the test at its end for an outside request or a console error."""
    problems: list[str] = []
    page = chromium.new_page(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    page.on(
        "request",
        lambda sent: (
            None
            if (urlsplit(sent.url).hostname or "") in LOCAL
            else problems.append(f"outside request: {sent.url}")
        ),
    )
    page.on(
        "console",
        lambda said: problems.append(f"console: {said.text}") if said.type == "error" else None,
    )
    page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
    try:
        yield page
    finally:
        page.close()
    assert problems == []


def faults_of_access(page: Page) -> list[tuple[str, str]]:
    """What axe finds wrong for those who hear a page or have no mouse: rule and first element."""
    axe = pytest.importorskip("axe_playwright_python")
    page.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 20  # it looked
    return [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in found["violations"]]


#: What does not fit: how far the page scrolls sideways, the elements beyond its edges that no
#: container scrolls to, formulas of which a part cannot be seen, and words beyond their drawing.
MISFITS = """() => {
    const root = document.scrollingElement
    const box = e => e.getBoundingClientRect()
    const named = e => `${e.tagName} ${e.getAttribute('class') || ''} ${e.textContent.slice(0, 50)}`
    const scrolls = e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)
    const scrolled = e => {
        for (let up = e.parentElement; up && up !== document.body; up = up.parentElement)
            if (scrolls(up)) return true
        return false
    }
    const beyond = [...document.querySelectorAll('body *')].filter(e => {
        const r = box(e)
        return e.checkVisibility({opacityProperty: true}) && r.width > 0 && r.right > 0
            && (r.left < -0.5 || r.right > root.clientWidth + 0.5)
            && !e.parentElement.closest('svg') && !scrolled(e)
    })
    const cut = [...document.querySelectorAll('.formula')].filter(e => {
        e.scrollLeft = scrolls(e) ? 1e6 : 0
        const inner = [...e.querySelectorAll('math, math *')].map(box), r = box(e)
        const right = inner.some(i => i.right > r.right + 1)
        e.scrollLeft = 0
        const left = [...e.querySelectorAll('math, math *')].some(m => box(m).left < r.left - 1)
        return left || right || inner.some(i => i.top < r.top - 0.5 || i.bottom > r.bottom + 0.5)
    })
    const clipped = [...document.querySelectorAll('svg text')].filter(e => {
        const r = box(e), f = box(e.ownerSVGElement)
        return r.width > 0 && f.right > 0 && (r.left < f.left - 1 || r.right > f.right + 1)
    })
    return {sideways: root.scrollWidth - root.clientWidth, beyond: beyond.map(named),
            cut: cut.map(named), clipped: clipped.map(named)}
}"""
WIDTHS = (320, 390, 768, 1280, 1920)
FITS: dict[str, Any] = {"sideways": 0, "beyond": [], "cut": [], "clipped": []}
