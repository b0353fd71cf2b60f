"""``overspec gallery``: published theorems on EM, audited."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from overspec.commands.shared.options import json_option
from overspec.commands.shared.output import print_json, print_result
from overspec.commands.shared.plot import check_plot, plot_option
from overspec.commands.shared.plot import plot as draw_plot
from overspec.errors import InputError

if TYPE_CHECKING:
    from overspec.figure import FigureData
    from overspec.verify.gallery.audit import Gallery, OnProgress

Command = TypeVar("Command", bound=Callable[..., Any])

EXAMPLES = """\b
Examples:
  overspec gallery
  overspec gallery 1609.00368 --theta 2/5
  overspec gallery xu_2018 --weight 0.9 --json
  overspec gallery 1609.00368 --theta 2/5 --certificate ten.json
  overspec gallery --all --out gallery.json --tex gallery.tex --html gallery.html"""

INCONCLUSIVE = 3

#: The parameters of all entries (a test compares them) and what they are.
PARAMETERS = {
    "theta": "Mean of the truth, or |theta|.",
    "rho": "Difference of the two weights.",
    "weight": "Weight of the truth.",
    "radius": "Separation, or norm of the outer means.",
    "gamma": "Third mean of the truth, over --radius.",
    "share": "lambda: distance of the start over --radius.",
    "d": "Dimension.",
    "start": "Where EM starts.",
    "start-weight": "Weight with which EM starts.",
    "eta": "Step of gradient EM.",
    "steps": "Number of steps.",
}


def parameter_options(command: Command) -> Command:
    """One option for each of `PARAMETERS`, read exactly later."""
    for name, words in reversed(PARAMETERS.items()):
        command = click.option(f"--{name}", metavar="NUMBER", help=words)(command)
    return command


@click.command(short_help="Published theorems on EM, audited.", epilog=EXAMPLES)
@click.argument("paper", required=False)
@click.option("--all", "everything", is_flag=True, help="Run every entry: about 25 seconds.")
@parameter_options
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write every enclosure and verdict here (JSON).",
)
@click.option(
    "--certificate",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write here what was compared by formulas, for overspec check (one paper).",
)
@click.option(
    "--tex",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the table here, as LaTeX for \\input.",
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the table here, as one HTML page.",
)
@plot_option
@json_option
def gallery(
    paper: str | None,
    everything: bool,
    out: Path | None,
    certificate: Path | None,
    tex: Path | None,
    html: Path | None,
    plot: str | None,
    as_json: bool,
    **given: str | None,
) -> int:
    """What papers on EM state beside what is true, with a verdict computed from enclosures.

    Without PAPER the entries are listed and nothing is run. PAPER is an arXiv identifier or a name
    of the list. What is printed of a paper names the parameters that it takes, with their ranges;
    numbers are exact, as 2/5 or 0.4. The exit code is 3 if a check is inconclusive.
    """  # fmt: skip
    at = {name: value for name, value in given.items() if value is not None}
    if paper is not None and everything:
        raise InputError(f"give either {paper} or --all, not both")
    if paper is None and at:
        raise InputError(f"--{next(iter(at)).replace('_', '-')} is for one paper: name it")
    if paper is None and not everything:
        if (out, certificate, tex, html, plot) != (None,) * 5:
            raise InputError("nothing was run: name a paper or give --all")
        return _list(as_json)
    if paper is None and certificate is not None:
        raise InputError("--certificate is for one paper: name it")
    drawn = _figure(paper, plot)
    found = _run(paper, at)
    written = [] if certificate is None else [_certify(found, certificate, at)]
    written += _write(found, out, tex, html)
    if paper is None and plot is not None:
        drawn = _overview(found)
    if drawn is not None and (picture := draw_plot(drawn, plot, as_json)) is not None:
        written.append(str(picture))
    if as_json:
        print_json(found.to_dict() | ({"files": written} if written else {}))
    else:
        for number, result in enumerate(found.audits if paper is not None else (found,)):
            if number:
                click.echo()
            print_result(result, False)
        for file in written:
            click.echo(f"wrote {file}")
    kinds = {finding.verdict.kind.value for a in found.audits for finding in a.findings}
    return INCONCLUSIVE if "inconclusive" in kinds else 0


def _list(as_json: bool) -> int:
    from overspec.verbs.gallery.run import listing

    print_result(listing(), as_json)
    return 0


def _run(paper: str | None, at: dict[str, str]) -> Gallery:
    """One paper or all; progress on standard error."""
    from overspec.verbs.gallery.run import audit, everything
    from overspec.verify.gallery.audit import Gallery
    from overspec.verify.gallery.registry import find

    if paper is not None:
        find(paper).read(at)  # what is wrong with the input is said before the bar begins
    with _progress() as told:
        return everything(told) if paper is None else Gallery((audit(paper, told, **at),))


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """A bar on a terminal, else one line a statement."""
    if not sys.stderr.isatty():
        yield lambda done, total, what: click.echo(f"{done + 1}/{total} {what}", err=True)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        shown = bar.add_task("gallery", total=None)
        yield lambda done, total, what: bar.update(
            shown, completed=done, total=total, description=what
        )


def _figure(paper: str | None, target: str | None) -> FigureData | None:
    """What --plot asks for of one paper, before the rest is run."""
    check_plot(target)
    if target is None or paper is None:
        return None
    from overspec.reports.figures.gallery import gallery_figure
    from overspec.verify.gallery.registry import find

    return gallery_figure(find(paper))


def _overview(found: Gallery) -> FigureData:
    """What --plot asks for of all."""
    from overspec.reports.figures.gallery import overview

    return overview(found.to_dict()["entries"])


def _certify(found: Gallery, path: Path, at: dict[str, str]) -> str:
    """The certificate of the only paper."""
    from overspec.verbs.save import save_certificate

    (only,) = found.audits
    options = "".join(f" --{name.replace('_', '-')} {value}" for name, value in at.items())
    return str(save_certificate(only, path, f"overspec gallery {only.entry.arxiv}{options}"))


def _write(found: Gallery, out: Path | None, tex: Path | None, html: Path | None) -> list[str]:
    """The files that were asked for."""
    from overspec.files import write_atomically
    from overspec.reports.gallery import html_page, tex_table
    from overspec.verbs.gallery.run import save

    written = [] if out is None else [save(found, out)]
    for path, made in ((tex, tex_table), (html, html_page)):
        if path is not None:
            written.append(write_atomically(path, made(found)))
    return list(map(str, written))
