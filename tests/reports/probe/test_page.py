"""What the probe prints, its controls, its jobs and its command, without a browser."""

import gc
import json
import math
import re
import socket
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from overspec import InputError, cli
from overspec.commands.probe import port_for
from overspec.evidence import Evidence, Provenance, Quantity, worth_of_number
from overspec.figure import FigureData, Panel, Series
from overspec.reports.probe import controls, page, static
from overspec.reports.probe import job as probe_job
from overspec.reports.probe import svg as probe_svg
from overspec.reports.probe.choice import FIELDS, Choice
from overspec.reports.probe.job import Job
from overspec.reports.probe.parts import Fact, Part, Requirement
from overspec.reports.probe.view import PARTS, part
from overspec.verify.radius.search import gamma

HOSTILE = "<script>alert('1')</script> & \" ]]>"


def figure(**changes: Any) -> FigureData:
    lines = (
        Series("a < b", "line", ("0", "1", "2"), ("0", "0.5", "2")),
        Series("proved", "bound", ("0", "2"), ("1", "1"), Evidence.PROVED),
        Series("z", "mark", ("1",), ("1",)),
    )
    given = {"id": "f", "title": "t", "caption": HOSTILE, "x_label": "x", "y_label": "y",
             "x_scale": "linear", "y_scale": "linear", "equal": False,
             "panels": (Panel("", lines),), "provenance": Provenance("", "")}  # fmt: skip
    return FigureData(**(given | changes))  # type: ignore[arg-type]


def drawn(svg: str) -> list[list[tuple[float, float]]]:
    """The corners of every polyline but those of the legend."""
    root = ElementTree.fromstring(svg)
    lines = [e.get("points", "") for e in root.iter("{http://www.w3.org/2000/svg}polyline")]
    return [
        [(float(a), float(b)) for a, b in (p.split(",") for p in line.split())] for line in lines
    ]


def test_a_figure_is_one_valid_element_and_escapes_its_words() -> None:
    for equal in (False, True):
        made = probe_svg.svg(figure(equal=equal))
        assert "<script" not in made
        root = ElementTree.fromstring(made)
        assert root.get("role") == "img"
        (title,) = [e for e in root if e.tag.endswith("title")]
        assert title.get("id") == root.get("aria-labelledby")


def test_points_are_drawn_where_the_axes_say() -> None:
    for scale in ("linear", "log"):
        series = (Series("s", "line", ("1", "10", "100"), ("0", "1", "2")),)
        line = drawn(probe_svg.svg(figure(panels=(Panel("", series),), x_scale=scale)))[0]
        first, middle, last = (x for x, _ in line)
        share = (middle - first) / (last - first)
        assert math.isclose(share, 0.5 if scale == "log" else 9 / 99, abs_tol=0.01)
        heights = [y for _, y in line]
        assert heights[0] > heights[1] > heights[2]  # up is smaller
        assert math.isclose(heights[0] - heights[1], heights[1] - heights[2], abs_tol=0.2)


@pytest.mark.parametrize("log", [False, True])
def test_ticks_are_round_and_inside(log: bool) -> None:
    for low, high in ((0.02, 0.9), (1.0, 1e6), (1e-30, 1.0)):
        axis = probe_svg.Axis(low if log else 0.0, high, 0, 1, log)
        ticks = axis.ticks()
        assert 1 <= len(ticks) <= 12
        assert all(axis.low * 0.999 <= tick <= high * 1.001 for tick in ticks)


