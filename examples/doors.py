"""The pictures of the README's three doors: what pytest prints, a theorem in a paper, the page.

    python examples/doors.py docs/figures

Each is made from what the README's command gives. Needs the extras `pytest` and `pdf`, pdftoppm
(poppler), Chromium and Playwright; a door whose programs are missing is left as it is, and named.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

PYTEST = (
    "pytest --pyargs overspec.verify.suite --overspec-k 3 "
    "--overspec-weights one-heavy:1/2 --overspec-claims S3,T1"
)
WIDE, LINE = 96, 19  # columns of the terminal, pixels of a line
STYLE = """
svg { font: 13.5px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1b1d20 }
rect { fill: #f6f7f9; stroke: #d5d9de } .good { fill: #00694c } .typed { font-weight: 600 }
@media (prefers-color-scheme: dark) { svg { fill: #e4e6e9 }
  rect { fill: #1d2024; stroke: #383d44 } .good { fill: #4fc79c } }
"""
PAPER = r"""\documentclass[11pt]{article}
\usepackage[paperwidth=170mm,paperheight=120mm,margin=9mm]{geometry}
\usepackage{amsmath}\usepackage{lmodern}\pagestyle{empty}
\begin{document}
\section{When is EM fast?}
By Theorem~\ref{thm:overspec-conditions-4}, two conditions on four weights decide it.
\input{overspec-conditions-4}
\end{document}
"""


def pytest_door() -> bytes:
    """What the command prints, less what belongs to this machine: versions, paths, seconds."""
    with tempfile.TemporaryDirectory() as folder:
        printed = subprocess.run(
            [sys.executable, "-m", *PYTEST.split(), "--no-header", "-p", "no:cacheprovider"],
            cwd=folder, capture_output=True, text=True, check=True,
            env={**os.environ, "COLUMNS": str(WIDE), "NO_COLOR": "1"},
        ).stdout  # fmt: skip
    printed = re.sub(
        r"=+( \d+ passed) in [\d.]+s.*", lambda m: f"{m[1]} ".center(WIDE, "="), printed
    )
    first, rest = PYTEST.split(" --overspec-w")
    lines = [f"$ {first} \\", f"      --overspec-w{rest}", *printed.rstrip().splitlines()]
    rows = "".join(
        f'<text x="14" y="{LINE * (n + 1) + 8}" xml:space="preserve"{_look(text)}>'
        f"{escape(text)}</text>"
        for n, text in enumerate(lines)
    )
    wide, high = 812, LINE * len(lines) + 22
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" role="img">'
        f"<title>pytest runs two claims on a mixture, and both hold</title><style>{STYLE}</style>"
        f'<rect x="0.5" y="0.5" rx="8" width="{wide - 1}" height="{high - 1}"/>{rows}</svg>\n'
    ).encode()


def _look(text: str) -> str:
    typed = ' class="typed"' if text.startswith(("$ ", "      --")) else ""
    return ' class="good"' if re.search(r" passed|^holds", text) else typed


def latex_door() -> bytes:
    """The first page of a paper that has the fragment."""
    from overspec.reports.fragment import conditions
    from overspec.reports.printing.pdf import compile_pdf

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "paper.tex"
        source.write_text(PAPER, encoding="utf-8")
        made = compile_pdf(source, {"overspec-conditions-4.tex": conditions(4).encode()})
        if made.path is None:
            raise SystemExit(made.reason)
        page = subprocess.run(
            ["pdftoppm", "-r", "120", "-gray", "-png", "-singlefile", str(made.path)],
            capture_output=True, check=True,
        ).stdout  # fmt: skip
    return _few_colours(page, 16)


def probe_door() -> bytes:
    """The first step of the story."""
    from playwright.sync_api import sync_playwright

    from overspec.reports.probe.page import page as html_of

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as engine:
        file = Path(folder) / "probe.html"
        file.write_text(html_of({}), encoding="utf-8")
        browser = engine.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1240, "height": 740}, reduced_motion="reduce")
        page.goto(f"{file.as_uri()}#step=3")
        page.wait_for_selector(".probe[data-state=rest]")
        picture = page.screenshot()
        browser.close()
    return _few_colours(picture, 128)


def _few_colours(png: bytes, colours: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        few = picture.convert("RGB").quantize(
            colours, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        few.save(out, "PNG", optimize=True)
    return out.getvalue()


DOORS = {
    "door-pytest.svg": (pytest_door, ()),
    "door-latex.png": (latex_door, ("pdftoppm",)),
    "door-probe.png": (probe_door, ("chromium",)),
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (make, programs) in DOORS.items():
        if missing := [program for program in programs if shutil.which(program) is None]:
            print(f"{name}: not made, there is no {', '.join(missing)}")
            continue
        picture = make()
        assert len(picture) < 100_000, "a picture of the README is small"
        (folder / name).write_bytes(picture)
        print(f"{name}: {len(picture) / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/figures"))
