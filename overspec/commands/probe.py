"""``overspec probe``: the interactive page, and the page that needs no server."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import click

from overspec.commands.shared.options import d_option, json_option, k_option, weights_option
from overspec.commands.shared.output import print_json
from overspec.errors import InputError

if TYPE_CHECKING:
    from overspec.reports.probe.choice import Choice

EXAMPLES = """\b
Examples:
  overspec probe
  overspec probe --k 4 --weights 2/5,3/10,1/10,1/5 --amplitudes 1,1/2
  overspec probe --no-browser --port 8000
  overspec probe --export probe.html"""

FIRST_PORT, PORTS = 2718, 200
PATIENCE = 60.0  # seconds for the server to answer


@click.command(short_help="An interactive page: see gamma move.", epilog=EXAMPLES)
@k_option
@d_option
@weights_option
@click.option("--gap", metavar="C", help="c, strictly in (0, 1).")
@click.option("--kind", metavar="KIND", help="factor, jacobian or convexity.")
@click.option("--orbit", metavar="ORBIT", help="all or simplex.")
@click.option("--digits", metavar="N", help="Precision of the numbers.")
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
    help="Write a page with sliders that needs no server, and stop.",
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

    The options choose the view that the page opens with. The address of the page follows what you
    choose, so you can send a view to someone. The server listens on this machine alone unless
    --host says otherwise, and the page loads nothing from anywhere else. --export writes one HTML
    file instead, with sliders over a sweep that is computed beforehand.
    """
    from overspec.reports.probe.choice import Choice

    given = {"k": k, "d": d, "weights": weights, "gap": gap, "kind": kind, "orbit": orbit,
             "digits": digits, "radius": radius, "amplitudes": amplitudes,
             "steps": steps}  # fmt: skip
    if k is None and weights and "," in weights:
        given["k"] = weights.count(",") + 1
    choice = Choice.read({name: str(value) for name, value in given.items() if value is not None})
    if export is not None:
        return _export(choice, export, as_json)
    _need("marimo")
    _need("anywidget")
    return _serve(choice, host, port, not no_browser, as_json)


def _need(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise InputError(f'the page needs {module}: pip install "overspec[probe]"')


def _export(choice: Choice, path: Path, as_json: bool) -> int:
    _need("plotly")
    from overspec.files import check_writable, write_atomically
    from overspec.reports.probe.static import page

    check_writable(path.parent)

    def progress(done: int, total: int) -> None:
        last = done == total
        if sys.stderr.isatty():
            click.echo(f"\r{done} of {total} views", nl=last, err=True)
        elif last or done % 10 == 0:
            click.echo(f"{done} of {total} views", err=True)

    write_atomically(path, page(choice, progress))
    if as_json:
        print_json({"files": [str(path)]})
    else:
        click.echo(str(path))
    return 0


def _serve(choice: Choice, host: str, port: int | None, browse: bool, as_json: bool) -> int:
    from overspec.reports.probe import controls

    place = port_for(host, port)
    app = Path(controls.__file__).with_name("app.py")
    command = [sys.executable, "-P", "-m", "marimo", "-q", "run", str(app), "--headless",
               "--no-token", "--no-sandbox", "--host", host, "--port", str(place)]  # fmt: skip
    quiet = {"MARIMO_SKIP_UPDATE_CHECK": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the child is ended too
    child = subprocess.Popen(command, env=os.environ | quiet, stdin=subprocess.DEVNULL)
    try:
        _wait(child, host, place)
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
        query = urlencode(choice.query)
        address = f"http://{shown}:{place}/" + (f"?{query}" if query else "")
        if as_json:
            print_json({"address": address})
        else:
            click.echo(address)
        sys.stdout.flush()
        if host not in ("127.0.0.1", "localhost", "::1"):
            click.echo("warning: everyone who reaches this machine may use the page", err=True)
        click.echo("Ctrl-C ends it.", err=True)
        if browse:
            webbrowser.open(address)
        return 0 if child.wait() in (0, -2, 130) else 4
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait(10)


def port_for(host: str, port: int | None) -> int:
    """The port asked for if it is free, else the first free one.

    Raises:
        InputError: the port is taken, out of range, or the host is not of this machine.
    """
    if port is not None and not 1 <= port <= 65535:
        raise InputError(f"--port {port}: a port is a number from 1 to 65535")
    for candidate in (port,) if port is not None else range(FIRST_PORT, FIRST_PORT + PORTS):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, candidate))
            except socket.gaierror:
                raise InputError(f"--host {host}: this address is not known") from None
            except OSError as error:
                if port is not None or error.errno not in (98, 48, 10048):
                    raise InputError(
                        f"cannot listen on {host}, port {candidate}: {error.strerror}; "
                        "choose another --host or --port"
                    ) from None
                continue
            return int(candidate)
    raise InputError(f"no free port from {FIRST_PORT} on; give one with --port")


def _wait(child: subprocess.Popen[bytes], host: str, port: int) -> None:
    """Until the server answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if child.poll() is not None:
            raise InputError("the server of the page did not start; see its message above")
        try:
            with socket.create_connection((host, port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise InputError(f"the server of the page did not answer within {PATIENCE:.0f} s")
