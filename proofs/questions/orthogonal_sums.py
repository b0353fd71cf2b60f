"""The terms of Q1o as index sums, for every k and every family of orthogonal T_j.

The words are T_jᵀx, T_pᵀT_qθ (θ for p = q) and ⟨T_pθ, T_qθ⟩ (|θ|² for p = q); of the exponentials
only ``dE_j = E_j ⟨dx, T_jθ⟩`` is used, of w that ``w_j = π_jE_j/S``.
"""

from __future__ import annotations

from overspec.proofs.language.every import sums
from overspec.proofs.language.every.atoms import GRAM, ORTHOGONAL, WORD
from overspec.proofs.language.every.calculus import responsibility
from overspec.proofs.language.every.evaluate import over_all
from overspec.proofs.language.every.forms import Form
from overspec.proofs.language.every.sums import Sums, atom


def _word(p: Form, q: Form) -> Sums:
    """``T_pᵀT_qθ``."""
    return atom(WORD, 0, ORTHOGONAL, (p, q), "theta", (), rank=1)


def _gram(p: Form, q: Form) -> Sums:
    """``⟨T_pθ, T_qθ⟩``."""
    return atom(GRAM, ORTHOGONAL, "theta", (), (p, q), "theta", ())


def _pulled(j: Form) -> Sums:
    """``T_jᵀx``."""
    return atom(WORD, 0, ORTHOGONAL, (j,), "x", (), rank=1)


def point() -> Sums:
    """θ."""
    return sums.vector("theta")


def pulled() -> Sums:
    """``Σ_j w_jT_jᵀx``."""
    return over_all(lambda j: responsibility(j) * _pulled(j))


def square() -> Sums:
    """``A_wᵀA_wθ``."""
    return over_all(
        lambda j: over_all(lambda i: responsibility(j) * responsibility(i) * _word(j, i))
    )


def partial_() -> Sums:
    """The same without the terms i = j."""
    return square() - over_all(lambda j: responsibility(j) ** 2) * point()


def flux() -> Sums:
    """``G⁻¹Σ_jT_jᵀ∇(w_jG)``: ``∇w_j = w_j(T_jθ − Σ_iw_iT_iθ)`` and ``∇G = −Gx``."""

    def slope(j: Form) -> Sums:
        own = responsibility(j) * _word(j, j)
        others = over_all(lambda i: responsibility(j) * responsibility(i) * _word(j, i))
        return own - others - responsibility(j) * _pulled(j)

    return over_all(slope)


def divergence() -> Sums:
    """``∇·A_wθ = Σ_j⟨∇w_j, T_jθ⟩``."""

    def slope(j: Form) -> Sums:
        others = over_all(lambda i: responsibility(i) * _gram(i, j))
        return responsibility(j) * (_gram(j, j) - others)

    return over_all(slope)


def length2() -> Sums:
    """``|θ|²``."""
    return _gram((), ())


def image2() -> Sums:
    """``|A_wθ|²``."""
    return over_all(
        lambda j: over_all(lambda i: responsibility(j) * responsibility(i) * _gram(i, j))
    )


def gap2(i: Form, j: Form) -> Sums:
    """``|T_iθ − T_jθ|²``."""
    return _gram(i, i) + _gram(j, j) - 2 * _gram(i, j)
