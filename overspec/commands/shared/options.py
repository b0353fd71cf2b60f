"""The options that commands share, and how they become a mixture and a point."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from overspec.errors import InputError
from overspec.mixture import Energies, Mixture
from overspec.weights import FAMILIES, NORMALISE, Weights

Command = TypeVar("Command", bound=Callable[..., Any])

k_option = click.option(
    "--k", type=int, help="Number of components; by default that of a list of --weights."
)
d_option = click.option("--d", type=int, help="Dimension of the data, at least k - 1 (default).")


def weights_option(command: Command) -> Command:
    """--weights, and --normalise, which the command sees as a word before the list."""

    @wraps(command)
    def with_sum(*args: Any, normalise: bool, weights: str | None, **options: Any) -> Any:
        if normalise and (weights is None or weights.strip().partition(":")[0] in FAMILIES):
            raise InputError("--normalise divides a list of --weights by its sum: give a list")
        if normalise:
            weights = f"{NORMALISE}:{weights}"
        return command(*args, weights=weights, **options)

    listed = click.option(
        "--weights",
        metavar="LIST|FAMILY",
        help="Exact weights, as 1/2,0.3,0.2, or a family: uniform, one-heavy:P, geometric:Q, "
        "linear, random:SEED.",
    )
    divided = click.option(
        "--normalise",
        is_flag=True,
        help="Divide the --weights by their sum, exactly, and show the result.",
    )
    return listed(divided(with_sum))  # type: ignore[return-value]


digits_option = click.option(
    "--digits", type=int, default=15, show_default=True, help="Digits to compute."
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on standard output."
)


def mixture_options(command: Command) -> Command:
    """--k, --d, --weights: the mixture."""
    return k_option(d_option(weights_option(command)))


def point_options(command: Command) -> Command:
    """--amplitudes or --radius: the point theta."""
    amplitudes = click.option(
        "--amplitudes",
        metavar="A1,A2,...",
        help="theta by its exact amplitudes, one for each frequency 1...k/2.",
    )
    radius = click.option(
        "--radius", metavar="R", help="theta whose orbit is the regular simplex of norm R."
    )
    return amplitudes(radius(command))


def engine_options(command: Command) -> Command:
    """--engine, --modes, --seed: how a point is evaluated."""
    engine = click.option(
        "--engine",
        default="auto",
        show_default=True,
        metavar="NAME",
        help="auto, laplace, pairs, lattice, multiprecision or sampling.",
    )
    modes = click.option("--modes", type=int, metavar="M", help="List the frequencies 1...M.")
    seed = click.option("--seed", type=int, help="Seed of the sampling engine (default 0).")
    return engine(modes(seed(command)))


def mixture_of(k: int | None, d: int | None, weights: str | None) -> Mixture:
    """The mixture that --k, --d and --weights name."""
    if weights is None:
        raise InputError(
            "--weights is missing: give a list such as 1/2,3/10,1/5 or a family such as "
            f"one-heavy:1/2 ({', '.join(FAMILIES)})"
        )
    return Mixture.simplex(components(k, weights), weights, d)


def components(k: int | None, weights: str | None) -> int:
    """k as given, or the length of the list of weights."""
    if k is not None:
        return k
    if weights is None or weights.strip().partition(":")[0] in FAMILIES:
        raise InputError("--k is missing: give the number of components, for example --k 3")
    return Weights.of(weights).k


def point_of(mixture: Mixture, amplitudes: str | None, radius: str | None) -> Energies:
    """The point that --amplitudes or --radius names; exactly one must be given."""
    if (amplitudes is None) == (radius is None):
        raise InputError(
            f"give theta by --amplitudes (one for each frequency 1...{mixture.k // 2}) or by "
            f"--radius{', not by both' if amplitudes else ''}"
        )
    return mixture.point(amplitudes, radius=radius)
