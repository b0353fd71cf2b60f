"""Fonts for a browser other than the machine's: a private configuration of fontconfig."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

#: By set, what stands for sans-serif, serif and monospace. ``bare`` has no font at all; ``one`` has
#: one, the widest, with neither italics nor mathematics; ``installed`` are the machine's own.
SETS: dict[str, tuple[str, ...]] = {
    "installed": (),
    "bare": (),
    "one": ("DejaVu Sans Mono",) * 3,
    "dejavu": ("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"),
    "stix": ("STIXGeneral", "STIXGeneral", "DejaVu Sans Mono"),
    "noto": ("Noto Sans", "Noto Serif", "Noto Sans Mono"),
}
GENERIC = ("sans-serif", "serif", "monospace")


@pytest.fixture(scope="session")
def font_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where configurations of fonts lie."""
    return tmp_path_factory.mktemp("fonts")


def configuration(name: str, below: Path) -> Path | None:
    """A file for FONTCONFIG_FILE that offers these fonts alone; None for the machine's own.

    It lies in a folder of the set's name, where it is found again: `browser_page` starts one
    browser for each file. Skips the test where the fonts are not at hand.
    """
    if name == "installed":
        return None
    folder = below / name
    made = folder / "fonts.conf"
    if made.exists():
        return made
    (folder / "fonts").mkdir(parents=True, exist_ok=True)
    for file in _files(name):
        link = folder / "fonts" / file.name
        if not link.exists():
            link.symlink_to(file)
    families = SETS[name]
    rules = [_rule("not_eq", GENERIC, "append_last", "sans-serif")]
    rules += [_rule("eq", (g,), "prepend", f) for g, f in zip(GENERIC, families, strict=False)]
    made.write_text(
        f"<fontconfig><dir>{folder / 'fonts'}</dir><cachedir>{folder / 'cache'}</cachedir>"
        + "".join(rules)
        + "</fontconfig>\n",
        encoding="utf-8",
    )
    return made


def _rule(compare: str, families: tuple[str, ...], mode: str, family: str) -> str:
    """What is put before or after the families of a request; ``not_eq``: none of these is there."""
    every = ' qual="all"' if compare == "not_eq" else ""
    tests = "".join(
        f'<test name="family" compare="{compare}"{every}><string>{one}</string></test>'
        for one in families
    )
    edit = f'<edit name="family" mode="{mode}" binding="strong"><string>{family}</string></edit>'
    return f'<match target="pattern">{tests}{edit}</match>'


def _files(name: str) -> list[Path]:
    if name == "noto":
        return _noto()
    patterns = {
        "one": ["DejaVuSansMono.ttf"],
        "dejavu": ["DejaVu*.ttf"],
        "stix": ["STIX*.ttf", "DejaVuSansMono.ttf"],
    }.get(name, [])
    return sorted(file for pattern in patterns for file in shipped().glob(pattern))


def shipped() -> Path:
    """The folder of the fonts that matplotlib brings: DejaVu and STIX."""
    matplotlib = pytest.importorskip("matplotlib")
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def _noto() -> list[Path]:
    """Those that are installed."""
    if shutil.which("fc-list") is None:
        pytest.skip("Noto: no fc-list to look for it")
    families = ("Noto Sans", "Noto Serif", "Noto Sans Mono", "Noto Sans Math")
    found = [
        Path(line)
        for family in families
        for line in subprocess.run(
            ["fc-list", f":family={family}", "--format", "%{file}\n"],
            capture_output=True, text=True, check=True,
        ).stdout.splitlines()
    ]  # fmt: skip
    if not any(file.name.startswith("NotoSans-") for file in found):
        pytest.skip("Noto Sans is not installed (Debian: fonts-noto-core)")
    return sorted(set(found))
