"""Formulas in running words: found, in TeX that parses, and nothing left outside the dollars."""

import pytest
from pylatexenc.latexwalker import LatexWalker

from overspec.proofs.catalogue import DERIVATIONS
from overspec.proofs.machinery.prose import MATHEMATICAL, in_dollars, to_tex
from overspec.reports.content.mathematics import is_safe

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("label", sorted(DERIVATIONS))
def test_the_words_of_every_step_are_typeset(label: str) -> None:
    found = DERIVATIONS[label](4)
    said = [(s.words, s.words_tex) for s in found.steps]
    said += [(s.rule, s.rule_tex) for s in found.steps]
    said += [(str(h), h.tex) for h in found.lemmas]
    said += zip(found.hypotheses, found.hypotheses_tex, strict=True)
    for plain, tex in said:
        LatexWalker(tex, tolerant_parsing=False).get_latex_nodes()
        words, formulas = tex.split("$")[::2], tex.split("$")[1::2]
        assert all(map(is_safe, formulas)), tex
        assert not any(MATHEMATICAL.search(part.replace("/", "")) for part in words), tex
        assert bool(formulas) or tex == plain


@pytest.mark.parametrize("label", sorted(DERIVATIONS))
def test_every_hypothesis_has_a_source(label: str) -> None:
    assert all(h.source and len(h.words) > 20 for h in DERIVATIONS[label](3).lemmas)


def test_convergence_is_a_hypothesis_of_the_laws_that_need_it() -> None:
    for label in ("Q1f", "Q2u"):
        assert "convergence" in [h.name for h in DERIVATIONS[label](3).lemmas]


@pytest.mark.parametrize(
    ("plain", "tex"),
    [
        ("xG = −∇G at every x.", r"$xG = -\nabla G$ at every $x$."),
        ("A is a polynomial in R.", r"$A$ is a polynomial in $R$."),
        ("A variance is a sum over pairs", "A variance is a sum over pairs"),
        ("by S6 and T1a, k = 2", "by S6 and T1a, $k = 2$"),
        ("entries (a, b) of S", "entries $(a, b)$ of $S$"),
        ("∇L (S2, S6)", r"$\nabla L$ (S2, S6)"),
        ("tr Σ = |θ|²", r"$\mathrm{tr}\, \Sigma= |\theta |^{2}$"),
        ("(S6), and û_m", r"(S6), and $\hat{u}_{m}$"),
        ("at u* ≠ 0: u*ᵀCu*", r"at $u^{*} \ne 0$: $u^{*T}Cu^{*}$"),
    ],
)
def test_formulas_are_told_from_words(plain: str, tex: str) -> None:
    assert in_dollars(plain) == tex


@pytest.mark.parametrize(
    ("plain", "tex"),
    [
        ("√(2ℓ)", r"\sqrt{2\ell}"),
        ("C_ml, π̂_2m", r"C_{ml}, \hat{\pi}_{2m}"),
        ("½Σ_j π_j", r"\tfrac{1}{2}\sum_{j} \pi_{j}"),
        ("e^{⟨x,R^jθ⟩}", r"e^{\langle x,R^{j}\theta\rangle}"),
        ("x₁²", "x_{1}^{2}"),
        ("λ_max(DM)", r"\lambda_{\max}(DM)"),
    ],
)
def test_tex_of_a_formula(plain: str, tex: str) -> None:
    assert to_tex(plain).replace(r"\theta \rangle", r"\theta\rangle") == tex
