"""``overspec lloyd``: the simplex as a fixed point of Lloyd's algorithm, and its stability."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from overspec.commands.shared.certified import (
    INCONCLUSIVE,
    certify_options,
    command_line,
    interval,
    save,
    shown,
)
from overspec.commands.shared.options import digits_option, json_option
from overspec.commands.shared.output import print_facts, print_json
from overspec.errors import InputError

if TYPE_CHECKING:
    from overspec.verify.enclosures.ball import Enclosure, Inconclusive

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
    eigenvalue 1, since the data look the same from everywhere.
    """
    if k is None:
        raise InputError("--k is missing: give the number of centres, for example --k 4")
    from overspec.verify.certificates.write import of_lloyd
    from overspec.verify.enclosures.ball import Enclosure, Inconclusive
    from overspec.verify.lloyd import radius as fixed_point
    from overspec.verify.lloyd import stability

    certify = certify or out is not None
    radius = fixed_point.r0(k, digits + 1)
    modes = stability.eigenvalues(k, digits + 1) if k <= stability.MAX_K else ()
    values = [radius, *(mode.value for mode in modes)]
    number = interval if certify else _plain(digits)
    facts: dict[str, Any] = {
        "k": k,
        "r0": number(radius),
        "closed_form": fixed_point.CLOSED_FORMS.get(k),
        "eigenvalues": [
            {"mode": m.name, "multiplicity": m.multiplicity, "value": number(m.value)}
            for m in modes
        ]
        or None,
        "evidence": "certified" if certify else "measured",
        "digits": digits,
    }
    conclusive = not any(isinstance(value, Inconclusive) for value in values)
    if out is not None and isinstance(radius, Enclosure) and conclusive:
        content = of_lloyd(k, digits + 1, radius, modes, command_line())
        facts["certificate"] = save(content, out)
    if as_json:
        print_json(facts)
    else:
        show = shown if certify else number
        rows = [("r0", show(radius)), ("closed form", facts["closed_form"] or "none known")]
        rows += [(f"eigenvalue {m.name} (x{m.multiplicity})", show(m.value)) for m in modes]
        if not modes:
            rows.append(("eigenvalues", f"certified up to k = {stability.MAX_K}"))
        rows.append(("evidence", facts["evidence"]))
        print_facts(rows)
    return 0 if conclusive else INCONCLUSIVE


def _plain(digits: int) -> Any:
    """A decimal to the digits asked for."""
    from overspec.reports.content.format import decimal_text
    from overspec.verify.enclosures.ball import Inconclusive

    def number(found: Enclosure | Inconclusive) -> str:
        if isinstance(found, Inconclusive):
            return "nan"
        return decimal_text(found.centre, found.radius, digits)

    return number
