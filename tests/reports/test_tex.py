"""Any text becomes TeX that parses, prints the text and contains no command of its own."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pylatexenc.latexwalker import LatexWalker

from overspec.reports.content.mathematics import pieces
from overspec.reports.printing.tex import Tex, escape

pytestmark = pytest.mark.quick


def parses(source: str) -> bool:
    LatexWalker(source, tolerant_parsing=False).get_latex_nodes()
    return True


@given(st.text())
def test_any_text_parses_and_is_ascii(text: str) -> None:
    escaped = escape(text)
    assert escaped.isascii()
    assert parses(escaped)


@given(st.text(alphabet='\\{}$&#%_^~abc"<> \n'))
def test_no_special_character_stays_active(text: str) -> None:
    named = (
        r"\\(textbackslash|textasciicircum|textasciitilde|textquotedbl)\{\}|\\ensuremath\{[<>]\}"
    )
    rest = re.sub(named, "", escape(text))
    rest = re.sub(r"\\ensuremath\{[abc][_^]\{[abc]\}\}", "", rest)
    assert re.sub(r"\\[{}$&#%_]", "", rest).strip("abc ") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words, 1/2", "plain words, 1/2"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("θ", r"\ensuremath{\theta}"),
        ("a_m, π̂_m", r"\ensuremath{a_{m}}, \ensuremath{\hat{\pi}_{m}}"),
        ("R^k = I", r"\ensuremath{R^{k}} = I"),
        ("Łojasiewicz", r"\L{}ojasiewicz"),
        ("a ≠ b, x ∉ Y", r"a \ensuremath{\neq} b, x \ensuremath{\notin} Y"),
        ("R^{-j}x", r"\ensuremath{R^{-j}}x"),
        ("e^{c|x|}, e^{−t²/2}", r"\ensuremath{e^{c|x|}}, \ensuremath{e^{-t^{2}/2}}"),
        ("π_jπ_{j+r}", r"\ensuremath{\pi_{j}}\ensuremath{\pi_{j+r}}"),
        ("e^{²²}", r"e\textasciicircum{}\{\ensuremath{^{2}}\ensuremath{^{2}}\}"),
        ("Σ_jw_jf_j", r"\ensuremath{\Sigma_{j}}\ensuremath{w_{j}}\ensuremath{f_{j}}"),
        ("½e^{−t²}", r"\ensuremath{\tfrac12}\ensuremath{e^{-t^{2}}}"),
        ("x ↦ h''(x)", r"x \ensuremath{\mapsto} h'{}'(x)"),
        ("|x| “y”", r"\textbar{}x\textbar{} \textquotedblleft{}y\textquotedblright{}"),
        ("A_wᵀ", r"\ensuremath{A_{w}}\ensuremath{^{\mathsf{T}}}"),
        ("rate_measured", r"rate\_measured"),
        ("--k 2:5 — all", r"-{}-k 2:5 \textemdash{} all"),
        ("ŵ", r"\ensuremath{\hat{w}}"),
        ("Q₁ ≥ 10⁻⁴", r"Q\ensuremath{_{1}} \ensuremath{\geq} 10\ensuremath{^{-}}\ensuremath{^{4}}"),
        ("é", "e"),
        ("漢", "[U+6F22]"),
    ],
)
def test_examples(text: str, expected: str) -> None:
    assert escape(text) == expected


@pytest.mark.parametrize(
    ("tex", "parts"),
    [
        ("a = b", ["a", "= b"]),
        (r"M(\theta)=\theta, \quad x \le y", [r"M(\theta)", r"=\theta,", r"\quad x", r"\le y"]),
        (r"\sum_{j=0}^{k} (a=b) \left|c=d\right|", [r"\sum_{j=0}^{k} (a=b) \left|c=d\right|"]),
        ("[0, 1) = x", ["[0, 1)", "= x"]),
        ("(0, 1] = [x", ["(0, 1] = [x"]),
        ("-a+b", ["-a", "+b"]),
    ],
)
def test_formulas_are_cut_outside_of_brackets_only(tex: str, parts: list[str]) -> None:
    assert pieces(tex, 1) == parts


@given(st.text(alphabet="ab=+-,(){}[]| \\le", max_size=40))
def test_pieces_of_a_formula_put_together_are_the_formula(tex: str) -> None:
    for width in (1, 5, 100):
        assert "".join(pieces(tex, width)).replace(" ", "") == tex.replace(" ", "")


def test_tex_passes_unchanged_and_escape_is_idempotent() -> None:
    formula = Tex(r"\[ x_1^2 \]")
    assert escape(formula) is formula
    assert escape(escape("of_it")) == r"of\_it"