def test_a_part_shows_every_number_with_its_evidence_and_escapes_the_rest() -> None:
    facts = tuple(Fact(f"{HOSTILE}{e.name}", Quantity("0.1", "0.3", e), HOSTILE) for e in Evidence)
    requirement = Requirement("1", r"\pi_0 \ne 0", False)
    made = page.part_html("verdict", Part((HOSTILE,), facts, figure(), (requirement,)), 3)
    assert "<script" not in made
    assert "fails" in made
    rows = re.findall(r"<tr title.*?</tr>", made)
    assert len(rows) == len(Evidence)
    for row, evidence in zip(rows, Evidence, strict=True):
        assert f">{worth_of_number(evidence)}</span>" in row
    assert "[0.1, 0.3]" in rows[0]  # proved: both ends
    assert "0.2(1)" in rows[2]  # measured: its error in parentheses
    assert "By theorem: proved. Measured: a &lt; b; z." in made


def test_every_part_has_a_heading() -> None:
    assert set(page.HEADINGS) == set(PARTS)


def test_the_data_of_a_view_are_its_numbers() -> None:
    choice = Choice.read({"k": "3"})
    made = {name: part(name, choice) for name in ("verdict", "divergence")}
    data = json.loads(page.data_json(choice.query, choice.commands(), made))
    assert data["choice"] == {"k": "3"}
    assert data["parts"]["verdict"]["facts"][0]["evidence"] == "proved"
    assert "overspec probe --k 3" in data["commands"]
    shown = made["divergence"].figure
    assert shown is not None
    assert data["parts"]["divergence"]["figure"]["series"][0]["y"] == list(
        shown.panels[0].series[0].y
    )


def control(kind: str) -> Any:
    return lambda *args, **options: SimpleNamespace(kind=kind, args=args, **options)


UI = SimpleNamespace(text=control("text"), dropdown=control("dropdown"), slider=control("slider"))


def test_the_controls_begin_at_the_address_and_make_the_same_fields() -> None:
    for query in (
        {},
        {"k": "3", "weights": "1/2,3/10,1/5"},
        {"weights": "geometric:1/3", "kind": "jacobian", "orbit": "all", "d": "9"},
        {"amplitudes": "1,1/2", "steps": "7", "digits": "3", "gap": "1/3"},
        {"kind": HOSTILE, "k": HOSTILE},
    ):
        values = controls.first_values(query)
        found = controls.fields_of(values, {})
        for name in FIELDS:
            if name in query and query[name] != HOSTILE:
                assert found[name] == query[name]
        made = controls.elements(UI, values, lambda name: lambda value: None)
        assert len(made) == 13
        assert all(one.label for one in made.values())
        for one in made.values():
            assert one.kind == "text" or one.value in one.args[0]


def test_bars_and_sliders_begin_at_the_last_view() -> None:
    last = Choice.read({"k": "4", "weights": "2/5,3/10,1/5,1/10", "amplitudes": "1,1/2"})
    shape = {"k": "4", "family": controls.DRAGGED, "mode": controls.SLID}
    begun = controls.sliders_for(shape, {"mixture": last.mixture, "start": last.start})
    assert list(begun.values()) == [100, 75, 50, 25, 1.0, 0.5]
    values = controls.first_values({}) | shape
    fields = controls.fields_of(values, begun)
    assert (fields["weights"], fields["amplitudes"]) == ("2/5,3/10,1/5,1/10", "1.00,0.50")
    for k in ("13", "1000000", "x", ""):
        nothing = shape | {"k": k, "mode": controls.BY_RADIUS}
        assert controls.sliders_for(nothing, {}) == {}
        with pytest.raises(InputError, match="bars are for"):
            controls.fields_of(values | nothing, {})


def test_a_job_can_be_watched_cancelled_and_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Choice.read({"k": "5", "orbit": "all"})
    job = Job.radius(slow, certify=True)
    assert job.running()
    assert "progress" in page.running_html(job.words, job.seconds(), job.said())
    job.cancel()
    assert not job.running()
    assert job.process.poll() is not None
    assert job.result()["reason"] == "cancelled"
    monkeypatch.setattr(probe_job, "CAP", 0.2)
    capped = Job.radius(slow, certify=True)
    time.sleep(0.3)
    assert not capped.running()
    assert "the cap" in capped.result()["reason"]
    assert "No bracket" in page.result_html(capped.words, capped.result(), capped.ended)


