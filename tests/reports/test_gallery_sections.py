"""The gallery on the report's page: its rows, its figure, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from overspec import InputError, Provenance, cli
from overspec.reports.content.document import Document, Table
from overspec.reports.content.gallery import read_entries, sections
from overspec.reports.figures.gallery import overview, ten_steps
from overspec.reports.printing import html

KEPT = Path(__file__).parents[2] / "docs" / "data" / "gallery.json"


@pytest.mark.quick
def test_every_statement_has_a_row_under_what_was_found() -> None:
    entries = read_entries(KEPT)
    made = sections(entries, [])
    tables = [block for section in made for block in section.blocks if isinstance(block, Table)]
    statements = sum(len(entry["statements"]) for entry in entries)
    assert sum(len(table.rows) for table in tables) == statements
    refuted = next(s for s in made if s.anchor == "gallery-refuted")
    (table,) = refuted.blocks
    assert isinstance(table, Table)
    assert all("refuted" in str(row[4]) for row in table.rows)
    page = html.render(Document("t", "a", "", (), made), {})
    assert page.count("<tr") == statements + len(tables)
    assert "arXiv 2009.13040" in page
    assert "theta*&gt; != 0" in page  # words are escaped


def test_the_figure_is_drawn_where_there_is_one() -> None:
    data = ten_steps(Provenance("", ""))
    page = html.render(
        Document("t", "a", "", (), sections(read_entries(KEPT)[:1], [data])),
        {data.id: "<svg id='drawn'></svg>"},
    )
    assert "<svg id='drawn'></svg>" in page


def test_the_overview_has_every_statement_with_two_numbers() -> None:
    entries = read_entries(KEPT)
    found = overview(entries)
    (panel,) = found.panels
    *dots, one = panel.series
    findings = [s["finding"] for entry in entries for s in entry["statements"]]
    both = [f for f in findings if f["published"] is not None and f["true"] is not None]
    assert sum(len(series.x) for series in dots) == len(both)
    assert set(one.y) == {"1"}
    places = [int(x) for series in dots for x in series.x]
    assert places == sorted(places)
    loose = next(series for series in dots if "not the best" in series.label)
    factors = [float(y) for y in loose.y]
    assert max(factors) > 1.5
    assert min(factors) < 1 / 1.5


def content() -> Any:
    return json.loads(KEPT.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("entries"), "is no gallery"),
        (lambda c: c.update(entries=[]), "is no gallery"),
        (lambda c: c["entries"][0].pop("authors"), "is no gallery"),
        (lambda c: c["entries"][0].update(statements=3), "is no gallery"),
        (lambda c: c["entries"][0]["statements"][0].update(finding=None), "nothing was run"),
        (lambda c: c["entries"][0]["statements"][0]["finding"].update(kind="true"), "no gallery"),
        (lambda c: c["entries"][0]["statements"][0]["finding"].update(true=["2", "1"]), "no gall"),
        (lambda c: c["entries"][0]["statements"][0]["finding"].update(true=["x", "1"]), "no gall"),
        (lambda c: c["entries"][0]["statements"][0]["finding"].update(true="12"), "no gallery"),
        (lambda c: c["entries"][0]["statements"][0]["finding"].update(true=[1, 2, 3]), "no gall"),
    ],
)
def test_what_is_no_gallery_is_said(change: Any, message: str, tmp_path: Path) -> None:
    changed = content()
    change(changed)
    file = tmp_path / "gallery.json"
    file.write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_entries(file)


def test_the_command_reads_it_before_it_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gallery.json"
    file.write_text("{}", encoding="utf-8")
    out = tmp_path / "out"
    assert cli.main(["report", "--claims", "P4", "--gallery", str(file), "--out", str(out)]) == 2
    assert "is no gallery" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.slow
def test_the_page_has_it_and_the_pdf_not(tmp_path: Path) -> None:
    words = ["report", "--claims", "P4", "--k", "2", "--quick", "--gallery", str(KEPT)]
    assert cli.main([*words, "--out", str(tmp_path)]) == 0
    page = (tmp_path / "overspec-report.html").read_text(encoding="utf-8")
    assert 'id="gallery"' in page
    assert 'id="fig-gallery-1609-00368"' in page
    assert "2009.13040" not in (tmp_path / "overspec-report.tex").read_text(encoding="utf-8")
