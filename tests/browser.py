"""Headless Chromium for the tests of pages: no outside request, no console error."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
LOCAL = {"", "127.0.0.1", "localhost"}  # "" is the host of file: and data: addresses


@contextmanager
def browser_page(width: int = 1280, height: int = 900, dark: bool = False) -> Iterator[Page]:
    """A page that fails the test at its end for an outside request or a console error."""
    from playwright.sync_api import sync_playwright

    problems: list[str] = []
    with sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            page = chromium.new_page(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
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
                lambda said: (
                    problems.append(f"console: {said.text}") if said.type == "error" else None
                ),
            )
            page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
            yield page
        finally:
            chromium.close()
    assert problems == []
