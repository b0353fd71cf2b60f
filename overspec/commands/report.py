"""``overspec report``: the ledger as a document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overspec.commands.shared.options import components, json_option, mixture_of
from overspec.commands.shared.output import print_result, waiting
from overspec.commands.verify import run_ledger
from overspec.errors import InputError
from overspec.verbs.verify import labels_of, load_ledger, named, save_ledger

if TYPE_CHECKING:
    from overspec.verify.claims.ledger import Ledger
    from overspec.verify.claims.profile import Portrait

EXAMPLES = """\b
Examples:
  overspec report --ledger out/ledger.json --out out
  overspec report --claims T1,T2 --mixture "mine=2/5,3/10,1/5,1/10" --out report
  overspec report --ledger new/ledger.json --diff old/ledger.json
  overspec report --ledger out/ledger.json --gallery gallery.json
  overspec report --fragment conditions --k 4 --out paper"""


@click.command(short_help="Write the ledger as LaTeX, PDF and HTML.", epilog=EXAMPLES)
@click.option(
    "--ledger",
    "path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A ledger.json of overspec verify. Without it, check the claims first.",
)
@click.option(
    "--k",
    "ks",
    metavar="RANGE",
    help="Numbers of components to check when no ledger is given (2:4), or the fragment's k.",
)
@click.option("--claims", metavar="ID,...", help="Only these claims and what they rest on.")
@click.option(
    "--mixture",
    "mixtures",
    multiple=True,
    metavar="[NAME=]WEIGHTS",
    help="Add what holds for these weights: a list, or FAMILY@K. May be given several times.",
)
@click.option("--quick", is_flag=True, help="Fewer cases when no ledger is given.")
@click.option(
    "--owner",
    metavar="NAME",
    help="Author of the report; by default the ledger's owner.",
)
@click.option(
    "--diff",
    "old",
    type=click.Path(path_type=Path),
    metavar="OLD.json",
    help="Also say what changed since an older ledger.",
)
@click.option(
    "--gallery",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Add to the page what overspec gallery --all --out FILE found.",
)
@click.option(
    "--fragment",
    metavar="KIND",
    help="Instead: a LaTeX fragment to input into a paper, and a .bib. KIND: conditions.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out"),
    show_default=True,
    metavar="DIR",
    help="Where to write.",
)
@json_option
def report(
    path: Path | None,
    ks: str | None,
    claims: str | None,
    mixtures: tuple[str, ...],
    quick: bool,
    owner: str | None,
    old: Path | None,
    gallery: Path | None,
    fragment: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Write the ledger as LaTeX, as a self-contained HTML page, and as PDF if an engine is found.

    The report states each claim, the conditions derived for each k, what was said and what holds,
    and how to run every check again. A failed claim is reported; it is not an error here. With
    --mixture or --claims, the ledger behind the report is written beside it.
    """
    if fragment is not None:
        _fragment(fragment, ks, out, as_json)
        return
    before = None if old is None else load_ledger(old)
    if gallery is not None:
        from overspec.reports.content.gallery import read_entries

        read_entries(gallery)  # before the long run, not after it
    portraits = tuple(_portrait(text) for text in mixtures)
    if path is None:
        from overspec.files import check_writable

        check_writable(out)  # before the long run, not after it
        ledger = run_ledger(ks or "2:4", claims, quick, figures=True)
    else:
        if ks is not None:
            raise InputError("--k and --ledger: a ledger has its own k; give only one of the two")
        ledger = load_ledger(path)
        ledger = ledger if claims is None else ledger.only(labels_of(claims))
    ledger = replace(
        ledger,
        mixtures=(*ledger.mixtures, *portraits),
        owner=ledger.owner if owner is None else named(owner),
    )
    from overspec.verbs.report import report as write

    made = (
        [] if path is not None and claims is None and not mixtures else [_save(ledger, out, path)]
    )
    with waiting("writing the report"):
        result = write(ledger, out, before, gallery)
    print_result(replace(result, files=(*made, *result.files)), as_json)


def _save(ledger: Ledger, out: Path, path: Path | None) -> Path:
    """The ledger that the report prints; never over the one that was given."""
    same = path is not None and (out / "ledger.json").resolve() == path.resolve()
    return save_ledger(ledger, out / ("report-ledger.json" if same else "ledger.json"))


def _fragment(kind: str, ks: str | None, out: Path, as_json: bool) -> None:
    if ks is None or not ks.isdecimal():
        raise InputError("--fragment needs --k with one number, for example --k 4")
    from overspec.reports.fragment import write_fragment
    from overspec.verbs.report import ReportResult

    print_result(ReportResult(write_fragment(kind, int(ks), out)), as_json)


def _portrait(text: str) -> Portrait:
    """What holds for the mixture that ``[NAME=]WEIGHTS`` names; k of a family after ``@``."""
    name, _, weights = text.rpartition("=")
    listed, at, count = weights.rpartition("@")
    if not at:
        listed, count = weights, ""
    if count and not count.strip().isdecimal():
        raise InputError(
            f"--mixture {text!r}: write the number of components after @, as in uniform@4"
        )
    k = components(int(count) if count else None, listed)
    mixture = mixture_of(k, None, listed)
    from overspec.verify.claims.profile import portrait

    family = "" if not count else f" --k {k}"
    command = f"overspec derive --weights {mixture.weights}{family}"
    return portrait(name.strip() or str(mixture.weights), mixture, command)
