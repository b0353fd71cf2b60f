"""The command line: parses, calls, prints. Exit codes and JSON keys are a contract (README)."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
import traceback
from collections.abc import Sequence

import click

from overspec import __version__
from overspec.commands import COMMANDS
from overspec.errors import InputError
from overspec.files import visible

#: New objects before Python looks for cycles among them; 700 unless told. Imports and derivations
#: make many objects that stay, and a search among them costs a command an eighth of its time.
OBJECTS = 50_000
COMPLETION = "_OVERSPEC_COMPLETE"  # the name that click gives it
BAD_INPUT, INTERNAL, INTERRUPTED, BROKEN_PIPE = 2, 4, 130, 141


class InOrder(click.Group):
    """Lists its commands in the order in which a newcomer meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(
    cls=InOrder, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="overspec")
@click.option("--debug", is_flag=True, help="Show the traceback of an internal error.")
def app(debug: bool) -> None:
    """Check what is claimed of the EM algorithm on overspecified Gaussian mixtures.

    A mixture of k Gaussians with unit covariance is fitted to data from a single one, N(0, I).
    Its means are the orbit of one vector theta under a cyclic rotation; the weights are fixed.
    How fast does EM find theta = 0, and what decides that?

    \b
    Start here:
      overspec verify                                   check every claim, print the ledger
      overspec derive --k 4                             the exact condition on the weights
      overspec evaluate --k 3 --weights 1/2,3/10,1/5 --amplitudes 1

    Every command takes --json (one object on standard output; progress goes to standard error).
    Exit codes: 0 done, 1 a claim failed, 2 bad usage or input, 3 inconclusive, 4 internal error.
    """


for command in COMMANDS:
    app.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: the only place that catches everything."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Our matrix products are small: BLAS threads cost more than they bring. Read when NumPy loads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(OBJECTS)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters
    if COMPLETION in os.environ:  # a shell asks what could come next
        app.main(given, prog_name="overspec")
    try:
        with app.make_context("overspec", list(given)) as context:
            code = app.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return BAD_INPUT
    except InputError as error:
        print(f"error: {visible(' '.join(str(error).split()))}{_options(error)}", file=sys.stderr)
        return BAD_INPUT
    except (KeyboardInterrupt, click.Abort):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        with contextlib.suppress(OSError):  # or Python complains once more while it exits
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        return _internal(error, given)
    return code if isinstance(code, int) else 0


def _options(error: InputError) -> str:
    """What would fit, as options of the command."""
    words = []
    for name, value in error.fits.items() if isinstance(error, InputError) else ():
        if value is None:
            words.append(f"--{name} or --no-{name}")
        elif value is False:
            words.append(f"--no-{name}")
        else:
            words.append(f"--{name}" if value is True else f"--{name} {value}")
    options = " ".join(words)
    return f"; try {options}" if options else ""


def _internal(error: Exception, given: list[str]) -> int:
    if "--debug" in given or os.environ.get("OVERSPEC_DEBUG"):
        traceback.print_exception(error)
    else:
        print(
            f"internal error: {type(error).__name__}: {error}\n"
            "This is a defect of overspec, not of your input. Please report it with the command, "
            f"overspec {__version__}, Python {sys.version.split()[0]},\n"
            "and the traceback that OVERSPEC_DEBUG=1 in the environment shows.",
            file=sys.stderr,
        )
    return INTERNAL


if __name__ == "__main__":
    raise SystemExit(main())
