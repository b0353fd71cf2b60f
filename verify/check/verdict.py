"""Proves a certificate file again, with code that shares nothing with what wrote it.

Not the engines, not their bounds, not their file format: the file is read by `check.format`, each
bound of an error budget is computed from the stated parameters by `check.bounds`, and each number
is enclosed by quadratures of the checker's own, with bounds and rounding accounted for
(`check.lattice`, `check.laplace`, `check.lloyd`). A statement is *proved again* when such an
enclosure lies within it, and *false* when it lies apart, or when the evidence that the file gives
for it does not hold: a hash that fits, the hypotheses that its numbers need, parameters that fulfil
them, every line of every error budget there and what it has to be to a relative 10^-6, lines that
add up to the endpoints exactly, decimals that are the endpoints rounded outward, multiplicities.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import gmpy2

from overspec.errors import InputError
from overspec.verify.check import bounds, lattice, lloyd
from overspec.verify.check.cover.spectrum import energies
from overspec.verify.check.decide import (
    Consistent,
    Partly,
    mixture_in_words,
    number_in_words,
    settle,
    shown,
    with_spectrum,
)
from overspec.verify.check.format import (
    Rejected,
    Statement,
    Unreadable,
    frequency,
    integer,
    no_constant,
    no_duplicates,
    no_float,
    read_parameters,
    read_point,
    read_statements,
    sealed,
)
from overspec.verify.check.laplace import sums as laplace
from overspec.verify.check.moments.proof import check_comparison
from overspec.verify.check.pairs import bounds as pairs
from overspec.verify.check.radius_proof import check_radius
from overspec.verify.check.subject import Eigenvalue, Subject
from overspec.verify.check.value import (
    Enclosure,
    Orbit,
    Purse,
    TooCostly,
    fraction,
    number,
    parts,
    sign_of,
)

MAX_BYTES = 5_000_000
NO_WAIT = getattr(os, "O_NONBLOCK", 0)
BUDGET = 20_000_000_000  # operations: some minutes

PROVED, CONSISTENT, FALSE, OPEN, UNREADABLE = (
    "proved again", "consistent", "false", "not decided", "unreadable",
)  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What the checker says of a file.

    Attributes:
        status: ``proved again``; ``consistent``: what is not proved fits to ``epsilon``; ``false``;
            ``not decided``: too costly; ``unreadable``: no certificate, or its hash does not fit.
        reason: why.
        statement: what is stated, in words, as the checker derived it from the file's inputs; empty
            unless it is proved or consistent, or not decided because the file leaves out a part.
        epsilon: to how much it is consistent.
    """

    status: str
    reason: str
    statement: tuple[str, ...] = ()
    epsilon: Fraction | None = None


def confirm_file(path: str | Path, budget: int = BUDGET) -> Verdict:
    """Check the file; never raises for what the file holds.

    >>> confirm_file("/dev/null").status
    'unreadable'
    """
    try:
        # without waiting: a pipe that nobody writes to is empty, and does not hang
        with open(path, "rb", opener=lambda p, f: os.open(p, f | NO_WAIT)) as stream:
            os.set_blocking(stream.fileno(), True)
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return Verdict(UNREADABLE, f"cannot read {path}: {error.strerror}")
    if len(raw) > MAX_BYTES:
        return Verdict(UNREADABLE, f"larger than {MAX_BYTES} bytes")
    try:
        content = json.loads(
            raw, object_pairs_hook=no_duplicates, parse_float=no_float, parse_constant=no_constant
        )
    except (ValueError, RecursionError, Unreadable) as error:
        return Verdict(UNREADABLE, f"not a certificate: {ascii(str(error))[1:200]}")
    return confirm(content, budget)


def confirm(content: object, budget: int = BUDGET) -> Verdict:
    """Check a certificate that has been read."""
    purse = Purse(budget)
    says: list[str] = []
    try:
        certificate = sealed(content)
        CHECKS[certificate["claim"]](certificate, purse, says)
    except Unreadable as error:
        return Verdict(UNREADABLE, str(error))
    except Consistent as found:
        reason = f"all that was computed fits to {float(found.epsilon):.1e}; not proved: {found}"
        return Verdict(CONSISTENT, reason, tuple(says), found.epsilon)
    except Partly as error:
        return Verdict(OPEN, str(error), tuple(says))
    except TooCostly as error:
        return Verdict(OPEN, str(error))
    except (Rejected, InputError) as error:
        return Verdict(FALSE, str(error))
    except (RecursionError, ArithmeticError, ValueError, MemoryError) as error:
        return Verdict(OPEN, f"beyond the range of the checker ({type(error).__name__})")
    work = budget - purse.left
    return Verdict(
        PROVED,
        f"by enclosures of the checker's own ({work:.1e} operations of {budget:.1e})",
        tuple(says),
    )


