"""The second reading of every step shares no function with the first, and finds what it misses."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
import sympy
from sizes import slow_but

from overspec.proofs.catalogue import DERIVATIONS
from overspec.proofs.language.derivation import Derivation, Method
from overspec.proofs.language.expression import Expr
from overspec.proofs.language.operators import W
from overspec.proofs.language.reading.shared import shared
from overspec.proofs.language.render import letter
from overspec.proofs.language.statement import equals
from overspec.proofs.language.theorem import Theorem
from overspec.proofs.lloyd import facets
from overspec.proofs.lloyd.fixed_point import power_integral
from overspec.proofs.machinery.ball import Ball, line_integral
from overspec.proofs.questions.orthogonal_models import Words
from overspec.proofs.rates import quartic_forms

pytestmark = pytest.mark.quick

LABELS = sorted(DERIVATIONS)

#: Functions that both methods may run on a step, with the reason; none is needed.
ALLOWED: dict[str, str] = {}


@pytest.mark.parametrize("k", slow_but([2, 3, 4], quick=[2]))
@pytest.mark.parametrize("label", slow_but(LABELS, lambda label: label != "K2"))
def test_the_two_methods_share_no_function(label: str, k: int) -> None:
    derivation = DERIVATIONS[label](k)
    found = derivation.shares
    assert len(found) == len(derivation.steps)
    assert {name for names in found for name in names} <= set(ALLOWED)


def test_what_may_be_shared_is_little() -> None:
    assert len(ALLOWED) <= 3
    assert all(ALLOWED.values())


@dataclass(frozen=True)
class Unread(Expr):
    """The number 1, with no second reading."""

    def value(self, m: Any, env: Any) -> Any:
        return 1

    def box(self) -> Any:
        return letter("u")


@dataclass(frozen=True)
class Same(Expr):
    """A node that both methods evaluate by one function: what the trace must find."""

    def value(self, m: Any, env: Any) -> Any:
        return line_integral.__wrapped__((0, 1, 1))

    again = value


def test_a_function_that_both_run_is_found() -> None:
    derivation = DERIVATIONS["S2"](2)
    step = replace(derivation.steps[0], equation=equals(Same(), 1))
    found = shared(step, derivation.model, derivation.read_at(0))
    assert "machinery.ball.line_integral" in found


def _failed(derivation: Derivation) -> set[Method]:
    return {failure.method for failure in derivation.recheck()}


@pytest.mark.parametrize("label", ["S1", "S5", "S6", "T1a", "T2a", "T3", "T7"])
def test_a_wrong_posterior_fails_at_once(
    label: str, monkeypatch: pytest.MonkeyPatch, forget: Callable[[], None]
) -> None:
    """w ∝ π²E satisfies every identity that w ∝ πE does; T2a never mentions w and rests on it."""

    def squared(m: Any) -> tuple[Any, ...]:
        parts = [p * p * e for p, e in zip(m.pi, m.boltzmann, strict=True)]
        return tuple(part / sum(parts) for part in parts)

    derivation = DERIVATIONS[label](2)
    assert _failed(derivation) == set()
    monkeypatch.setattr("overspec.proofs.machinery.calculus.responsibilities", squared)
    forget()
    found = _failed(derivation)
    assert Method.DEFINITION in found
    uses = any(node == W for step in derivation.steps for node in step.equation.walk())
    assert (Method.READING in found) == uses
    assert uses == (label != "T2a")


def _of_order_two(self: Any, m: Any, env: Any) -> Any:
    gap = int(self.i.value(m, env) - self.j.value(m, env))
    return m.pi[gap % m.k] * m.pi[-gap % m.k]


def _others(self: Any, m: Any, env: Any) -> Any:
    return sum(1 for i in range(m.k) if not env["D"] >> i & 1)


def _shares(pi: Any, energies: Any) -> Any:
    terms = [p * p * e for p, e in zip(pi, energies, strict=True)]
    return tuple(term / sum(terms) for term in terms)


#: Each keeps the steps true, so that neither the identities nor the instances notice.
CONSISTENT = {
    "T2a: another symmetric matrix": ("T2a", quartic_forms.Coupling, "value", _of_order_two),
    "T3: another filter": (
        "T3",
        "overspec.proofs.rates.gradient_dominance.Filter",
        "value",
        lambda self, m, env: tuple(3 * (m.u[j] + m.u[-j % m.k]) for j in range(m.k)),
    ),
    "T1a: cosets with twice the weights": (
        "T1a",
        "overspec.proofs.rates.cosets.CosetWeight",
        "value",
        lambda self, m, env: 2 * sum(m.pi[j] for j in range(m.k)),
    ),
    "Q1o: w ∝ π²E": (
        "Q1o",
        Words,
        "w",
        property(lambda self: _shares(self.pi, self.boltzmann)),
    ),
}


@pytest.mark.parametrize("name", CONSISTENT)
def test_a_node_that_computes_another_thing(
    name: str, monkeypatch: pytest.MonkeyPatch, forget: Callable[[], None]
) -> None:
    label, owner, attribute, wrong = CONSISTENT[name]
    derivation = DERIVATIONS[label](3)
    place = f"{owner}.{attribute}" if isinstance(owner, str) else None
    if place is not None:
        monkeypatch.setattr(place, wrong)
    else:
        monkeypatch.setattr(owner, attribute, wrong)
    forget()
    assert Method.READING in _failed(derivation)


@pytest.mark.slow
def test_a_wrong_facet_moment_is_found(
    monkeypatch: pytest.MonkeyPatch, forget: Callable[[], None]
) -> None:
    """Facet moments went through one function; now they are integrals in the second reading."""
    derivation = DERIVATIONS["K2"](3)
    assert derivation.recheck() == ()
    right = facets._moments

    def wrong(k: int, j: int) -> Any:
        first, second = right(k, j)
        return [value * Fraction(1001, 1000) for value in first], second

    monkeypatch.setattr(facets, "_moments", wrong)
    forget()
    assert _failed(derivation) == {Method.READING}


def test_what_has_no_second_reading_fails() -> None:
    derivation = DERIVATIONS["S2"](2)
    (step,) = derivation.steps
    unread = Theorem(equals(Unread(), 1), step=replace(step, equation=equals(Unread(), 1)))
    (failure,) = replace(derivation, theorem=unread).recheck()
    assert failure.method == Method.READING
    assert "no second reading" in failure.detail


@pytest.mark.parametrize(
    "powers", [(0, 2, 0), (0, 2, 1), (0, 2, 2), (0, 3, 1), (1, 2, 2), (2, 2, 2), (0, 4, 1)]
)
def test_integrals_are_those_of_the_closed_forms(powers: tuple[int, int, int]) -> None:
    value = sympy.N(power_integral(*powers), 40)
    found = line_integral(powers).value
    assert abs(float(found.mid()) - float(value)) < 1e-15
    assert float(found.rad()) < 1e-40


def test_balls_that_are_too_wide_are_not_compared() -> None:
    with pytest.raises(ArithmeticError, match="too wide"):
        _ = Ball(Ball.of(1).value.union(Ball.of(2).value)) == Ball.of(1)
    assert Ball.of(Fraction(1, 3)) != Ball.of(Fraction(1, 3)) + Fraction(1, 10**20)


def test_the_densities_are_true_ones() -> None:
    at = DERIVATIONS["S1"](3).read_at(4)
    assert sum(at.posterior) == 1
    for j in range(3):
        inner = sum(a * b for a, b in zip(at.x, at.turned(at.theta, j), strict=True))
        assert at.boltzmann[j] == at.exponential(inner)
    assert at.turned(at.x, 3) == at.x
