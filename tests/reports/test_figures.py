"""Figures are vectors that do not change by themselves; their data come from the ledger."""

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from report_ledgers import quick_figures, with_experiments
from sizes import slow_but

from overspec import cli
from overspec.errors import InputError
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Panel, Series
from overspec.proofs.rates.null_law import null_law
from overspec.reports.content.compose import compose
from overspec.reports.content.document import Figure, Graph, Node
from overspec.reports.content.graph import layout, transitive_reduction
from overspec.reports.figures import ledger as figures
from overspec.reports.figures.looks import COLOURS, LOOKS
from overspec.reports.printing import drawing, pdf
from overspec.reports.report import write_report
from overspec.verify.claims.ledger import Ledger
from overspec.verify.claims.run import run

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def data() -> tuple[FigureData, ...]:
    return quick_figures()


@pytest.fixture(scope="module")
def ledger(data: tuple[FigureData, ...]) -> Ledger:
    return replace(run((2,), ("S2",)), figures=data)


def test_all_four_are_made_and_kept(ledger: Ledger) -> None:
    assert [figure.id for figure in ledger.figures] == ["radius", "spectrum", "divergence", "phase"]
    assert Ledger.from_json(json.loads(json.dumps(ledger.to_json()))) == ledger
    for figure in ledger.figures:
        assert figure.x_label
        assert figure.y_label
        assert figure.provenance.command.startswith("overspec ")


def test_a_quantity_looks_the_same_in_every_drawing(data: tuple[FigureData, ...]) -> None:
    """γ, its limit and its bound as on the page of the probe; another name by its order."""
    made = drawing.draw(Figure(data[0]), "svg").decode()
    for name in ("gamma", "limit", "bound"):
        assert LOOKS[name].colour in made
    assert LOOKS["factor"].colour not in made
    assert LOOKS["bound"].dash == ":"
    other = replace(
        data[0],
        panels=(Panel("", (Series("k = 4", "line", ("1", "2"), ("1", "2")),
                           Series("limit k → ∞", "limit", ("1", "2"), ("1", "1")))),),
    )  # fmt: skip
    made = drawing.draw(Figure(other), "svg").decode()
    assert LOOKS["limit"].colour in made
    assert COLOURS[0] in made


def test_the_lower_bound_is_below_the_radius(data: tuple[FigureData, ...]) -> None:
    found = {series.style: series for series in data[0].panels[0].series}
    assert found["bound"].evidence is Evidence.PROVED
    for bound, radius in zip(found["bound"].y, found["points"].y, strict=True):
        assert 0 < float(bound) < float(radius)


def test_degenerate_weights_have_an_eigenvalue_at_0(data: tuple[FigureData, ...]) -> None:
    for panel in data[1].panels:
        size = {s.label: [abs(complex(float(x), float(y))) for x, y in zip(s.x, s.y, strict=True)]
                for s in panel.series}  # fmt: skip
        assert min(size["degenerate weights"]) == 0 < min(size["regular weights"])
        assert max(max(values) for values in size.values()) < 1 + 1e-6


def test_the_predicted_law_meets_the_curve(data: tuple[FigureData, ...]) -> None:
    *_, curve, guide = data[2].panels[0].series
    t, predicted = float(guide.x[-1]), float(guide.y[-1])
    seen = dict(zip(curve.x, curve.y, strict=True))
    assert float(seen[guide.x[-1]]) / predicted == pytest.approx(1, rel=10 / t)
    law = null_law(figures.Mixture.simplex(4))
    assert law is not None
    assert predicted * t**2 == pytest.approx(float(law.divergence_limit), rel=1e-6)


@pytest.mark.quick
@pytest.mark.parametrize("kind", slow_but(["svg", "pdf"], quick=["svg"]))
def test_drawings_are_vectors_and_repeat(ledger: Ledger, kind: str) -> None:
    for drawn in compose(ledger).drawings:
        first = drawing.draw(drawn, kind)
        assert first == drawing.draw(drawn, kind)
        assert b"<image" not in first
        assert b"/Subtype /Image" not in first
        assert b"http" not in first or kind == "pdf"


