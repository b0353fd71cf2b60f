"""``--certify`` and ``--out``: the certificate of a result, written."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

INCONCLUSIVE = 3

Command = TypeVar("Command", bound=Callable[..., Any])


def certify_options(command: Command) -> Command:
    """--certify and --out."""
    certify = click.option(
        "--certify", is_flag=True, help="Enclosures [lo, hi] with every error bounded."
    )
    out = click.option(
        "--out",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write the certificate (JSON) here; implies --certify.",
    )
    return certify(out(command))


def saved(result: object, out: Path | None) -> dict[str, str]:
    """Write the certificate where --out says; its name for the output."""
    if out is None:
        return {}
    from overspec.verbs.save import save_certificate

    return {"certificate": str(save_certificate(result, out, command_line()))}


def command_line() -> str:
    """The command that runs, as its options say it."""
    context = click.get_current_context()
    words = ["overspec", str(context.info_name)]
    at = ("k", "d", "weights", "amplitudes", "radius", "kind", "gap", "orbit")
    for name in (*at, "digits", "engine"):
        value = context.params.get(name)
        if value is not None and value != "auto":
            words += [f"--{name}", str(value)]
    return shlex.join([*words, "--certify"])
