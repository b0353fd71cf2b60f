"""``overspec probe``: the interactive page, served or as a file."""

from __future__ import annotations

import contextlib
import signal
import sys
import webbrowser
from pathlib import Path

import click

from overspec.commands.shared.options import d_option, json_option, k_option, weights_option
from overspec.commands.shared.output import print_json

EXAMPLES = """\b
Examples:
  overspec probe
  overspec probe --k 4 --weights 2/5,3/10,1/10,1/5 --amplitudes 1,1/2
  overspec probe --no-browser --port 8000
  overspec probe --export probe.html"""


@click.command(short_help="An interactive page: see gamma move.", epilog=EXAMPLES)
@k_option
@d_option
@weights_option
@click.option("--gap", metavar="C", help="c, strictly in (0, 1).")
@click.option("--kind", metavar="KIND", help="factor, jacobian or convexity.")
@click.option("--orbit", metavar="ORBIT", help="all or simplex.")
@click.option("--digits", metavar="N", help="Digits to refine to.")
@click.option("--radius", metavar="R", help="Start from the regular simplex of norm R.")
@click.option("--amplitudes", metavar="A1,A2,...", help="Start from these amplitudes.")
@click.option("--steps", metavar="T", help="EM steps to follow.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, help="Port; by default the first free one from 2718 on.")
@click.option("--no-browser", is_flag=True, help="Print the address and open nothing.")
@click.option(
    "--export",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    help="Write the page as one file that needs no server, and stop.",
)
@json_option
def probe(
    k: int | None,
    d: int | None,
    weights: str | None,
    gap: str | None,
    kind: str | None,
    orbit: str | None,
    digits: str | None,
    radius: str | None,
    amplitudes: str | None,
    steps: str | None,
    host: str,
    port: int | None,
    no_browser: bool,
    export: Path | None,
    as_json: bool,
) -> int:
    """Open an interactive page in the browser: choose weights, gap and start; see gamma move.

    The options choose the view that the page opens with; without any it tells a story in five
    steps. The page computes in the browser while you drag; this command adds more digits and
    certificates once you let go. It listens on this machine alone unless --host says otherwise,
    and answers only to the address that it prints. The page makes no request to any other server.
    --export writes the page as one HTML file instead: it needs no server.
    """
    from overspec.reports.probe.choice import Choice

    given = {"k": k, "d": d, "weights": weights, "gap": gap, "kind": kind, "orbit": orbit,
             "digits": digits, "radius": radius, "amplitudes": amplitudes,
             "steps": steps}  # fmt: skip
    if k is None and weights and "," in weights:
        given["k"] = weights.count(",") + 1
    said = {name: str(value) for name, value in given.items() if value is not None}
    fields = dict(Choice.read(said).fields) if said else {}  # without any it opens with the story
    if export is not None:
        return _export(fields, export, as_json)
    return _serve(fields, host, port, not no_browser, as_json)


def _export(fields: dict[str, str], path: Path, as_json: bool) -> int:
    from overspec.files import check_writable, write_atomically
    from overspec.reports.probe.page import page

    check_writable(path.parent)
    write_atomically(path, page(fields))
    if as_json:
        print_json({"files": [str(path)]})
    else:
        click.echo(str(path))
    return 0


def _serve(fields: dict[str, str], host: str, port: int | None, browse: bool, as_json: bool) -> int:
    from overspec.reports.probe.server import listening

    with listening(host, port, fields) as server, contextlib.suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that its jobs are ended too
        address = server.address(fields)
        if as_json:
            print_json({"address": address})
        else:
            click.echo(address)
        sys.stdout.flush()
        if host not in ("127.0.0.1", "localhost", "::1"):
            click.echo("warning: everyone who has the address may use the page", err=True)
        click.echo("Ctrl-C ends it.", err=True)
        if browse:
            webbrowser.open(address)
        server.serve_forever()
    return 0