def test_changed_data_change_the_drawing(data: tuple[FigureData, ...]) -> None:
    panel = data[0].panels[0]
    points = replace(panel.series[0], y=("0.5", *panel.series[0].y[1:]))
    changed = replace(data[0], panels=(replace(panel, series=(points, *panel.series[1:])),))
    assert drawing.draw(Figure(changed), "svg") != drawing.draw(Figure(data[0]), "svg")


def test_the_graph_is_clickable() -> None:
    nodes = (Node("A", "claim-A", "fully", ()), Node("B", "claim-B", "stated", ("A",)))
    svg = drawing.draw(Graph(nodes, "words"), "svg").decode()
    for label in ("A", "B"):
        assert svg.count(f'<a href="#claim-{label}" aria-label="{label}">') == 1
        assert svg.count(f'<a href="#claim-{label}" tabindex="-1" aria-hidden="true">') == 1
    assert "target=" not in svg  # a click stays on the page


def test_hostile_names_of_claims_are_drawn_as_text() -> None:
    for name in (
        r"$\frac{ & \input{x}",
        '"><script>',
        "אבג \u202etxet",
        "x" * 20_000,
        "",
        "a:",
        ":",
    ):
        node = Node(name, f"claim-{name}", "stated", ())
        svg = drawing.draw(Graph((node,), "words"), "svg").decode()
        assert "<script" not in svg
        assert len(svg) < 80_000
        assert drawing.draw(Graph((node,), "words"), "pdf").startswith(b"%PDF")


def test_hostile_labels_are_drawn_as_text() -> None:
    series = Series(r"$\frac{ <b> & \input{x}", "line", ("1", "2"), ("1", "3"))
    panel = figures.Panel(r"$x^", (series,))
    data = FigureData("x", "t", "c", r"$\q$", "שלום", "linear", "linear", False, (panel,),
                      Provenance("c", "v"))  # fmt: skip
    assert b"<svg" in drawing.draw(Figure(data), "svg")


def test_a_series_refuses_what_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        Series("s", "line", ("1",), ("nan",))
    with pytest.raises(ValueError, match="1 x for 2 y"):
        Series("s", "line", ("1",), ("1", "2"))
    with pytest.raises(ValueError, match="style 'zigzag'"):
        Series("s", "zigzag", ("1",), ("1",))


@pytest.mark.parametrize(
    "change",
    [{"id": "../../.bashrc"}, {"id": "a/b"}, {"id": ""}, {"id": "a_b"}, {"id": "x" * 99},
     {"id": "dependencies"}, {"x_scale": "cubic"}, {"panels": ()}],
)  # fmt: skip
def test_a_figure_cannot_name_a_file_elsewhere(
    data: tuple[FigureData, ...], change: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="figure"):
        replace(data[0], **change)


def test_a_ledger_with_such_a_figure_is_refused(ledger: Ledger) -> None:
    plain = json.loads(json.dumps(ledger.to_json()))
    plain["figures"][0]["id"] = "../elsewhere"
    with pytest.raises(InputError, match="the ledger is damaged"):
        Ledger.from_json(plain)


