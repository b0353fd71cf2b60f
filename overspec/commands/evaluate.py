"""``overspec evaluate``: everything at one point theta."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from overspec.commands.shared.certified import MAX_EIGENVALUES, certify_options, evaluate_certified
from overspec.commands.shared.options import (
    digits_option,
    engine_options,
    json_option,
    mixture_of,
    mixture_options,
    point_of,
    point_options,
)
from overspec.commands.shared.output import print_facts, print_json

if TYPE_CHECKING:
    from overspec.verify.engines.evaluate import Evaluation

EXAMPLES = """\b
Examples:
  overspec evaluate --k 3 --weights 1/2,3/10,1/5 --amplitudes 1
  overspec evaluate --k 4 --weights linear --radius 2
  overspec evaluate --k 4 --weights 0.4,0.3,0.2,0.1 --amplitudes 1,1/2 --json
  overspec evaluate --k 1000000000000 --weights one-heavy:1/2 --radius 2
  overspec evaluate --k 9 --weights linear --amplitudes 2,1,0,0 --engine sampling --seed 1
  overspec evaluate --k 1000000 --weights one-heavy:1/2 --radius 1 --certify"""


@click.command(short_help="KL, one EM step and the Hessian at one theta.", epilog=EXAMPLES)
@mixture_options
@point_options
@digits_option
@engine_options
@certify_options
@json_option
def evaluate(
    k: int | None,
    d: int | None,
    weights: str | None,
    amplitudes: str | None,
    radius: str | None,
    digits: int,
    engine: str,
    modes: int | None,
    seed: int | None,
    certify: bool,
    out: Path | None,
    as_json: bool,
) -> int:
    """KL divergence, one EM step and the Hessian at one theta.

    All of these depend on theta only through its amplitude in each frequency of the cyclic
    action. g1, g2, ... are the contraction factors of EM: it maps the amplitude a_m to
    (1 - g_m) a_m. The Hessian is that of the KL divergence; its eigenvalues are at most 1.
    With --certify, enclosures with every error bounded and named; the Hessian among them for
    k <= 6, on regular simplices to k = 25, and there at any k if all weights but one are equal.

    Engines: laplace on regular simplices (--radius, or any theta for k = 2 and 3) at any k;
    lattice for other theta up to k = 6 (multiprecision beyond 15 digits); sampling, with error
    bars, beyond.

    \b
    In --json, beside the numbers:
      modes                   the last frequency listed; 8 when k > 2001, unless --modes says more
      g_all_equal             true when symmetry makes every g_m equal, listed or not
      hessian_eigenvalues     ascending; null where the engine leaves the Hessian out
      hessian_multiplicities  how often each occurs, when d > 2000; else all d are listed
      errors                  error estimate of kl, g, map_amplitudes, hessian_eigenvalues
      samples, seed           of a sampled result
      hessian_reason          with --certify: why hessian_eigenvalues is null
    """
    mixture = mixture_of(k, d, weights)
    point = point_of(mixture.k, amplitudes, radius)
    if certify or out is not None:
        return evaluate_certified(mixture, point, digits, engine, out, as_json)
    from overspec.verify.engines.evaluate import evaluate as compute

    options = {} if seed is None else {"seed": seed}
    result = compute(mixture, point, digits, engine, modes, **options)
    facts = _facts(result)
    if as_json:
        print_json(facts)
    else:
        _print(result, facts)
    return 0


def _facts(result: Evaluation) -> dict[str, Any]:
    from overspec.reports.content.format import decimal_text, root_decimal

    def text(value: Any, kind: str) -> str:
        return decimal_text(value, result.error_of(kind), result.digits)

    mixture, spectrum = result.mixture, result.hessian_spectrum
    listed = mixture.d <= MAX_EIGENVALUES
    facts: dict[str, Any] = {
        "k": mixture.k,
        "d": mixture.d,
        "weights": str(mixture.weights),
        "amplitudes": [
            root_decimal(e, result.digits) for e in islice(result.energies, result.modes)
        ],
        "kl": text(result.kl, "log_partition"),
        "log_partition": text(result.log_partition, "log_partition"),
        **{f"g{m}": text(g, "g") for m, g in enumerate(result.g) if m > 0},
        "g_all_equal": result.g_all_equal,
        "modes": result.modes,
        "map_amplitudes": [text(a, "operator") for a in result.map_amplitudes],
        "hessian_eigenvalues": None
        if spectrum is None
        else [text(v, "jacobian") for v, n in spectrum for _ in range(n if listed else 1)],
        "error": f"{float(result.error):.0e}",
        "errors": {
            name: f"{float(result.error_of(kind)):.0e}"
            for name, kind in (
                ("kl", "log_partition"),
                ("g", "g"),
                ("map_amplitudes", "operator"),
                ("hessian_eigenvalues", "jacobian"),
            )
        },
        "evidence": result.evidence.value,
        "engine": result.engine,
        "digits": result.digits,
    }
    if spectrum is not None and not listed:
        facts["hessian_multiplicities"] = [count for _, count in spectrum]
    if result.samples:
        facts |= {"samples": result.samples, "seed": result.seed}
    return facts


def _print(result: Evaluation, facts: dict[str, Any]) -> None:
    more = ", ..." if result.modes < result.mixture.k // 2 else ""
    print_facts(
        [
            ("mixture", result.mixture),
            ("amplitudes of theta", ", ".join(facts["amplitudes"]) + more),
            ("KL(N(0,I) || mixture)", facts["kl"]),
            *_contractions(result, facts, more),
            ("after one EM step", ", ".join(facts["map_amplitudes"]) + more),
            ("Hessian eigenvalues", _eigenvalues(facts)),
            ("evidence", _evidence(facts)),
            ("engine", f"{facts['engine']}, {facts['digits']} digits"),
        ]
    )


def _contractions(result: Evaluation, facts: dict[str, Any], more: str) -> list[tuple[str, object]]:
    if facts["g_all_equal"] and result.mixture.k > 3:
        return [("contraction, every g_m", facts["g1"])]
    rows: list[tuple[str, object]] = [
        (f"contraction g{m}", facts[f"g{m}"]) for m in range(1, result.modes + 1)
    ]
    return [*rows, ("contractions g", "...")] if more else rows


def _eigenvalues(facts: dict[str, Any]) -> str:
    values = facts["hessian_eigenvalues"]
    if values is None:
        return "left out by this engine here"
    counts = facts.get("hessian_multiplicities", [1] * len(values))
    return ", ".join(f"{v} (x {n})" if n > 1 else v for v, n in zip(values, counts, strict=True))


def _evidence(facts: dict[str, Any]) -> str:
    if "seed" not in facts:
        return f"{facts['evidence']}: error estimate {facts['error']}, not a bound"
    return (
        f"{facts['evidence']}: {facts['samples']} points, seed {facts['seed']}, "
        f"99.9% intervals of at most +-{facts['error']}"
    )
