"""Lloyd at the simplex: closed forms against quadrature, the spectrum against Lloyd itself."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from numpy.typing import NDArray
from scipy.stats import norm
from sizes import slow_but

from overspec.errors import InputError
from overspec.proofs.language.analysis import Length
from overspec.proofs.language.derivation import Method
from overspec.proofs.language.expression import ONE, ZERO, Num
from overspec.proofs.language.statement import Relation, equals
from overspec.proofs.lloyd.any_k import by_class
from overspec.proofs.lloyd.fixed_point import (
    expected_maximum,
    lloyd_fixed_point,
    lloyd_radius,
    orthant,
    power_integral,
)
from overspec.proofs.lloyd.jacobian import (
    FF,
    MM,
    NN,
    lloyd_jacobian,
    lloyd_spectrum,
    rotations_alone,
)
from overspec.proofs.lloyd.parts import at_k, eigenvalue, multiplicity, roots_against_one
from overspec.proofs.lloyd.stability import lloyd_stability
from overspec.proofs.machinery.ball import Ball, line_integral
from overspec.verify.claims.found.scope import of_derivation
from overspec.verify.lloyd.stability import eigenvalues

Array = NDArray[np.float64]
LINE = np.linspace(-9, 9, 2001)


@pytest.mark.parametrize("build", [lloyd_fixed_point, lloyd_jacobian])  # K2: test_derivation
@pytest.mark.parametrize("k", slow_but([2, 3, 4, 5, 6], quick=[2]))  # 3, 4: in test_claims too
def test_the_derivations_stand_and_their_mutants_fall(build, k: int) -> None:  # type: ignore[no-untyped-def]
    derivation = build(k)
    assert derivation.recheck(seed=k) == ()
    if k <= 4:
        for name, mutant in derivation.mutants():
            found = {f.method for f in mutant.recheck()} - {Method.STATEMENT}
            assert found == {Method.SYMBOLIC, Method.WITNESS, Method.READING}, name


@pytest.mark.parametrize("k", [2, 3, 4])
def test_stability_is_stated(k: int) -> None:
    """Multiplicities that add up to all k(k − 1) motions; below 1 but on the rotations."""
    said = lloyd_jacobian(k).statement.text
    names = {"C": 1, "Ω": (k - 1) * (k - 2) // 2, "S": k * (k - 3) // 2, "τ": k - 1, "σ": k - 1}
    there = {name: size for name, size in names.items() if f"mult(λ_{name})" in said}
    assert sum(there.values()) == k * (k - 1)
    for name, size in there.items():
        assert f"mult(λ_{name}) = {size}" in said
        assert f"|λ_{name}| {'=' if name == 'Ω' else '<'} 1" in said


def test_roots_in_the_unit_disc() -> None:
    half, two = Num(Fraction(1, 2)), Num(Fraction(2))
    assert roots_against_one(3, half, ZERO) == "<"
    assert roots_against_one(3, ZERO, half) == "<"  # ±i/√2
    assert roots_against_one(3, two + 1, ONE + half) == ">"
    assert roots_against_one(3, ZERO, -two) == ">"
    with pytest.raises(ArithmeticError, match="overlap"):
        roots_against_one(3, ONE + half, half)  # 1 and ½: on the circle


@pytest.mark.parametrize("b", [1, 2, 3, 4])
@pytest.mark.parametrize("c", [0, 1, 2, 3])
def test_integrals_against_the_trapezoidal_rule(b: int, c: int) -> None:
    for a in range(4):
        values = LINE**a * norm.pdf(LINE) ** b * norm.cdf(LINE) ** c
        measured = float(values.sum() * (LINE[1] - LINE[0]))
        assert float(power_integral(a, b, c).evalf()) == pytest.approx(measured, abs=1e-13)


def test_closed_forms_of_the_expected_maximum() -> None:
    third = sympy.asin(sympy.Rational(1, 3)) / sympy.pi
    root = sympy.sqrt(sympy.pi)
    stated = {
        2: 1 / root,
        3: 3 / (2 * root),
        4: 3 / root * (sympy.S.Half + third),
        5: 5 / root * (sympy.Rational(1, 4) + 3 * third / 2),
    }
    for k, value in stated.items():
        assert sympy.expand(expected_maximum(k) - value) == 0
        density = k * norm.pdf(LINE) * norm.cdf(LINE) ** (k - 1)
        measured = float((LINE * density).sum() * (LINE[1] - LINE[0]))
        assert float(value.evalf()) == pytest.approx(measured, abs=1e-13)
    assert str(lloyd_radius(4).evalf(11)) == "1.1886202974"


def test_orthants_of_known_value() -> None:
    half = sympy.Rational(1, 2)
    assert [orthant(c, sympy.Integer(1)) for c in (1, 2, 3)] == [half, half, half]
    assert orthant(3, half) == sympy.Rational(1, 4)  # P(ξ_0 is the least of four)
    assert orthant(2, half) == sympy.Rational(1, 3)
    with pytest.raises(InputError, match="at most 3"):
        orthant(4, half)
    with pytest.raises(InputError, match="k <= 5"):
        expected_maximum(6)


def lloyd_map(centres: Array) -> Array:
    """One Lloyd step on N(0, I_2): cells are intervals on each line x_1 = const."""
    x = np.linspace(-8.5, 8.5, 40_001)
    result = np.zeros_like(centres)
    for i, c in enumerate(centres):
        low, high = np.full_like(x, -np.inf), np.full_like(x, np.inf)
        for j, e in enumerate(centres):
            if j == i:
                continue
            n, level = c - e, (c @ c - e @ e) / 2  # the cell: ⟨x, n⟩ > level
            if abs(n[1]) < 1e-14:
                inside = n[0] * x > level
                low = np.where(inside, low, np.inf)
                continue
            cut = (level - n[0] * x) / n[1]
            if n[1] > 0:
                low = np.maximum(low, cut)
            else:
                high = np.minimum(high, cut)
        high = np.maximum(low, high)
        mass = norm.pdf(x) * (norm.cdf(high) - norm.cdf(low))
        up = norm.pdf(x) * (norm.pdf(low) - norm.pdf(high))
        result[i] = [(x * mass).sum(), up.sum()] / mass.sum()
    return result


def test_the_spectrum_against_lloyd_itself() -> None:
    """k = 3, d = 2: central differences of the map at the fixed point; nothing is shared."""
    radius = float(lloyd_radius(3).evalf())
    angles = 2 * np.pi * np.arange(3) / 3 + 0.4
    simplex = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert np.allclose(lloyd_map(simplex), simplex, atol=1e-6)
    assert np.allclose(lloyd_map(2 * simplex), simplex, atol=1e-6)  # any radius, one image
    step, columns = 1e-2, []
    for a in range(6):
        move = np.zeros(6)
        move[a] = step
        ahead, behind = (lloyd_map(simplex + s * move.reshape(3, 2)) for s in (1, -1))
        columns.append((ahead - behind).ravel() / (2 * step))
    measured = np.sort(np.linalg.eigvals(np.array(columns).T).real)
    exact = sorted(float(e.value.evalf()) for e in lloyd_spectrum(3) for _ in range(e.multiplicity))
    assert np.allclose(measured, exact, atol=1e-3)


@pytest.mark.parametrize("k", slow_but([2, 3, 4, 5], [2, 3]))
def test_only_rotations_are_neutral(k: int) -> None:
    spectrum = lloyd_spectrum(k)
    assert sum(e.multiplicity for e in spectrum) == k * (k - 1)
    assert rotations_alone(k)
    assert sum(e.multiplicity for e in spectrum if e.value == 1) == (k - 1) * (k - 2) // 2
    assert all(bool(e.value >= 0) for e in spectrum)


def _general(k: int) -> dict[Any, Any]:
    """The equations of K2 for every k, at one."""
    (said,) = (s for s in lloyd_stability(k).statement.parts[0].parts[:1])  # type: ignore[attr-defined]
    return {r.lhs: r.rhs for r in said.then.parts if r.kind == "="}


@pytest.mark.parametrize("k", [3, 4, 5, 6])
def test_every_k_against_the_derivation_of_one(k: int) -> None:
    """What is proved for a symbolic k is at each k what the derivation of that k says."""
    general = _general(k)
    for relation in lloyd_jacobian(k).statement.parts[0].parts:  # type: ignore[attr-defined]
        if relation.kind == "=" and relation.lhs in general:
            assert at_k(k, general[relation.lhs] - relation.rhs) == ZERO, relation.text
    names = ("C", "Omega", "tau", "sigma") if k == 3 else ("C", "Omega", "S", "tau", "sigma")
    assert {multiplicity(name) for name in names} <= set(general)


@pytest.mark.parametrize("k", slow_but([3, 4, 7, 12, 23, 40], quick=[4, 7]))
def test_every_k_against_the_certified_spectrum(k: int) -> None:
    """`verify.lloyd` lets J act on one vector of each kind, in balls of its own."""
    general, found = _general(k), {mode.name: mode for mode in eigenvalues(k, 12)}
    at = {
        MM: float((line_integral((1, 1, k - 1)) * k).value),
        NN: float(line_integral((0, 3, k - 3)).value),
        FF: float(line_integral((0, 4, k - 4)).value) if k > 3 else 0.0,
    }

    def value(e: Any) -> float:
        numbers = {name: Num(Fraction(number)) for name, number in at.items()}
        return float(at_k(k, e.put(numbers)).number)  # type: ignore[attr-defined]

    one, two = eigenvalue("tau"), eigenvalue("sigma")
    ups, down = (float(found[name].value.value) for name in ("vertex+", "vertex-"))  # type: ignore[union-attr]
    assert value(general[one + two]) == pytest.approx(ups + down, abs=1e-9)
    assert value(general[one * two]) == pytest.approx(ups * down, abs=1e-9)
    sizes = {"rotation": "Omega", "pairs": "S", "vertex+": "tau", "scaling": "C"}
    for name, part in sizes.items():
        if name in found:
            assert found[name].multiplicity == value(general[multiplicity(part)])
    if k > 3:
        assert value(general[eigenvalue("S")]) == pytest.approx(
            float(found["pairs"].value.value),
            abs=1e-9,  # type: ignore[union-attr]
        )


def test_the_bounds_are_said_and_lost_with_what_they_rest_on() -> None:
    derivation = lloyd_stability(3)
    assert of_derivation(derivation, (3,)).k == "any"
    said = derivation.statement.parts[0].parts[0]  # type: ignore[attr-defined]
    for name in ("S", "tau", "sigma"):
        assert Relation(Length(eigenvalue(name)), "<", ONE) in said.then.parts
    for name, number in (("C", ZERO), ("Omega", ONE)):  # in the disc, and on its edge
        assert equals(eigenvalue(name), number) in said.then.parts
    assert "|λ_S|, |λ_τ|, |λ_σ| < 1" in said.text
    assert "λ_C = 0 (mult 1), λ_Ω = 1 (mult ½(k − 1)(k − 2))" in said.text
    assert "attracts every start near it" in derivation.statement.text
    faults = dict(derivation.faulty)
    for name in ("the variance on a facet twice", "a translation as if R_0 were 0"):
        weaker = faults[name]().statement
        assert "|λ_σ|" not in weaker.text
        assert "attracts" not in weaker.text


@pytest.mark.parametrize("k", slow_but([3, 10, 40, 200], quick=[10]))
def test_the_variance_on_a_facet_and_the_mean(k: int) -> None:
    """What Brascamp and Lieb bound, by the facet moments; E Z m_k = Var max − 1 by quadrature."""
    m = line_integral((1, 1, k - 1)) * k
    w, n = line_integral((0, 2, k - 2)), line_integral((0, 3, k - 3))
    f = line_integral((0, 4, k - 4)) if k > 3 else Ball.of(0)
    mean = n * (k - 2) / (w * 2) - m
    # ⟨σ, Jσ⟩ = E Z², from the second moments on the facet
    square = (w + f * (k * (k - 3)) * Fraction(1, 3)) / (w * 2) * Fraction(k - 2, k)
    spread = line_integral((2, 1, k - 1)) * k - m * m
    assert mean * m == spread - 1
    assert square - (mean + m) * (mean + m) < Fraction(1, 2) - Fraction(1, k)


def test_every_k_is_about_every_k() -> None:
    """Sums by class against loops, and K1 and K2 from the same theorem whatever k is given."""
    for k in (4, 5, 9):
        total = by_class(lambda a: 7 if a == 0 else 3 if a == 2 else 1, (0, 1, 2, 3), k)
        assert total == sum(7 if a == 0 else 3 if a == 2 else 1 for a in range(k))
    for build in (lloyd_fixed_point, lloyd_stability):
        assert len({build(k).statement.text for k in (2, 3, 11)}) == 1
        assert build(5).every_k
    assert not lloyd_jacobian(3).every_k
