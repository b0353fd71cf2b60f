"""Which rigorous engine certifies a point, and what each of them assumes."""

from __future__ import annotations

from flint import ctx

from overspec.errors import InputError
from overspec.exact import sign
from overspec.mixture import Energies, Mixture
from overspec.verify.enclosures import lattice
from overspec.verify.enclosures.ball import to_ball
from overspec.verify.enclosures.lattice_hessian import SPARE
from overspec.verify.engines.pairs.grid import K as PAIRS_K

LOW_RANK_K = (5, 6)  # where the lattice has too many nodes

#: What each engine's bounds assume, beyond the model; `check.verdict` tests every one.
HYPOTHESES = {
    "model": (
        "the data are N(0, I) and the components N(R^j theta, I)",
        "the weights are positive and sum to 1",
    ),
    "lattice": (
        "0 < step <= 2 pi on every axis",
        "0 < height and height * spread < pi on every axis",
        "radius^2 >= dimension + 1",
        "the sum contains every node within the radius",
    ),
    "laplace": (
        "the orbit of theta is a regular simplex",
        "0 < step",
        "0 < angle < pi/2 for every contour",
        "0 < power",
    ),
    "pairs": (
        "k = 4",
        "0 < spacing, 0 < slope <= 2",
        "0 < step <= 2 pi, 0 < height and height * a_1 < pi/2",
        "the last node is beyond 2",
    ),
    "low-rank": (
        "every amplitude is positive",
        "0 < step <= 2 pi, 0 < height and height * spread < pi on every axis of h",
        "radius^2 >= rank + 1, and every node h within the radius is in the sum",
        "0 < angle < pi/2 for every contour, 0 < power, places in cells within the disc",
    ),
    "closed form": ("theta = 0",),
}


def chosen(mixture: Mixture, energies: Energies, digits: int, hessian: bool) -> str:
    """The engine that ``auto`` stands for.

    >>> point = Energies.of_amplitudes(5, "9/10,3/5")
    >>> [chosen(Mixture.simplex(5), point, digits, False) for digits in (4, 15)]
    ['lattice', 'low-rank']
    """
    if energies.is_regular_simplex:
        return "laplace"
    if mixture.k == PAIRS_K:
        return "pairs"
    if mixture.k in LOW_RANK_K and all(sign(e) != 0 for e in energies):
        with ctx.workprec(input_bits(mixture, digits)):
            means = lattice.orbit(mixture.k, [to_ball(e).sqrt() for e in energies])
        try:
            lattice.plan(means, digits + 1 + (SPARE if hessian else 0))
        except InputError:
            return "low-rank"
    return "lattice"


def input_bits(mixture: Mixture, digits: int) -> int:
    """Bits for exact input at so many digits."""
    return int(digits * 3.33) + 7 * mixture.k.bit_length() + 100
