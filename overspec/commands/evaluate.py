"""``overspec evaluate``: everything at one point theta."""

from __future__ import annotations

from pathlib import Path

import click

from overspec.commands.shared.certified import INCONCLUSIVE, certify_options, saved
from overspec.commands.shared.options import (
    digits_option,
    engine_options,
    json_option,
    mixture_of,
    mixture_options,
    point_of,
    point_options,
)
from overspec.commands.shared.output import print_result, waiting
from overspec.errors import InputError

EXAMPLES = """\b
Examples:
  overspec evaluate --k 3 --weights 1/2,3/10,1/5 --amplitudes 1
  overspec evaluate --k 4 --weights linear --radius 2
  overspec evaluate --k 4 --weights 0.4,0.3,0.2,0.1 --amplitudes 1,1/2 --json
  overspec evaluate --k 4 --weights 0.4,0.3,0.2,0.1 --amplitudes 1,1/2 --digits 50
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
    With --certify every number is an enclosure, with all errors bounded and named. It includes the
    Hessian for k <= 6, and on regular simplices to k = 25, or at any k if all weights but one are
    equal. Engines are laplace, pairs, and at other k the lattice, or low-rank at k = 5 and 6
    where the lattice would have too many nodes; a file states what the lattice encloses.

    Engines: laplace on regular simplices (--radius, or any theta for k = 2 and 3) at any k; pairs
    for other theta at k = 4; low-rank, lattice or at k = 6 opposites, whichever is quickest, for k
    = 5 and 6 (multiprecision beyond 15 digits, but low-rank to 17 at k = 5); for larger k low-rank
    where its budget allows, above all near regular simplices, else sampling, with error bars.

    \b
    In --json, beside the numbers:
      modes                   the last frequency listed; 8 when k > 2001, unless --modes says more
      g_all_equal             true when symmetry makes every g_m equal, listed or not
      hessian_eigenvalues     ascending; null where the engine leaves the Hessian out
      hessian_multiplicities  how often each occurs, when d > 2000; else all d are listed
      hessian_reason          why hessian_eigenvalues is null
      errors                  error estimate of kl, g, map_amplitudes, hessian_eigenvalues
      samples, seed           of a sampled result
      conclusive              with --certify: whether everything is enclosed to --digits
    """
    mixture = mixture_of(k, d, weights)
    point = point_of(mixture, amplitudes, radius)
    from overspec.verbs.evaluate import evaluate as compute

    if not certify and out is None:
        with waiting("evaluating"):
            estimate = compute(mixture, point, digits, engine, modes, seed=seed)
        print_result(estimate, as_json)
        return 0
    if seed is not None:
        raise InputError("--seed is for sampling, which proves nothing; leave it out")
    with waiting("enclosing"):
        result = compute(mixture, point, digits, engine, modes, certify=True)
    print_result(result, as_json, **saved(result, out))
    return 0 if result.conclusive else INCONCLUSIVE
