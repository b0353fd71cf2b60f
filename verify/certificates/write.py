"""Certificates as JSON files: exact dyadic numbers, outward-rounded decimals, a hash over it all.

A number ``m*2^e`` is exactly m·2^e. `check.verdict` reads these files with code of its own.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from overspec.decimals import Number, decimal_interval
from overspec.errors import InputError
from overspec.exact import text_of
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.enclosures.evaluate import CertifiedEvaluation, Precision
from overspec.verify.enclosures.hessian import CertifiedHessian
from overspec.verify.enclosures.laplace import LogGrid
from overspec.verify.enclosures.laplace_hessian import SingledHessian
from overspec.verify.enclosures.lattice import Grid
from overspec.verify.enclosures.lowrank.plan import Grid as LowRankGrid
from overspec.verify.enclosures.pairs.enclose import PairsGrid
from overspec.verify.lloyd.radius import plan as line_for
from overspec.verify.lloyd.stability import Mode, face_cut

FORMAT = "overspec certificate 2"

#: What the numbers of `overspec lloyd` assume.
LLOYD_HYPOTHESES = (
    "the data are N(0, I) in dimension k - 1",
    "the centres are the vertices of a regular simplex around 0",
)


def dyadic_text(value: Fraction) -> str:
    """A dyadic rational as ``mantissa*2^exponent``, the mantissa odd or 0.

    >>> dyadic_text(Fraction(-3, 8)), dyadic_text(Fraction(12)), dyadic_text(Fraction(0))
    ('-3*2^-3', '3*2^2', '0*2^0')
    """
    if value == 0:
        return "0*2^0"
    numerator, exponent = value.numerator, 1 - value.denominator.bit_length()
    if value.denominator != 1 << -exponent:
        raise ValueError(f"{value} is not dyadic")
    twos = (numerator & -numerator).bit_length() - 1
    return f"{numerator >> twos}*2^{exponent + twos}"


def statement(quantity: str, found: Number, **more: Any) -> dict[str, Any]:
    """One quantity: endpoints exact and in decimals, and the error budget line by line."""
    return {
        "quantity": quantity,
        **more,
        "lower": dyadic_text(found.lower),
        "upper": dyadic_text(found.upper),
        "decimal": decimal_interval(found.lower, found.upper),
        "centre": dyadic_text(found.value),
        "budget": [{"error": n, "bound": dyadic_text(b)} for n, b in found.budget],
    }


def of_evaluation(result: CertifiedEvaluation, command: str) -> dict[str, Any]:
    """The certificate of `enclosures.evaluate.certified_evaluation`, ready to write.

    Raises:
        InputError: a quantity that is inconclusive: there is nothing to certify.
    """
    statements = []
    for name, found in result.quantities.items():
        if isinstance(found, Inconclusive):
            raise InputError(f"{name} is inconclusive ({found.reason}); no certificate is written")
        statements.append(statement(name, found))
    given = parameters(result.grid)
    mixture = result.mixture
    singled = mixture.k > 3 and mixture.weights.alike and result.energies.is_regular_simplex
    if singled and result.engine != "laplace" and isinstance(result.hessian, CertifiedHessian):
        raise InputError(
            f"engine {result.engine!r}: on a regular simplex where all weights but one are equal a "
            "file states the Hessian's eigenvalues, which the engine laplace has; use that"
        )
    if isinstance(result.hessian, CertifiedHessian):
        given["hessian"] = parameters(result.hessian.grid)
        for name, found, more in _named(result.hessian):
            if isinstance(found, Inconclusive):
                raise InputError(f"{name} is inconclusive ({found.reason}); nothing is written")
            statements.append(statement(name, found, **more))
    return sealed(
        {
            "claim": "evaluate",
            "command": command,
            "inputs": {
                "k": mixture.k,
                "weights": [[text_of(v), count] for v, count in mixture.weights.runs],
                "energies": [[text_of(v), count] for v, count in result.energies.runs],
            },
            "engine": result.engine,
            "parameters": given,
            "hypotheses": list(result.hypotheses),
            "statements": statements,
        }
    )


def _named(
    hessian: CertifiedHessian,
) -> Iterator[tuple[str, Number | Inconclusive, dict[str, int]]]:
    """The numbers of a Hessian with the names and multiplicities that a file gives them."""
    if isinstance(hessian, SingledHessian):
        yield "hessian radial", hessian.radial, {"multiplicity": 1}
        yield "hessian even", hessian.even, {"multiplicity": hessian.times}
        return
    for (m, n), entry in hessian.entries.items():
        yield f"hessian {m} {n}", entry, {}
    for n, value in enumerate(hessian.spectrum, start=1):
        yield f"hessian eigenvalue {n}", value, {"multiplicity": 1}


def of_lloyd(
    k: int, digits: int, radius: Number, modes: tuple[Mode, ...], command: str
) -> dict[str, Any]:
    """The certificate of Lloyd's radius and of the Lloyd map's eigenvalues, found for digits."""
    line = line_for(k, digits)
    statements = [statement("r0", radius)]
    for mode in modes:
        if isinstance(mode.value, Inconclusive):
            raise InputError(f"eigenvalue {mode.name} is inconclusive ({mode.value.reason})")
        statements.append(
            statement(f"eigenvalue {mode.name}", mode.value, multiplicity=mode.multiplicity)
        )
    return sealed(
        {
            "claim": "lloyd",
            "command": command,
            "inputs": {"k": k},
            "engine": "line",
            "parameters": {
                "step": dyadic_text(line.step),
                "count": line.count,
                "height": dyadic_text(line.height),
                "knee": dyadic_text(line.knee),
                "bits": line.bits,
                "cut": face_cut(digits),
            },
            "hypotheses": list(LLOYD_HYPOTHESES),
            "statements": statements,
        }
    )


def parameters(grid: Grid | LogGrid | PairsGrid | LowRankGrid | Precision) -> dict[str, Any]:
    """The engine's parameters, exactly.

    Raises:
        InputError: of the low-rank engine, whose enclosures no file states.
    """
    if isinstance(grid, LowRankGrid):
        raise InputError("no file states what the low-rank engine encloses; take the lattice")
    if isinstance(grid, PairsGrid):
        sums = grid.sums
        return {
            "spacing": dyadic_text(Fraction(sums.spacing)),
            "terms": sums.terms,
            "alone": sums.alone,
            "slope": dyadic_text(Fraction(sums.slope)),
            "step": dyadic_text(Fraction(sums.step)),
            "reach": sums.reach,
            "height": dyadic_text(Fraction(sums.height)),
            "bits": grid.bits,
        }
    if isinstance(grid, Grid):
        return {
            "steps": [dyadic_text(h) for h in grid.steps],
            "radius": dyadic_text(grid.radius),
            "heights": [dyadic_text(y) for y in grid.heights],
            "bits": grid.bits,
        }
    if isinstance(grid, LogGrid):
        return {
            "step": dyadic_text(grid.step),
            "first": grid.first,
            "last": grid.last,
            "inner": grid.inner,
            "angles inner": [dyadic_text(a) for a in grid.angle_inner],
            "angle outer": dyadic_text(grid.angle_outer),
            "power": dyadic_text(grid.power),
            "bits": grid.bits,
        }
    return {"bits": grid.bits}


def sealed(content: dict[str, Any]) -> dict[str, Any]:
    """The content with its format and hash; what nobody can check is under one key."""
    told = {"command": content["command"], "versions": _versions()}
    rest = {key: value for key, value in content.items() if key != "command"}
    content = {"format": FORMAT, **rest, "unchecked": told}
    return {**content, "sha256": digest(content)}


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON of everything but the hash."""
    rest = {key: value for key, value in content.items() if key != "sha256"}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _versions() -> dict[str, str]:
    found = {"python": sys.version.split()[0]}
    for name in ("overspec", "python-flint"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def text(content: dict[str, Any]) -> str:
    """The file's text."""
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"
