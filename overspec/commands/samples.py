"""``overspec samples``: how many samples an error needs, and what error n samples guarantee."""

from __future__ import annotations

import click

from overspec.commands.shared.certified import INCONCLUSIVE
from overspec.commands.shared.options import json_option, mixture_of, mixture_options
from overspec.commands.shared.output import print_result, waiting
from overspec.errors import InputError

EXAMPLES = """\b
Examples:
  overspec samples --k 3 --weights one-heavy:9/10 --error 0.1
  overspec samples --k 4 --weights 0.4,0.3,0.2,0.1 --error 0.1 --delta 0.05
  overspec samples --k 3 --weights one-heavy:9/10 --kl 0.001
  overspec samples --k 3 --weights 1/2,3/10,1/5 --n 100000000
  overspec samples --k 6 --weights one-heavy:1/2 --error 0.01 --json
  overspec samples --k 4 --weights uniform --n 10000"""


@click.command(short_help="How many samples an error needs.", epilog=EXAMPLES)
@mixture_options
@click.option("--error", metavar="E", help="The error you want: a bound on |theta_t|.")
@click.option("--kl", metavar="E", help="Instead: a bound on the divergence KL(theta_t).")
@click.option("--n", type=int, help="Instead: how many samples you have.")
@click.option("--delta", metavar="D", default="0.05", show_default=True,
              help="Probability with which the guarantee may fail.")  # fmt: skip
@click.option("--certify", is_flag=True, help="At k = 4, prove the rate too (some 5 to 30 s).")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the simulation.")
@json_option
def samples(
    k: int | None,
    d: int | None,
    weights: str | None,
    error: str | None,
    kl: str | None,
    n: int | None,
    delta: str,
    certify: bool,
    seed: int,
    as_json: bool,
) -> int:
    """How many samples and iterations EM needs, by the theorems on finite samples (T8 to T10).

    With --error, the n and t beyond which |theta_t| is at most that, with probability at least
    1 - delta; with --kl the same for the divergence; with --n, the error that is guaranteed. All
    from any start: at k = 4 the rate is searched for, unless --certify; beyond k = 4 it is that of
    claim Bb. Beside it stand the iterations of EM on the population (T3a), and what EM does on
    simulated samples, since the theorem is loose. For degenerate weights there is no guarantee, and
    the answer says what is known. Exit 3 when nothing could be proved.
    """
    mixture = mixture_of(k, d, weights)
    if seed < 0:
        raise InputError(f"--seed {seed}: use an integer >= 0")
    from overspec.verbs.samples import samples as compute

    with waiting("bounding"):
        found = compute(mixture, error, delta, n=n, kl=kl, certify=certify, seed=seed)
    print_result(found, as_json)
    return 0 if found.found is not None or found.null else INCONCLUSIVE
