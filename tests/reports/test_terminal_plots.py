"""--plot: in the terminal, in a file, for radius and sweep; and what it refuses."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sizes import slow_but

from overspec import InputError
from overspec.cli import main
from overspec.commands.shared import plot as plots
from overspec.evidence import Evidence, Provenance
from overspec.figure import FigureData, Panel, Series
from overspec.reports.figures.sweep import table_figure
from overspec.reports.figures.terminal import sketch

SPEC = """[[grid]]
k = [10, 1000]
weights = ["one-heavy:9/10", "one-heavy:3/4"]
gap = ["3/4", "9/10"]
orbit = ["simplex"]
"""


def figure(*series: Series, x: str = "linear", y: str = "linear") -> FigureData:
    return FigureData("f", "T", "", "x", "y", x, y, False, (Panel("", series),), Provenance("", ""))


def curve(label: str, style: str, *points: tuple[float, float]) -> Series:
    return Series(label, style, *(tuple(map(str, column)) for column in zip(*points, strict=True)))


def rows(text: str) -> list[str]:
    return [line.partition("│")[2] for line in text.splitlines() if "│" in line]


def test_points_stand_where_the_numbers_say() -> None:
    plane = rows(sketch(figure(curve("p", "points", (0, 0), (10, 1), (5, 0.5))), 11, 5))
    assert [(row.index("o"), n) for n, row in enumerate(plane) if "o" in row] == [
        (10, 0), (5, 2), (0, 4),
    ]  # fmt: skip


def test_logarithmic_axes_put_a_power_law_on_the_diagonal() -> None:
    law = curve("p", "points", *((10.0**n, 10.0 ** (2 * n)) for n in range(4)), (0, 1), (-1, -1))
    text = sketch(figure(law, x="log", y="log"), 16, 4)
    assert [row.rstrip() for row in rows(text)] == [
        " " * 15 + "o",
        " " * 10 + "o",
        " " * 5 + "o",
        "o",
    ]
    assert "1e+06" in text


def test_a_line_is_joined_by_dots_and_named_once() -> None:
    plane = rows(
        sketch(figure(curve("l", "line", (0, 0), (1, 0)), curve("", "guide", (0, 1), (1, 1))), 9, 3)
    )
    assert plane[2][0] == "o"
    assert set(plane[2][1:-1]) <= {chr(c) for c in range(0x2801, 0x2900)}
    assert set(plane[0]) <= {chr(c) for c in range(0x2801, 0x2900)}
    assert plane[1].strip() == ""


def test_a_single_point_and_no_point() -> None:
    assert "o" in sketch(figure(curve("p", "points", (1, 1))))
    assert "no points" in sketch(figure(curve("p", "points", (-1, 1)), x="log"))


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, standard output and standard error of a command."""

    def command(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return command


def test_radius_draws_its_threshold_and_gamma(run: Run) -> None:
    line = ("radius", "--k", "2", "--weights", "9/10,1/10", "--kind", "factor", "--gap", "0.9")
    code, out, _ = run(*line, "--plot")
    assert code == 0
    assert "+ γ" in out
    assert "× threshold cσ" in out
    code, out, err = run(*line, "--json", "--plot")
    assert float(json.loads(out)["lower"]) == pytest.approx(0.6141, abs=1e-3)
    assert "+ γ" in err


FILES = [("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<svg xmlns")]


@pytest.mark.parametrize(("name", "magic"), slow_but(FILES, FILES[2:], True))
def test_radius_writes_a_file(run: Run, tmp_path: Path, name: str, magic: bytes) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra figures)")
    line = ("radius", "--k", "3", "--weights", "1/2,3/10,1/5", "--certify", "--gap", "0.99")
    code, _, _ = run(*line, "--plot", str(tmp_path / name))
    assert code == 0
    assert (tmp_path / name).read_bytes().startswith(magic)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("target", "words"), [("a.jpg", "must end with"), ("/dev/null/a.png", "cannot write")]
)
def test_a_wrong_file_is_refused_before_the_work(run: Run, target: str, words: str) -> None:
    code, out, err = run("radius", "--k", "4", "--weights", "linear", "--plot", target)
    assert (code, out) == (2, "")
    assert words in err


def test_without_matplotlib_the_terminal_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="in the terminal"):
        plots.check_plot("a.png")
    plots.check_plot(plots.TERMINAL)


def test_sweep_draws_its_table(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SPEC)
    folder = f"{tmp_path}/out"
    code, out, _ = run("sweep", f"{tmp_path}/s.toml", "--out", folder, "--jobs", "1", "--plot")
    assert code == 0
    for word in ("number of components k", "one-heavy:3/4, c = 3/4", "one-heavy:9/10, c = 9/10"):
        assert word in out


def row(**values: object) -> dict[str, object]:
    given = {"k": 10, "d": 9, "frequencies": "", "weights": "one-heavy:1/2", "kind": "factor",
             "gap": "1/2", "orbit": "simplex", "lower": "1", "upper": "1", "bound": "0.1",
             "evidence": "measured"}  # fmt: skip
    return given | values


def test_the_axis_is_what_varies_most() -> None:
    made = Provenance("", "")
    data = table_figure([row(gap=gap, k=k) for gap in ("1/4", "1/2", "3/4") for k in (5, 9)], made)
    assert (data.x_label, data.x_scale) == ("gap c", "linear")
    labels = [series.label for series in data.panels[0].series]
    assert labels == ["k = 5", "k = 9", "lower bound", "limit k → ∞"]
    assert data.panels[0].series[2].evidence is Evidence.PROVED
    data = table_figure([row(k=k) for k in (2, 10**6)] + [row(k=9, upper="inf")], made)
    assert (data.x_label, data.x_scale) == ("number of components k", "log")
    assert re.match("2 of 3 answers; 1 are infinite", data.caption)
    assert "Common to all: every factor at least cσ; one-heavy:1/2; c = 1/2;" in data.caption


def test_against_d_the_actions_of_one_mixture_make_one_curve() -> None:
    table = [row(d=d, k=5, frequencies=f) for d, f in ((2, "1"), (4, ""), (9, ""))]
    data = table_figure(table, Provenance("", ""))
    assert data.x_label == "dimension d"
    assert data.panels[0].series[0].x == ("2", "4", "9")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([row(), row()], "nothing varies"),
        ([row(upper="inf")], "no answer is finite"),
        ([row(kind="least"), row(k=2)], "do not share"),
    ],
)
def test_what_cannot_be_drawn(table: list[dict[str, object]], words: str) -> None:
    with pytest.raises(InputError, match=words):
        table_figure(table, Provenance("", ""))
