"""The modules of the page as one script, and its few forms of import and export."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from overspec.reports.figures.looks import LOOKS
from overspec.reports.probe.bundle import HERE, bundle
from overspec.reports.probe.page import config, style

MODULES = sorted([*HERE.glob("ui/*.js"), *HERE.glob("js/*.js")])
LONGEST = 400  # lines, as for modules in Python


def test_every_module_is_in_it_once() -> None:
    made = bundle()
    for path in MODULES:
        name = f"{path.parent.name}/{path.name}"
        assert made.count(f"modules['{name}'] = ") == 1, name
    assert not re.search(r"^(import|export)\b", made, re.M)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_modules_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ('import a from "./b.js";', "no import or export"),
        ('import * as a from "./b.js";', "no import or export"),
        ("export default 1;", "no import or export"),
        ('export * from "./b.js";', "no import or export"),
        ('import { a } from "./a.js";', "a circle"),
    ],
)
def test_what_is_not_known_is_refused(tmp_path: Path, source: str, says: str) -> None:
    (tmp_path / "a.js").write_text(source, encoding="utf-8")
    (tmp_path / "b.js").write_text("export const b = 1;", encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        bundle(("a.js",), tmp_path)


def test_names_do_not_meet(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(
        'import { one as two } from "./b.js";\nconst one = 1;\nexport { one, two as other };\n',
        encoding="utf-8",
    )
    (tmp_path / "b.js").write_text("export const one = 2;\n", encoding="utf-8")
    made = bundle(("a.js",), tmp_path)
    assert "const {one: two} = modules['b.js'];" in made
    assert "return {one: one, other: two};" in made


def test_one_look_for_each_quantity() -> None:
    looks = {name: (look.colour, look.dash) for name, look in LOOKS.items()}
    assert looks.pop("weights") == looks.pop("spectrum")  # one is the transform of the other
    assert len(set(looks.values())) == len(looks)
    drawn = style()
    for name, look in LOOKS.items():
        assert f".probe .{name}{{--q:{look.colour}" in drawn
    for path in HERE.glob("ui/*"):  # no colour of a quantity is typed again
        text = path.read_text(encoding="utf-8").lower()
        assert not [look.colour for look in LOOKS.values() if look.colour in text], path.name


def test_what_the_page_is_told_is_the_library_s() -> None:
    told = config()
    assert told["evidence"]["proved"] == "by theorem"
    assert told["fields"]["weights"] == "one-heavy:9/10"
    assert told["limits"]["components"] == 10**6
