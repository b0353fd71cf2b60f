"""``overspec evaluate``: everything at one point theta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .options import (
    digits_option,
    json_option,
    mixture_of,
    mixture_options,
    point_of,
    point_options,
)
from .output import print_facts, print_json

if TYPE_CHECKING:
    from ..verify.em import Evaluation

EXAMPLES = """\b
Examples:
  overspec evaluate --k 3 --weights 1/2,3/10,1/5 --amplitudes 1
  overspec evaluate --k 4 --weights linear --radius 2
  overspec evaluate --k 4 --weights 0.4,0.3,0.2,0.1 --amplitudes 1,1/2 --json"""


@click.command(short_help="KL, one EM step and the Hessian at one theta.", epilog=EXAMPLES)
@mixture_options
@point_options
@digits_option
@json_option
def evaluate(
    k: int | None,
    d: int | None,
    weights: str | None,
    amplitudes: str | None,
    radius: str | None,
    digits: int,
    as_json: bool,
) -> None:
    """KL divergence, one EM step and the Hessian at one theta.

    All of these depend on theta only through its amplitude in each frequency of the cyclic
    action. g1, g2, ... are the contraction factors of EM: it maps the amplitude a_m to
    (1 - g_m) a_m. The Hessian is that of the KL divergence; its eigenvalues lie in [0, 1].
    """
    mixture = mixture_of(k, d, weights)
    point = point_of(mixture.k, amplitudes, radius)
    from ..verify.em import evaluate as compute

    result = compute(mixture, point, digits=digits)
    facts = _facts(result)
    if as_json:
        print_json(facts)
    else:
        _print(result, facts)


def _facts(result: Evaluation) -> dict[str, Any]:
    from ..reports.format import decimal_text, root_decimal

    def text(value: Any) -> str:
        return decimal_text(value, result.error, result.digits)

    mixture = result.mixture
    return {
        "k": mixture.k,
        "d": mixture.d,
        "weights": str(mixture.weights),
        "amplitudes": [root_decimal(e, result.digits) for e in result.energies],
        "kl": text(result.kl),
        "log_partition": text(result.log_partition),
        **{f"g{m}": text(g) for m, g in enumerate(result.g) if m > 0},
        "map_amplitudes": [text(a) for a in result.map_amplitudes],
        "hessian_eigenvalues": [text(value) for value in result.hessian_eigenvalues],
        "error": f"{float(result.error):.0e}",
        "evidence": result.evidence.value,
        "engine": result.engine,
        "digits": result.digits,
    }


def _print(result: Evaluation, facts: dict[str, Any]) -> None:
    print_facts(
        [
            ("mixture", result.mixture),
            ("amplitudes of theta", ", ".join(facts["amplitudes"])),
            ("KL(N(0,I) || mixture)", facts["kl"]),
            *((f"contraction g{m}", facts[f"g{m}"]) for m in range(1, result.mixture.k // 2 + 1)),
            ("after one EM step", ", ".join(facts["map_amplitudes"])),
            ("Hessian eigenvalues", ", ".join(facts["hessian_eigenvalues"])),
            ("evidence", f"{facts['evidence']}: error estimate {facts['error']}, not a bound"),
            ("engine", f"{facts['engine']}, {facts['digits']} digits"),
        ]
    )
