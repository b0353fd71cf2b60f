"""``overspec experiment``: predictions put to the test, with tables and figures."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from .options import json_option
from .output import print_json, print_table
from .verify import progress

if TYPE_CHECKING:
    from ..verify.experiments.experiment import Result, Settings

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
@click.option("--quick", is_flag=True, help="Fewer, smaller and shorter cases.")
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all random numbers."
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
    """Measure what the theory predicts and say whether it came out.

    Each NAME writes DIR/NAME.csv (the table), .txt (prediction, measurement, verdict), .png, .pdf
    and .svg (the figure), and a claim in DIR/ledger.json. The same seed gives the same files. An
    experiment that is finished in DIR is not run again.
    Exit code 0: every prediction came out as expected; 1: one did not; 3: one is inconclusive.
    """
    from ..files import check_writable
    from ..reports.drawing import available
    from ..verify.experiments import registry
    from ..verify.experiments.experiment import Settings

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
    wanted = registry.NAMES if everything else tuple(dict.fromkeys(names))
    for name in wanted:
        registry.experiment(name)  # a wrong name stops before any work
    if not available():
        raise InputError("the figures need matplotlib: pip install 'overspec[figures]'")
    check_writable(out)
    settings = Settings(quick, seed)
    results = {}
    for number, name in enumerate(wanted, start=1):
        with progress() as report:
            results[name] = _result(name, settings, out, _labelled(report, name, number, wanted))
        _write(name, results[name], out)
    ledger = _ledger(list(results.values()), quick)
    from .verify import save_ledger

    written = save_ledger(ledger, out)
    if as_json:
        print_json(
            {"experiments": [_row(*item) for item in results.items()], "ledger": f"{written}"}
        )
    else:
        _print(results, out)
    return int(ledger.exit_code)


def _labelled(
    report: Callable[[str, int, int], None], name: str, number: int, wanted: tuple[str, ...]
) -> Callable[[str, int, int], None]:
    title = name if len(wanted) == 1 else f"{number}/{len(wanted)} {name}"
    return lambda part, done, total: report(f"{title}: {part}" if part else "", done, total)


def _result(
    name: str, settings: Settings, out: Path, on_progress: Callable[[str, int, int], None]
) -> Result:
    """From the folder where it is finished there, else computed and kept."""
    from ..verify.experiments.experiment import Result, libraries, run
    from ..verify.experiments.registry import experiment as find
    from ..verify.plain import from_plain, to_plain
    from ..verify.store import Damaged, Store, source_hash

    store = Store(out / "results", source_hash())
    inputs = {
        "experiment": name,
        "quick": settings.quick,
        "seed": settings.seed,
        "libraries": dict(libraries()),
    }
    kept = store.get(inputs)
    if isinstance(kept, Damaged):
        click.echo(f"warning: {kept.path}: {kept.reason}; computed again", err=True)
    elif kept is not None:
        return from_plain(Result, kept)
    result = run(find(name), settings, on_progress)
    store.put(inputs, to_plain(result))
    return result


def _write(name: str, result: Result, out: Path) -> None:
    from ..files import write_atomically
    from ..reports.document import Figure
    from ..reports.drawing import draw, standalone
    from ..reports.tables import table_bytes

    provenance = result.certificate.provenance
    origin = {"version": provenance.version, "seed": str(provenance.seed), "experiment": name}
    rows = [dict(zip(result.table.columns, row, strict=True)) for row in result.table.rows]
    write_atomically(out / f"{name}.csv", table_bytes("csv", rows, result.table.columns, origin))
    if result.times is not None:
        rows = [dict(zip(result.times.columns, row, strict=True)) for row in result.times.rows]
        write_atomically(
            out / f"{name}-times.csv", table_bytes("csv", rows, result.times.columns, origin)
        )
    for data in result.figures:
        for kind in ("png", "pdf", "svg"):
            content = draw(Figure(data), kind)
            write_atomically(
                out / f"{data.id}.{kind}", standalone(content) if kind == "svg" else content
            )
    write_atomically(out / f"{name}.txt", text(result))


def text(result: Result) -> str:
    """Prediction, measurement and verdict, for a reader."""
    c = result.certificate
    parts = [
        (c.text.title, ""),
        ("Prediction", c.text.stated + (f" ({c.text.source})" if c.text.source else "")),
        *([("Said", c.text.said)] if c.text.said else []),
        ("Looked at", c.domain),
        ("Measured", result.remarks),
        ("Verdict", f"{c.outcome.value}, {c.evidence.value}; margin {c.margin}, {c.worst_at}"),
        *([("What holds instead", c.amendment)] if c.amendment else []),
        ("False predictions that the same judge must reject",
         "\n".join(f"  {words}" for words in c.text.mutants)),
        ("Numbers", "\n".join(f"  {name}: {value}" for name, value in c.values)),
        ("Again", c.provenance.command),
    ]  # fmt: skip
    return "\n\n".join(
        title if not body else f"{title}\n{_wrapped(body)}" for title, body in parts
    ) + "\n"  # fmt: skip


def _wrapped(body: str) -> str:
    lines = body.split("\n")
    return "\n".join(
        textwrap.fill(line, 96, subsequent_indent="    " if line.startswith("  ") else "")
        for line in lines
    )


def _ledger(results: list[Result], quick: bool) -> Any:
    from ..verify.ledger import Ledger, today

    return Ledger(
        tuple(result.certificate for result in results),
        (),
        quick,
        figures=tuple(figure for result in results for figure in result.figures),
        made=today(),
    )


def _row(name: str, result: Result) -> dict[str, Any]:
    c = result.certificate
    return {
        "name": name,
        "outcome": c.outcome.value,
        "expected": c.text.expected.value,
        "evidence": c.evidence.value,
        "margin": c.margin,
        "worst_at": c.worst_at,
        "seconds": c.seconds,
        "command": c.provenance.command,
        "table": [list(row) for row in (result.table.columns, *result.table.rows)],
    }


def _print(results: dict[str, Result], out: Path) -> None:
    print_table(
        ("experiment", "what it tests", "outcome", "evidence", "margin", "seconds"),
        [
            (name, r.certificate.text.title, r.certificate.outcome.value,
             r.certificate.evidence.value, r.certificate.margin, f"{r.certificate.seconds:.1f}")
            for name, r in results.items()
        ],
        right="margin seconds",
    )  # fmt: skip
    for name in results:
        click.echo(f"{out}/{name}.txt .csv .png .pdf .svg")
    click.echo(f"{out}/ledger.json")
