"""Headless Chromium for the tests of pages: no outside request, no console error."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
LOCAL = {"", "127.0.0.1", "localhost"}  # "" is the host of file: and data: addresses


PATIENCE = 60_000  # milliseconds: other tests run beside these
_running: list[tuple[Playwright, Browser]] = []  # at most one: a start takes two seconds


def _chromium() -> Browser:
    """The browser of this process, started when it is first needed; `close` ends it."""
    from playwright.sync_api import sync_playwright

    if _running and not _running[0][1].is_connected():  # it crashed
        close()
    if not _running:
        engine = sync_playwright().start()
        chromium = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        _running.append((engine, chromium))
    return _running[0][1]


def close() -> None:
    """End the browser and its event loop, beside which this thread can run no other."""
    while _running:
        engine, chromium = _running.pop()
        chromium.close()
        engine.stop()


@contextmanager
def browser_page(width: int = 1280, height: int = 900, dark: bool = False) -> Iterator[Page]:
    """A page that fails the test at its end for an outside request or a console error."""
    problems: list[str] = []
    context = _chromium().new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
    )
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
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
        yield page
    finally:
        context.close()
    assert problems == []
