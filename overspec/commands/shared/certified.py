"""What `evaluate --certify` does: enclosures, printed as intervals and written as a certificate."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from overspec.commands.shared.output import print_facts, print_json
from overspec.mixture import Energies, Mixture

if TYPE_CHECKING:
    from overspec.verify.enclosures.ball import Enclosure, Inconclusive

INCONCLUSIVE = 3
MAX_EIGENVALUES = 2000  # listed one by one up to this dimension

Command = TypeVar("Command", bound=Callable[..., Any])


def certify_options(command: Command) -> Command:
    """--certify and --out."""
    certify = click.option(
        "--certify", is_flag=True, help="Enclosures [lo, hi] with every error bounded."
    )
    out = click.option(
        "--out",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write the certificate (JSON) here; implies --certify.",
    )
    return certify(out(command))


def evaluate_certified(
    mixture: Mixture, point: Energies, digits: int, engine: str, out: Path | None, as_json: bool
) -> int:
    """Enclose, print, write; 3 where something is not enclosed to the digits asked for."""
    from overspec.reports.content.format import root_decimal
    from overspec.verify.certificates.write import of_evaluation
    from overspec.verify.enclosures.evaluate import certify

    result = certify(mixture, point, digits, engine, hessian=True)
    spectrum = result.hessian_spectrum()
    facts: dict[str, Any] = {
        "k": mixture.k,
        "d": mixture.d,
        "weights": str(mixture.weights),
        "energies": str(point),
        **({"amplitudes": [root_decimal(e, digits) for e in point]} if mixture.k <= 24 else {}),
        **{name: interval(found) for name, found in result.quantities.items()},
        "map_amplitudes": [interval(found) for found in result.amplitudes_after_step()],
        **_eigenvalues(mixture, spectrum),
        "evidence": result.evidence.value,
        "engine": result.engine,
        "digits": digits,
        "conclusive": result.conclusive,
    }
    if out is not None:
        facts["certificate"] = save(of_evaluation(result, command_line()), out)
    if as_json:
        print_json(facts)
    else:
        rows = [("mixture", str(mixture)), ("theta", str(point))]
        for name, found in result.quantities.items():
            rows.append((name, shown(found)))
        for m, found in enumerate(result.amplitudes_after_step(), start=1):
            rows.append((f"amplitude {m} after one EM step", shown(found)))
        if isinstance(spectrum, tuple):
            for value, count in spectrum:
                rows.append((f"Hessian eigenvalue (x{count})", shown(value)))
        else:
            rows.append(("Hessian eigenvalues", shown(spectrum)))
        rows.append(("evidence", f"{result.evidence.value}, {result.engine} engine"))
        print_facts(rows + ([("certificate", str(out))] if out is not None else []))
    return 0 if result.conclusive else INCONCLUSIVE


def _eigenvalues(
    mixture: Mixture, spectrum: tuple[tuple[Enclosure, int], ...] | Inconclusive
) -> dict[str, Any]:
    """Intervals, ascending; with multiplicities beside them where d is large."""
    if not isinstance(spectrum, tuple):
        return {"hessian_eigenvalues": None, "hessian_reason": spectrum.reason}
    if mixture.d > MAX_EIGENVALUES:
        return {
            "hessian_eigenvalues": [interval(value) for value, _ in spectrum],
            "hessian_multiplicities": [count for _, count in spectrum],
        }
    return {"hessian_eigenvalues": [interval(v) for v, n in spectrum for _ in range(n)]}


def command_line() -> str:
    """The command that runs, as its options say it."""
    context = click.get_current_context()
    words = ["overspec", str(context.info_name)]
    at = ("k", "d", "weights", "amplitudes", "radius", "kind", "gap", "orbit")
    for name in (*at, "digits", "engine"):
        value = context.params.get(name)
        if value is not None and value != "auto":
            words += [f"--{name}", str(value)]
    return shlex.join([*words, "--certify"])


def interval(found: Enclosure | Inconclusive) -> list[str] | None:
    """[lo, hi] rounded outward, or nothing."""
    from overspec.decimals import decimal_interval
    from overspec.verify.enclosures.ball import Inconclusive

    return None if isinstance(found, Inconclusive) else decimal_interval(found.lower, found.upper)


def shown(found: Enclosure | Inconclusive) -> str:
    """The interval and its error budget in one line."""
    from overspec.verify.enclosures.ball import Inconclusive

    if isinstance(found, Inconclusive):
        return f"inconclusive: {found.reason}"
    low, high = interval(found) or ("", "")
    lines = ", ".join(f"{name} {float(bound):.0e}" for name, bound in found.budget)
    return f"[{low}, {high}]  ({lines})"


def save(certificate: dict[str, Any], out: Path) -> str:
    """Write the certificate whole or not at all."""
    from overspec.files import write_atomically
    from overspec.verify.certificates.write import text

    return str(write_atomically(out, text(certificate)))
