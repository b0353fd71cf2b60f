"""Certificates for tests, each made once; and what a forger needs to change them."""

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import overspec as ov
from overspec import Energies, Mixture
from overspec.decimals import Number, decimal_interval
from overspec.verify.certificates import write
from overspec.verify.certificates.write import digest, dyadic_text
from overspec.verify.certificates.write_radius import of_radius
from overspec.verify.enclosures.evaluate import certified_evaluation
from overspec.verify.gallery.certificate import of_audit
from overspec.verify.lloyd import radius as lloyd
from overspec.verify.lloyd import stability
from overspec.verify.radius.bracket import CertifiedRadius, certified_gamma

Certificate = dict[str, Any]


def of_point(k: int, weights: str, amplitudes: str, digits: int, engine: str) -> Certificate:
    mixture = Mixture.simplex(k, weights)
    point = Energies.of_amplitudes(k, amplitudes)
    result = certified_evaluation(mixture, point, digits, engine, hessian=True)
    return write.of_evaluation(result, "test")


def of_simplex(k: int, weights: str, radius: str, digits: int) -> Certificate:
    mixture, point = Mixture.simplex(k, weights), Energies.regular_simplex(k, radius)
    result = certified_evaluation(mixture, point, digits, hessian=True)
    return write.of_evaluation(result, "test")


def of_lloyd(k: int) -> Certificate:
    radius = lloyd.r0(k, 16)
    assert isinstance(radius, Number)
    modes = stability.eigenvalues(k, 16) if k <= 40 else ()
    return write.of_lloyd(k, 16, radius, modes, "test")


def of_gallery() -> Certificate:
    """A loose bound, one that fails, one that is sharp, and a nested moment."""
    g, f = ov.gallery, ov.gallery.formula
    law = (("3/4", "1/2"), ("1/4", "-1/2"))
    once = f.em("1/3", f.atanh("1/2"), law)
    sides = [
        ((1 + f.moment("4/5", f.atanh("4/5"), sech=2)) / 2, "<=", 1 - f.number("32/125") ** 1),
        (f.moment(1, 0, ((1, 1),), 2, sech=2), ">=", f.exp("-1/2")),
        (f.moment(1, 0, sech=2), "<=", f.number("0.606")),
        (f.em(once, f.atanh("1/2"), law), "<=", f.sqrt(2 / f.PI) + f.erf("1/2") - f.log("3/2")),
        (f.moment(0, 0, ((1, "1/2"),), 2), "<=", f.number(2)),
    ]
    statements = tuple(
        g.Statement(
            str(n), "", g.Known.OWN, "", None,
            lambda _at, _published, side=side: g.compare(*side, "", ""), (),
        )
        for n, side in enumerate(sides)
    )  # fmt: skip
    entry = g.Entry("mine", "own", "", 2026, "", "", (), statements)
    return of_audit(g.audit(entry), "test")


MADE: dict[str, Callable[[], Certificate]] = {
    "lattice": lambda: of_point(3, "1/2,3/10,1/5", "1", 15, "lattice"),
    "laplace": lambda: of_point(3, "1/2,3/10,1/5", "1", 15, "laplace"),
    "30 digits": lambda: of_point(3, "1/2,3/10,1/5", "3/2", 30, "laplace"),
    "irregular": lambda: of_point(4, "linear", "1,1/2", 5, "lattice"),
    "pairs": lambda: of_point(4, "linear", "1,1/2", 4, "pairs"),
    "pairs, one plane": lambda: of_point(4, "linear", "1,0", 8, "pairs"),
    "pairs, one line": lambda: of_point(4, "linear", "0,1", 12, "pairs"),
    "irrational": lambda: of_point(2, "sqrt(2)/2,1-sqrt(2)/2", "sqrt(3)", 15, "laplace"),
    "huge": lambda: of_simplex(10**12, "one-heavy:1/2", "1", 12),
    "several weights": lambda: of_simplex(7, "linear", "2", 12),
    "matrix": lambda: of_simplex(5, "linear", "1", 10),
    "optimum": lambda: of_point(4, "2/5,3/10,1/10,1/5", "0,0", 15, "auto"),
    "singled": lambda: of_simplex(6, "one-heavy:1/2", "1", 10),
    "lloyd": lambda: of_lloyd(5),
    "lloyd 2": lambda: of_lloyd(2),
    "lloyd huge": lambda: of_lloyd(10**4),
    "comparison": of_gallery,
}


@cache
def certificate(name: str) -> Certificate:
    """Made once; a test that changes one works on a copy."""
    return MADE[name]()


def resealed(content: Certificate) -> Certificate:
    return {**content, "sha256": digest(content)}


def rebuilt(statement: Certificate, lines: list[tuple[str, Fraction]], centre: Fraction) -> None:
    """A statement that is consistent in itself: endpoints and decimals follow the budget."""
    found = Number(centre, tuple(lines))
    statement.update(
        lower=dyadic_text(found.lower),
        upper=dyadic_text(found.upper),
        decimal=decimal_interval(found.lower, found.upper),
        centre=dyadic_text(centre),
        budget=[{"error": n, "bound": dyadic_text(b)} for n, b in lines],
    )


def read(text: str) -> Fraction:
    mantissa, exponent = text.split("*2^")
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def parts(statement: Certificate) -> tuple[list[tuple[str, Fraction]], Fraction]:
    lines = [(line["error"], read(line["bound"])) for line in statement["budget"]]
    return lines, read(statement["centre"])


CASES = [
    (2, "9/10,1/10", "factor", "9/10", "all"),
    (3, "one-heavy:9/10", "jacobian", "9/10", "all"),
    (3, "1/2,3/10,1/5", "convexity", "1/2", "all"),
    (4, "one-heavy:9/10", "jacobian", "9/10", "all"),
    (5, "4/5,1/20,1/20,1/20,1/20", "factor", "9/10", "simplex"),
    (12, "linear", "factor", "1/2", "simplex"),
    (10**6, "one-heavy:1/2", "factor", "1/2", "simplex"),
]
FINITE = CASES[1]
TWO_AXES = CASES[3]
INFINITE = CASES[5]


@cache
def radius_certificate(case: tuple[object, ...]) -> Certificate:
    k, weights, kind, gap, orbit = case
    found = certified_gamma(Mixture.simplex(k, weights), str(kind), gap, str(orbit))  # type: ignore[arg-type]
    assert isinstance(found, CertifiedRadius)
    return of_radius(found, "test")