@pytest.mark.slow
def test_the_report_holds_the_figures(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_engine", lambda: None)
    write_report(ledger, tmp_path)
    page = (tmp_path / "overspec-report.html").read_text()
    assert page.count("<svg") == 2 * 5  # for wide and for narrow screens
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert not re.findall(r'(?:href|src)="(?!#)', page)


@pytest.mark.parametrize("engine", slow_but(["none", "found"], quick=[]))
def test_another_process_writes_the_same_bytes(
    ledger: Ledger, tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the hash seed nor the folder nor the day leaves a trace."""
    few = replace(ledger, figures=ledger.figures[:1])
    (tmp_path / "ledger.json").write_text(json.dumps(few.to_json()))
    hide = "pdf._engine = lambda: None;" if engine == "none" else ""
    code = (
        f"import sys; from overspec import cli; from overspec.reports.printing import pdf; {hide} "
    )
    command = [sys.executable, "-c", code + "sys.exit(cli.main())", "report", "--ledger",
               tmp_path / "ledger.json"]  # fmt: skip
    subprocess.run(
        [*command, "--out", tmp_path / "2"], check=True, capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": "2", "TZ": "UTC-2"},
    )  # fmt: skip
    if engine == "none":
        monkeypatch.setattr(pdf, "_engine", lambda: None)
    words = ["report", "--ledger", str(tmp_path / "ledger.json"), "--out", str(tmp_path / "1")]
    assert cli.main(words) == 0
    made = [{p.relative_to(tmp_path / seed): p.read_bytes() for p in (tmp_path / seed).rglob("*.*")}
            for seed in ("1", "2")]  # fmt: skip
    assert len(made[0]) == 4 + (engine == "found")  # source, page, graph, figure; and the PDF
    assert made[0] == made[1]


def test_layers_and_edges() -> None:
    depends = {"a": (), "b": ("a",), "c": ("b",), "d": ("a", "c"), "e": ("a", "c", "b")}
    assert transitive_reduction(depends) == {
        "a": (), "b": ("a",), "c": ("b",), "d": ("c",), "e": ("c",)
    }  # fmt: skip
    found = layout(depends)
    assert found.places["d"][1] == found.places["e"][1] == 3
    assert abs(found.places["d"][0] - found.places["e"][0]) >= 1
    assert all(chain[0][1] < chain[-1][1] for chain in found.edges)


@pytest.mark.slow
@pytest.mark.parametrize("width", [drawing.NARROW, drawing.WIDTH])
def test_boxes_of_the_graph_do_not_meet_and_stay_on_the_paper(width: float) -> None:
    graph = next(d for d in compose(with_experiments()).drawings if isinstance(d, Graph))
    drawn = graph.plan(width)
    boxes = list(drawn.boxes.values())
    assert len(boxes) == len(graph.nodes) > 40
    for n, one in enumerate(boxes):
        assert 0 < one.x - one.width / 2 < one.x + one.width / 2 < width
        assert 0 < one.y - one.height / 2 < one.y + one.height / 2 < drawn.height
        for other in boxes[:n]:
            beside = abs(one.x - other.x) >= (one.width + other.width) / 2
            assert beside or abs(one.y - other.y) >= one.height
    sides = {(round(b.x + b.width / 2, 6), round(b.y, 6)) for b in boxes}
    for line in drawn.edges:
        assert (round(line[0][0], 6), round(line[0][1], 6)) in sides
        assert all(a[0] <= b[0] for a, b in pairwise(line))


@pytest.mark.quick
@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_every_kind_of_file(kind: str, data: tuple[FigureData, ...]) -> None:
    start = {"svg": b"<svg", "pdf": b"%PDF", "png": b"\x89PNG"}[kind]
    drawn = drawing.draw(Figure(data[0]), kind)
    assert drawn.startswith(start)
    assert drawn == drawing.draw(Figure(data[0]), kind)


def test_the_drawing_for_a_phone_has_its_own_size_and_names(data: tuple[FigureData, ...]) -> None:
    wide, narrow = (
        drawing.draw(Figure(data[0]), "svg", width).decode()
        for width in (drawing.WIDTH, drawing.NARROW)
    )
    box = r'<svg[^>]* viewBox="0 0 ([\d.]+) '
    sizes = [float(re.findall(box, svg)[0]) / 72 for svg in (wide, narrow)]
    assert sizes == pytest.approx([drawing.WIDTH, drawing.NARROW])
    ids = [set(re.findall(r'\bid="([^"]*)"', svg)) for svg in (wide, narrow)]
    assert not ids[0] & ids[1]


def test_a_picture_of_its_own_has_a_white_ground(data: tuple[FigureData, ...]) -> None:
    from matplotlib.image import imread

    pixels = imread(io.BytesIO(drawing.draw(Figure(data[0]), "png")))
    assert pixels[0, 0].tolist() == [1.0] * 4
