"""The table of docs/gallery.md is what the program says: its words, its schema, rows run again."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sizes import slow_but

import overspec as ov
from overspec.results.schema import schema

DATA = Path(__file__).parents[3] / "docs" / "data" / "gallery.json"
KEPT: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
#: Papers whose rows take a second or less.
QUICK = {"xu_2016", "dwivedi_2020_scale", "weinberger_2022", "mallik_2026", "wu_2021"}


@pytest.mark.quick
def test_it_has_every_statement_as_it_is_now() -> None:
    jsonschema.Draft202012Validator(schema("gallery")).validate(KEPT)
    listed = ov.gallery.listing().to_dict()["entries"]
    for kept, now in zip(KEPT["entries"], listed, strict=True):
        statements = [dict(statement) for statement in kept["statements"]]
        assert all(statement.pop("finding") is not None for statement in statements)
        unrun = [dict(statement) for statement in now["statements"]]
        assert all(statement.pop("finding") is None for statement in unrun)
        assert kept | {"statements": statements} == now | {"statements": unrun}


@pytest.mark.parametrize(
    "name",
    slow_but([entry["name"] for entry in KEPT["entries"]], QUICK),
)
def test_rows_come_out_again(name: str) -> None:
    (kept,) = (entry for entry in KEPT["entries"] if entry["name"] == name)
    (now,) = ov.gallery.audit(name).to_dict()["entries"]
    for before, after in zip(kept["statements"], now["statements"], strict=True):
        old, new = before["finding"], after["finding"]
        assert (old["kind"], old["of"]) == (new["kind"], new["of"])
        for key in ("published", "true", "factor"):
            assert (old[key] is None) == (new[key] is None)
            if old[key] is not None:
                low = max(Fraction(ends[key][0]) for ends in (old, new))
                high = min(Fraction(ends[key][1]) for ends in (old, new))
                assert low <= high, (name, key)


@pytest.mark.quick
def test_a_table_for_tex_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from overspec import cli

    files = [tmp_path / f"gallery.{kind}" for kind in ("tex", "html", "json")]
    options = [word for file, name in zip(files, ("--tex", "--html", "--out"), strict=True)
               for word in (name, str(file))]  # fmt: skip
    assert cli.main(["gallery", "2103.15653", *options]) == 0
    out, err = capsys.readouterr()
    assert "refuted as worded" in out
    labels = ["1/2 2103.15653 global convergence", "2/2 2103.15653 number of iterations"]
    assert err.splitlines() == labels
    tex, page, data = (file.read_text(encoding="utf-8") for file in files)
    rows = [line for line in tex.splitlines() if line.startswith("2103.15653")]
    assert len(rows) == 2
    assert all(row.count(" & ") == 4 and row.endswith(r"\\") for row in rows)
    assert page.count("<tr>") == 2 + 2  # two tables: refuted, and holds
    assert "<h2>Refuted</h2>" in page
    jsonschema.Draft202012Validator(schema("gallery")).validate(json.loads(data))


@pytest.mark.quick
def test_figures_show_bounds_that_hold() -> None:
    from overspec.reports.figures.gallery import balanced, ten_steps

    made = ov.Provenance("", "")
    (panel,) = balanced(made).panels
    true, low, high, sharper = (tuple(map(float, series.y)) for series in panel.series)
    for values in zip(low, sharper, true, high, strict=True):
        assert list(values) == sorted(values)
    (panel,) = ten_steps(made).panels
    one, three, ten, bound, line = (tuple(map(float, series.y)) for series in panel.series)
    assert all(a > b > c > 0 for a, b, c in zip(one, three, ten, strict=True))
    assert all(c < b for b, c in zip(bound, ten, strict=True))
    below = [float(x) for x, y in zip(panel.series[2].x, ten, strict=True) if y < line[0]]
    assert 0.45 < min(below) < 0.54


@pytest.mark.quick
def test_words_are_escaped() -> None:
    g = ov.gallery
    finding = g.Finding(g.Verdict(g.Kind.HOLDS), None, None, "x")
    statement = g.Statement("50% <b>", "w", g.Known.OWN, "s", None, lambda at, p: finding, ())
    entry = g.Entry("e", "own", "A & B", 2026, "t", "s", (), (statement,))
    found = g.audit(entry)
    assert r"50\% " in g.tex(found)
    from overspec.reports.gallery import html_page

    page = html_page(g.Gallery((found,)))
    assert "50% &lt;b&gt;" in page
    assert "A &amp; B" in page