def _check_evaluation(certificate: dict[str, Any], purse: Purse, says: list[str]) -> None:
    point = read_point(certificate["inputs"])
    engine = certificate["engine"]
    if engine not in ("lattice", "laplace", "pairs", "closed form"):
        raise Rejected(f"unknown engine {ascii(engine)[:40]}")
    statements = read_statements(certificate, engine)
    names = [s.quantity for s in statements]
    if names[:2] != ["kl", "log_partition"]:
        raise Rejected("the statements must begin with kl and log_partition")
    base = [name for name in names if isinstance(name, str)]
    wanted = [frequency(name, point.k) for name in base[2:]]
    given = read_parameters(certificate["parameters"], engine)
    broken, on_log, on_factors = _bounds(point, engine, given, wanted, purse)
    if broken:
        raise Rejected(f"the hypothesis does not hold: {broken}")
    rounding = _rounding(given["bits"], point.k)
    for s in statements[: len(base)]:
        if s.multiplicity:
            raise Rejected(f"{s.quantity} has no multiplicity")
        is_log = s.quantity in names[:2]
        lines = on_log if is_log else on_factors[frequency(s.quantity, point.k)]
        exactly_known = engine == "closed form" and is_log
        _check_budget(s, {**lines, "rounding": Fraction(0) if exactly_known else rounding})
    second = statements[len(base) :]
    if [s.quantity for s in second] != names[len(base) :] or ("hessian" in given) != bool(second):
        raise Rejected("the statements and the parameters of the Hessian do not go together")
    if second:
        _check_hessian(point, engine, given["hessian"], second, purse)
    says += _evaluation_in_words(point, statements)
    settle(statements, lambda digits: truth(point, engine, wanted, bool(second), digits, purse))


def truth(
    point: Orbit, engine: str, wanted: list[int], second: bool, digits: int, purse: Purse
) -> dict[Subject, Enclosure]:
    """Enclosures of everything that may be stated at this θ, where possible by the other method."""
    found: dict[Subject, Enclosure] = {}
    if all(sign_of(e) == 0 for e, _ in point.energies):
        found |= {"log_partition": (Fraction(0), Fraction(0))}
        spectrum = energies(point.k, point.weights, wanted, digits, purse)
        found |= {f"g{m}": ends for m, ends in zip(wanted, spectrum, strict=True)}
    elif not point.regular or (point.k <= 3 and engine != "lattice"):
        try:
            sums = lattice.enclose(point, digits, purse, log=True, hessian=second)
        except TooCostly:
            if not point.regular:
                raise
            found |= laplace.enclose(point, wanted, digits, purse, second)
        else:
            assert sums.log is not None
            found["log_partition"] = sums.log
            entries: Mapping[Any, Enclosure] = sums.entries
            found.update(entries)
            found |= {f"g{m}": ends for m, ends in enumerate(sums.factors, start=1)}
    else:
        found |= laplace.enclose(point, wanted, digits, purse, second)
    low, high = found["log_partition"]
    with gmpy2.context(gmpy2.get_context(), precision=4 * digits + 400):
        half = fraction(sum((number(e) * n for e, n in point.energies), gmpy2.mpfr(0))) / 2
        slack = half * Fraction(1, 2 ** (4 * digits + 300))
    found["kl"] = (half - high - slack, half - low + slack)
    return with_spectrum(found)


def _evaluation_in_words(point: Orbit, statements: list[Statement]) -> list[str]:
    names = {"kl": "KL(N(0, I) || p_theta)", "log_partition": "E log S"}
    lines = []
    for s in statements:
        name = names.get(str(s.quantity), str(s.quantity))
        times = f", {s.multiplicity} times" if s.multiplicity > 1 else ""
        ends = (
            f"= {s.lower}" if s.lower == s.upper == 0 else f"in {shown(s.lower, s.upper)}"
        )  # fmt: skip
        lines.append(f"{name} {ends}{times}")
    runs = [number_in_words(e) + (f" ({n} times)" if n > 1 else "") for e, n in point.energies[:6]]
    more = ", ..." if len(point.energies) > 6 else ""
    lines.append(f"at energies |a_m|^2 = {', '.join(runs)}{more} in the frequencies m = 1, 2, ...")
    return [*lines, mixture_in_words(point.k, point.weights)]