def test_what_a_job_finds_is_marked() -> None:
    choice = Choice.read({"k": "3", "digits": "4"})
    job = Job.radius(choice, certify=True)
    while job.running():
        time.sleep(0.05)
    assert job.asked == choice.asked
    found = part("profile", choice, job.found())
    (fact,) = [fact for fact in found.facts if "background" in fact.name]
    assert fact.value.evidence is Evidence.CERTIFIED
    direct = gamma(choice.mixture, choice.kind, choice.gap, "simplex", 8)
    assert float(fact.value.low) <= direct.lower <= direct.upper <= float(fact.value.high)
    assert found.figure is not None
    assert fact.name in [series.label for series in found.figure.panels[0].series]
    assert json.loads(job.certificate())["claim"] == "radius"


def test_a_job_that_fails_says_why() -> None:
    job = Job.start(["overspec", "radius", "--k", "3", "--weights", "uniform", "--json"])
    while job.running():
        time.sleep(0.05)
    assert "sigma = 0" in job.result()["reason"]


def test_a_closed_page_leaves_no_job_behind() -> None:
    job = Job.start(["overspec", "radius", "--k", "5", "--weights", "one-heavy:9/10", "--certify"])
    process, folder = job.process, job.folder
    del job
    gc.collect()
    assert process.returncode not in (None, 0)
    assert not folder.exists()


def test_the_sweep_of_a_page_opens_where_it_was_made() -> None:
    for fields in ({}, {"weights": "2/5,3/10,1/10,1/5"}, {"weights": "linear", "k": "5"},
                   {"weights": "random:9", "k": "3"}, {"weights": "one-heavy:sqrt(2)/2"},
                   {"weights": "geometric:1/7"}, {"weights": "uniform", "k": "7"}):  # fmt: skip
        choice = Choice.read(fields)
        sweep = static.sweep_for(choice)
        i, j = sweep.first
        here = sweep.choices[i][j]
        assert list(here.mixture.weights.runs) == list(choice.mixture.weights.runs)
        assert sweep.sliders[0].values[i] == str(choice.mixture.k)
        assert {len(row) for row in sweep.choices} == {len(sweep.sliders[1].values)}


def test_an_exported_view_is_its_parts_and_cannot_end_the_script() -> None:
    choice = Choice.read({"k": "3", "weights": "1/2,3/10,1/5"})
    view = static.view(choice)
    shown = part("divergence", choice).figure
    assert shown is not None
    series = shown.panels[0].series[0]
    trace = view["divergence"]["figure"]["data"][0]
    assert trace["name"] == series.label
    assert trace["y"][0] == float(series.y[0])
    assert view["phase"]["figure"] is None
    hostile = static.plotly_json(figure())
    assert "</" not in json.dumps(hostile).replace("</", "<\\/")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--k", "1"], "k = 1"),
        (["--weights", "1/2,1/3"], "sum to 5/6"),
        (["--gap", "2"], "strictly between"),
        (["--port", "0"], "1 to 65535"),
        (["--host", "no.such.host.invalid"], "not known"),
        (["--host", "192.0.2.1"], "cannot listen"),
        (["--export", "/dev/null/x.html"], "cannot write"),
        (["--steps", "many"], "whole number"),
    ],
)
def test_bad_options_get_a_sentence(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["probe", "--no-browser", *options]) == 2
    assert says in capsys.readouterr().err


def test_a_port_that_is_taken_is_said_or_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match="cannot listen"):
            port_for("127.0.0.1", port)
    assert 1 <= port_for("127.0.0.1", None) <= 65535


def test_without_marimo_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert cli.main(["probe"]) == 2
    assert cli.main(["probe", "--export", str(tmp_path / "x.html")]) == 2
    assert capsys.readouterr().err.count('pip install "overspec[probe]"') == 2
    assert list(tmp_path.iterdir()) == []
