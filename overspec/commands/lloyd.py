"""``overspec lloyd``: the simplex as a fixed point of Lloyd's algorithm, and its stability."""

from __future__ import annotations

from pathlib import Path

import click

from overspec.commands.shared.certified import INCONCLUSIVE, certify_options, saved
from overspec.commands.shared.options import digits_option, json_option
from overspec.commands.shared.output import print_result, waiting
from overspec.errors import InputError

EXAMPLES = """\b
Examples:
  overspec lloyd --k 4
  overspec lloyd --k 5 --digits 30 --certify
  overspec lloyd --k 10000 --json"""


@click.command(short_help="Lloyd's fixed point: radius and stability.", epilog=EXAMPLES)
@click.option("--k", type=int, help="Number of centres.")
@digits_option
@certify_options
@json_option
def lloyd(k: int | None, digits: int, certify: bool, out: Path | None, as_json: bool) -> int:
    """The regular simplex as a fixed point of Lloyd's algorithm on N(0, I).

    r0 is the radius at which each of the k vertices is the centroid of its own Voronoi cell. The
    eigenvalues are those of one Lloyd step around it, each with its multiplicity; rotations have
    eigenvalue 1, since the data look the same from every side.
    """
    if k is None:
        raise InputError("--k is missing: give the number of centres, for example --k 4")
    from overspec.verbs.lloyd import lloyd as compute

    with waiting("integrating"):
        result = compute(k, digits, certify=certify or out is not None)
    print_result(result, as_json, **saved(result, out if result.conclusive else None))
    return 0 if result.conclusive else INCONCLUSIVE
