"""Checks a certificate file with code that shares nothing with what wrote it.

Not the engines, not their bounds, not their file format: the file is read by `check.format`,
each bound is computed from the stated parameters by `check.bounds`, each number by
the quadratures of `check.value`. A certificate is valid when its hash fits, it states the
hypotheses that its numbers need and its parameters fulfil them, every line of every error budget is
there and is what it has to be to a relative 10^-6, the lines add up to the endpoints exactly, the
decimals are the endpoints rounded outward, and the checker's own number lies inside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from overspec.verify.check import bounds, hessian
from overspec.verify.check import value as check_value
from overspec.verify.check.format import (
    Rejected,
    Statement,
    Unreadable,
    frequency,
    integer,
    no_duplicates,
    no_float,
    read_parameters,
    read_point,
    read_statements,
    sealed,
    sign_of,
)
from overspec.verify.check.radius import check_radius
from overspec.verify.check.subject import Eigenvalue, Subject
from overspec.verify.check.value import Point, TooCostly

MAX_BYTES = 5_000_000


@dataclass(frozen=True)
class Verdict:
    """``valid``, ``invalid``, ``unreadable`` (no certificate, or its hash does not fit) or
    ``inconclusive`` (too costly to decide), and why."""

    status: str
    reason: str


def confirm_file(path: str | Path) -> Verdict:
    """Check the file; never raises for what the file holds.

    >>> confirm_file("/dev/null").status
    'unreadable'
    """
    try:
        with open(path, "rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return Verdict("unreadable", f"cannot read {path}: {error.strerror}")
    if len(raw) > MAX_BYTES:
        return Verdict("unreadable", f"larger than {MAX_BYTES} bytes")
    try:
        content = json.loads(raw, object_pairs_hook=no_duplicates, parse_float=no_float)
    except (ValueError, RecursionError, Unreadable) as error:
        return Verdict("unreadable", f"not a certificate: {' '.join(str(error).split())[:200]}")
    return confirm(content)


def confirm(content: object) -> Verdict:
    """Check a certificate that has been read."""
    try:
        certificate = sealed(content)
        count = CHECKS[certificate["claim"]](certificate)
    except Unreadable as error:
        return Verdict("unreadable", str(error))
    except TooCostly as error:
        return Verdict("inconclusive", str(error))
    except Rejected as error:
        return Verdict("invalid", str(error))
    return Verdict("valid", f"{count} values confirmed by independent quadrature")


def _check_evaluation(certificate: dict[str, Any]) -> int:
    point = read_point(certificate["inputs"])
    engine = certificate["engine"]
    if engine not in ("lattice", "laplace", "closed form"):
        raise Rejected(f"unknown engine {str(engine)[:40]!r}")
    statements = read_statements(certificate, engine)
    names = [s.quantity for s in statements]
    if names[:2] != ["kl", "log_partition"]:
        raise Rejected("the statements must begin with kl and log_partition")
    base = [name for name in names if isinstance(name, str)]
    wanted = [frequency(name, point.k) for name in base[2:]]
    given = read_parameters(certificate["parameters"], engine)
    broken, on_log, on_factors = _bounds(point, engine, given, wanted)
    if broken:
        raise Rejected(f"the hypothesis does not hold: {broken}")
    rounding = _rounding(given["bits"], point.k)
    for s in statements[: len(base)]:
        is_log = s.quantity in names[:2]
        lines = on_log if is_log else on_factors[frequency(s.quantity, point.k)]
        exactly_known = engine == "closed form" and is_log
        _check_budget(s, {**lines, "rounding": Fraction(0) if exactly_known else rounding})
    second = statements[len(base) :]
    if [s.quantity for s in second] != names[len(base) :] or ("hessian" in given) != bool(second):
        raise Rejected("the statements and the parameters of the Hessian do not go together")
    if second:
        _check_hessian(point, engine, given["hessian"], second)
    own = hessian.base_values(point, wanted, _digits(point, statements[: len(base)]))
    _check_values(statements[: len(base)], own)
    return len(statements)


def _check_hessian(
    point: Point, engine: str, given: Mapping[str, Any], statements: list[Statement]
) -> None:
    """Its statements are complete, their budgets and values right."""
    expected = hessian.parts(point)
    if {s.quantity: s.multiplicity for s in statements} != {
        name: count or 1 for name, count in expected.items()
    } or [s.quantity for s in statements] != list(expected):
        names = ", ".join(map(str, expected))
        raise Rejected(f"the statements of the Hessian must be {names}, with multiplicity")
    if engine == "lattice":
        broken, common = hessian.lattice_lines(point, given)
        lines = {s.quantity: common for s in statements}
    else:
        broken, lines = bounds.laplace_hessian(
            point, given, lambda variance: hessian.polynomial_sizes(point, variance)
        )
    if broken:
        raise Rejected(f"the hypothesis of the Hessian does not hold: {broken}")
    rounding = _rounding(given["bits"], point.k)
    entries = [s for s in statements if not isinstance(s.quantity, Eigenvalue)]
    for s in statements:
        if s in entries:
            _check_budget(s, {**lines[s.quantity], "rounding": rounding})
        else:
            _check_budget(s, {line: hessian.frobenius(entries, line) for line in s.budget})
    _check_values(statements, hessian.values(point, _digits(point, statements)))


def _rounding(bits: int, k: int) -> Fraction:
    return Fraction(2 ** max(0, k.bit_length() - 3)) * Fraction(2) ** (bounds.GUARD - bits)


def _check_lloyd(certificate: dict[str, Any]) -> int:
    inputs = certificate["inputs"]
    if not isinstance(inputs, dict) or set(inputs) != {"k"} or certificate["engine"] != "line":
        raise Rejected("inputs of a lloyd certificate are k alone")
    k = integer(inputs["k"], 2, 10**15)
    statements = read_statements(certificate, "line")
    given = read_parameters(certificate["parameters"], "line")
    broken, on_radius, face = bounds.line(k, given)
    if broken:
        raise Rejected(f"the hypothesis does not hold: {broken}")
    names = [s.quantity for s in statements]
    if names != list(_multiplicities(k)):
        raise Rejected(f"statements {names}; needed are {list(_multiplicities(k))}")
    for s in statements:
        if s.multiplicity != _multiplicities(k)[s.quantity]:
            raise Rejected(f"{s.quantity} has the wrong multiplicity")
        lines = on_radius if s.quantity == "r0" else {"truncation": face}
        _check_budget(s, {**lines, "rounding": _rounding(given["bits"], k)})
    _check_values(statements, check_value.lloyd_values(k, _digits(None, statements)))
    return len(statements)


def _multiplicities(k: int) -> dict[Subject, int]:
    """The quantities of a lloyd certificate with the dimensions of their eigenspaces."""
    if k > 40:
        return {"r0": 1}
    if k == 2:
        return {"r0": 1, "eigenvalue scaling": 1, "eigenvalue vertex": 1}
    found: dict[Subject, int] = {"r0": 1, "eigenvalue scaling": 1}
    found |= {"eigenvalue vertex+": k - 1, "eigenvalue vertex-": k - 1}
    if k > 3:
        found["eigenvalue pairs"] = k * (k - 3) // 2
    return {**found, "eigenvalue rotation": (k - 1) * (k - 2) // 2}


def _bounds(
    point: Point, engine: str, given: Mapping[str, Any], wanted: list[int]
) -> tuple[str, dict[str, Fraction], dict[int, dict[str, Fraction]]]:
    if engine == "laplace":
        return bounds.laplace(point, given, wanted)
    if engine == "lattice":
        if point.k > 6:
            raise Rejected("the lattice reaches k = 6")
        broken, on_log, on_factor = bounds.lattice(point, given)
        return broken, on_log, dict.fromkeys(wanted, on_factor)
    zero = all(sign_of(e) == 0 for e, _ in point.energies)
    return "" if zero else "theta = 0", {}, {m: {} for m in wanted}


CHECKS = {"evaluate": _check_evaluation, "lloyd": _check_lloyd, "radius": check_radius}


def _check_budget(s: Statement, own: Mapping[str, Fraction]) -> None:
    """Every line is what it has to be, to a relative 10^-6; that of rounding may be larger."""
    for error, stated in s.budget.items():
        bound, slack = own[error], own[error] * bounds.TOLERANCE
        if stated < bound - slack or (stated > bound + slack and error != "rounding"):
            relation = "at least" if stated < bound else "at most"
            raise Rejected(
                f"{s.quantity}: the bound of {error} is {float(stated):.6e}, "
                f"but has to be {relation} {float(bound):.6e}"
            )


def _digits(point: Point | None, statements: list[Statement]) -> int:
    """Digits that resolve the narrowest enclosure a hundred times over; ten where that is dear."""
    radii = [s.upper - s.centre for s in statements if s.quantity not in check_value.EXACT]
    narrow = min((r for r in radii if r > 0), default=Fraction(1, 10**30))
    digits = 4
    while Fraction(1, 10**digits) > narrow / 100:
        digits += 1
    if digits > 400:
        raise TooCostly(f"{digits} digits would be needed")
    return digits if point is None else hessian.affordable(point, digits)


def _check_values(
    statements: list[Statement], own: Mapping[Subject, tuple[Fraction, Fraction]]
) -> None:
    for s in statements:
        value, error = own[s.quantity]
        if value + error < s.lower or value - error > s.upper:
            raise Rejected(
                f"{s.quantity}: an independent quadrature gives {float(value):.17g}, outside"
            )
        radius = s.upper - s.centre
        if error > radius:
            raise TooCostly(f"{s.quantity}: its own quadrature is no sharper than the enclosure")
