"""``overspec experiment``: predictions put to the test, with tables and figures."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from overspec.commands.shared.options import json_option
from overspec.commands.shared.output import print_json, print_table
from overspec.commands.verify import progress
from overspec.errors import InputError, one_of
from overspec.verbs.verify import save_ledger
from overspec.verify.experiments.tested import Tested

if TYPE_CHECKING:
    from overspec.verify.claims.ledger import Ledger
    from overspec.verify.experiments.experiment import ExperimentResult, Settings
    from overspec.verify.sweep.store import Store

EXAMPLES = """\b
Examples:
  overspec experiment --list                          names and what they test
  overspec experiment convergence --out exp           one experiment
  overspec experiment --all --quick --out exp         all of them, fewer and smaller cases
  overspec report --ledger exp/ledger.json --out exp  their report"""


@click.command(
    short_help="Put a prediction to the test, with a table and a figure.", epilog=EXAMPLES
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="All experiments.")
@click.option("--list", "listing", is_flag=True, help="List the experiments and stop.")
@click.option("--quick", is_flag=True, help="Fewer and smaller cases.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Seed of all random numbers.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("experiments"),
    show_default=True,
    metavar="DIR",
    help="Folder to write to.",
)
@json_option
def experiment(
    names: tuple[str, ...],
    everything: bool,
    listing: bool,
    quick: bool,
    seed: int,
    out: Path,
    as_json: bool,
) -> int:
    """Measure what the theory predicts and say whether it came true.

    Each NAME writes DIR/NAME.csv (the table), .txt (prediction, measurement, verdict), .png, .pdf
    and .svg (the figure), and a claim in DIR/ledger.json. The same seed gives the same files. An
    experiment that is finished in DIR does not run again.
    Exit code 0: every prediction came out as expected; 1: one did not; 3: one is inconclusive.
    """
    from overspec.files import check_writable, write_atomically
    from overspec.reports.experiment import files
    from overspec.reports.printing.drawing import available
    from overspec.verify.experiments import registry
    from overspec.verify.experiments.experiment import Settings
    from overspec.verify.experiments.extra import scikit_learn

    if listing:
        chosen = [registry.experiment(name) for name in registry.NAMES]
        if as_json:
            print_json({"experiments": [{"name": e.name, "title": e.title} for e in chosen]})
        else:
            print_table(("name", "what it tests"), [(e.name, e.title) for e in chosen])
        return 0
    if everything == bool(names):
        raise InputError(
            f"name the experiments ({', '.join(registry.NAMES)}) or give --all, and not both"
        )
    known = (one_of(name, registry.NAMES, "experiment") for name in names)
    wanted = registry.NAMES if everything else tuple(dict.fromkeys(known))
    for name in wanted:  # a wrong name or a missing library stops before any work
        if registry.experiment(name).peer:
            scikit_learn("cluster")
    if not available():
        raise InputError("the figures need matplotlib: pip install 'overspec[figures]'")
    check_writable(out)
    settings = Settings(quick, seed)
    results = {}
    for number, name in enumerate(wanted, start=1):
        with progress() as report:
            results[name] = _result(name, settings, out, _labelled(report, name, number, wanted))
        for file, content in files(results[name]):
            write_atomically(out / file, content)
    written = save_ledger(_ledger(results, settings, out), out / "ledger.json")
    if as_json:
        rows = [Tested(*item).to_dict() for item in results.items()]
        print_json({"experiments": rows, "ledger": f"{written}"})
    else:
        _print(results, out)
    return _ledger(results, settings).exit_code


def _labelled(
    report: Callable[[str, int, int], None], name: str, number: int, wanted: tuple[str, ...]
) -> Callable[[str, int, int], None]:
    title = name if len(wanted) == 1 else f"{number}/{len(wanted)} {name}"
    last = ""

    def labelled(part: str, done: int, total: int) -> None:
        nonlocal last
        if sys.stderr.isatty() or part != last:  # a log needs one line a part
            report(f"{title}: {part}" if part else "", done, total)
        last = part

    return labelled


def _result(
    name: str, settings: Settings, out: Path, on_progress: Callable[[str, int, int], None]
) -> ExperimentResult:
    """From the folder where it is finished there, else computed and kept."""
    from msgspec import to_builtins

    from overspec.verify.experiments.experiment import run
    from overspec.verify.experiments.registry import experiment as find

    kept = _kept(name, settings, out)
    if kept is None:
        kept = run(find(name), settings, on_progress)
        _store(out).put(_inputs(name, settings), to_builtins(kept))
    return kept


def _kept(name: str, settings: Settings, out: Path) -> ExperimentResult | None:
    from msgspec import convert

    from overspec.verify.experiments.experiment import ExperimentResult
    from overspec.verify.sweep.store import Damaged

    found = _store(out).get(_inputs(name, settings))
    if isinstance(found, Damaged):
        click.echo(f"warning: {found.path}: {found.reason}; computed again", err=True)
        return None
    return None if found is None else convert(found, ExperimentResult)


def _store(out: Path) -> Store:
    from overspec.verify.sweep.store import Store, source_hash

    return Store(out / "results", source_hash())


def _inputs(name: str, settings: Settings) -> dict[str, Any]:
    from overspec.verify.experiments.experiment import libraries

    return {
        "experiment": name,
        "quick": settings.quick,
        "seed": settings.seed,
        "libraries": dict(libraries()),
    }


def _ledger(
    results: dict[str, ExperimentResult], settings: Settings, out: Path | None = None
) -> Ledger:
    """Of these results, and of all others finished in the folder with the same settings."""
    from overspec.verify.claims.ledger import Ledger
    from overspec.verify.claims.run import today
    from overspec.verify.experiments.registry import NAMES

    found = [
        results.get(name) or (None if out is None else _kept(name, settings, out)) for name in NAMES
    ]
    there = [result for result in found if result is not None]
    return Ledger(
        tuple(result.certificate for result in there),
        (),
        settings.quick,
        figures=tuple(figure for result in there for figure in result.figures),
        made=today(),
    )


def _print(results: dict[str, ExperimentResult], out: Path) -> None:
    print_table(
        ("experiment", "what it tests", "outcome", "evidence", "margin", "seconds"),
        [
            (name, r.certificate.text.title, r.certificate.outcome.value,
             r.certificate.worth, r.certificate.margin, f"{r.certificate.seconds:.1f}")
            for name, r in results.items()
        ],
        right=("margin", "seconds"),
    )  # fmt: skip
    for name in results:
        click.echo(f"{out}/{name}.txt .csv .png .pdf .svg")
    click.echo(f"{out}/ledger.json")
