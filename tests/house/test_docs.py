"""docs/math.md is read on GitHub: every formula stands in dollars and parses there."""

import re
from pathlib import Path

import pytest
from latex2mathml.converter import convert
from pylatexenc.latexwalker import LatexWalker

pytestmark = pytest.mark.quick

TEXT = (Path(__file__).parents[2] / "docs" / "math.md").read_text(encoding="utf-8")
FORMULA = re.compile(r"\$\$([^\n]+?)\$\$|\$([^$\n]+?)\$")  # none runs over a line's end
PLAIN = re.compile(r"`[^`]*`")
#: What is mathematics wherever it stands: Greek, indices, accents, relations and operators.
RAW = re.compile("[α-ωΑ-Ωℓ∇∂∑∏∫√∞≤≥≠≈≡≪≫⪯⪰≺≻∈∉⊂→↦⟨⟩‖⌊⌋×·−±²³⁴⁰¹₀-₉½¼¾ᵀ̂̄_^=<]")
#: What Markdown takes for itself inside a formula: its escapes, its emphasis.
TAKEN = re.compile(r"\\[{}|,;:!*_]|\*|[)}\]]_")


def _formulas(text: str) -> list[str]:
    return [" ".join((a or b).split()) for a, b in FORMULA.findall(PLAIN.sub("", text))]


def test_no_mathematics_stands_outside_dollars() -> None:
    outside = FORMULA.sub("", PLAIN.sub("", TEXT))
    assert "$" not in outside
    wrong = [line for line in outside.splitlines() if RAW.search(line)]
    assert not wrong


def test_every_formula_parses() -> None:
    found = _formulas(TEXT)
    assert len(found) > 250
    for tex in found:
        LatexWalker(tex, tolerant_parsing=False).get_latex_nodes()
        assert convert(tex).startswith("<math")
        assert tex.count("{") == tex.count("}"), tex
        assert not TAKEN.search(tex), tex


def test_cells_of_a_table_hold_no_bars() -> None:
    """A bar inside a formula would end the cell."""
    rows = [line for line in TEXT.splitlines() if line.startswith("|")]
    assert len(rows) > 18
    for row in rows:
        assert row.count("|") == 3, row


def test_displays_stand_alone() -> None:
    for line in TEXT.splitlines():
        if "$$" in line:
            assert re.fullmatch(r"\s*\$\$.+\$\$", line), line


@pytest.mark.parametrize(
    "label",
    [*(f"S{n}" for n in range(1, 9)), *(f"T{n}" for n in range(1, 8)),
     *(f"K{n}" for n in range(1, 5)), "Q1", "Q2", "Q3", "Q4", "G", *(f"I{n}" for n in range(1, 8))],
)  # fmt: skip
def test_every_label_has_its_place(label: str) -> None:
    assert re.search(rf"\*\*{label}\b", TEXT), label


def test_the_checks_notice() -> None:
    """What they forbid is found."""
    for raw in ("the rate θ_t", "π̂_m is 0", "k ≥ 2", "a_m", "x = 0"):
        assert RAW.search(raw)
    for tex in (r"\{0\}", r"a\,b", r"\hat{\pi}_m", "u^*"):
        assert TAKEN.search(tex)