def _check_hessian(
    point: Orbit,
    engine: str,
    given: Mapping[str, Any],
    statements: list[Statement],
    purse: Purse,
) -> None:
    """Its statements are complete, their budgets right."""
    expected = parts(point)
    if {s.quantity: s.multiplicity for s in statements} != expected or [
        s.quantity for s in statements
    ] != list(expected):
        names = ", ".join(map(str, expected))
        raise Rejected(f"the statements of the Hessian must be {names}, with multiplicity")
    if engine == "lattice":
        broken, common = bounds.lattice_second(bounds.sizes(point)[0], given)
        lines = {s.quantity: common for s in statements}
    elif engine == "pairs":
        broken = pairs.broken(point, given)
        lines = {} if broken else pairs.lines(point, given, purse)
    else:
        broken, lines = bounds.laplace_hessian(
            point, given, lambda variance: bounds.polynomial_sizes(point, variance), purse
        )
    if broken:
        raise Rejected(f"the hypothesis of the Hessian does not hold: {broken}")
    rounding = _rounding(given["bits"], point.k)
    entries = [s for s in statements if not isinstance(s.quantity, Eigenvalue)]
    for s in statements:
        if s in entries:
            _check_budget(s, {**lines[s.quantity], "rounding": rounding})
        else:
            _check_budget(s, {line: _frobenius(entries, line) for line in s.budget})


def _frobenius(entries: list[Statement], line: str) -> Fraction:
    """The norm of the symmetric matrix of one line of the entries' budgets, to 40 digits."""
    total = Fraction(0)
    for entry in entries:
        diagonal = isinstance(entry.quantity, tuple) and len(set(entry.quantity)) == 1
        total += entry.budget[line] ** 2 * (1 if diagonal else 2)
    value = bounds.real(total)
    return bounds.rational(value.context.sqrt(value))


def _rounding(bits: int, k: int) -> Fraction:
    return Fraction(2 ** max(0, k.bit_length() - 3)) * Fraction(2) ** (bounds.GUARD - bits)


def _check_lloyd(certificate: dict[str, Any], purse: Purse, says: list[str]) -> None:
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
    for s in statements:
        times = f", {s.multiplicity} times" if s.multiplicity > 1 else ""
        says.append(f"{s.quantity} in {shown(s.lower, s.upper)}{times}")
    says.append(
        f"r0 = E max_j <x, v_j>, v_j the {k} vertices of a regular simplex on the unit sphere, x ~ "
        "N(0, I); the eigenvalues are those of the Lloyd map's derivative there"
    )
    settle(statements, lambda digits: lloyd.enclose(k, digits, purse))


def _multiplicities(k: int) -> dict[Subject, int]:
    """The quantities of a lloyd certificate with the dimensions of their eigenspaces."""
    if k > lloyd.MOST_MODES:
        return {"r0": 0}
    if k == 2:
        return {"r0": 0, "eigenvalue scaling": 1, "eigenvalue vertex": 1}
    found: dict[Subject, int] = {"r0": 0, "eigenvalue scaling": 1}
    found |= {"eigenvalue vertex+": k - 1, "eigenvalue vertex-": k - 1}
    if k > 3:
        found["eigenvalue pairs"] = k * (k - 3) // 2
    return {**found, "eigenvalue rotation": (k - 1) * (k - 2) // 2}


def _bounds(
    point: Orbit, engine: str, given: Mapping[str, Any], wanted: list[int], purse: Purse
) -> tuple[str, dict[str, Fraction], dict[int, dict[str, Fraction]]]:
    if engine == "laplace":
        return bounds.laplace(point, given, wanted, purse)
    if engine == "pairs":
        broken = pairs.broken(point, given)
        found = {} if broken else pairs.lines(point, given, purse)
        on_factors = {m: found[f"g{m}"] for m in wanted if found}
        return broken, found.get("log_partition", {}), on_factors
    if engine == "lattice":
        if point.k > 6:
            raise Rejected("the lattice reaches k = 6")
        broken, on_log, on_factor = bounds.lattice(point, given)
        return broken, on_log, dict.fromkeys(wanted, on_factor)
    zero = all(sign_of(e) == 0 for e, _ in point.energies)
    return "" if zero else "theta = 0", {}, {m: {} for m in wanted}


Check = Callable[[dict[str, Any], Purse, list[str]], None]
CHECKS: dict[str, Check] = {
    "evaluate": _check_evaluation, "lloyd": _check_lloyd, "radius": check_radius,
    "comparison": check_comparison,
}  # fmt: skip


def _check_budget(s: Statement, own: Mapping[str, Fraction]) -> None:
    """Every line is what it has to be, to a relative 10^-6; that of rounding may be larger."""
    for error, stated in s.budget.items():
        bound, slack = own[error], own[error] * bounds.TOLERANCE
        if stated < bound - slack or (stated > bound + slack and error != "rounding"):
            relation = "at least" if stated < bound else "at most"
            raise Rejected(
                f"{s.quantity}: the bound of {error} is {_short(stated)}, "
                f"but has to be {relation} {_short(bound)}"
            )


def _short(value: Fraction) -> str:
    with gmpy2.context(gmpy2.get_context(), precision=60, emin=-(10**9), emax=10**9):
        return f"{number(value):.6e}"
