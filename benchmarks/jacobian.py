"""DM(θ) by the two engines against general-purpose quadrature, in the same run on the same machine.

    python benchmarks/jacobian.py            both parts, a few minutes
    python benchmarks/jacobian.py --double   k = 4 to 1e-12 against scipy.integrate
    python benchmarks/jacobian.py --mp       k = 3 to 50 digits against nested mpmath.quad

The peers integrate the definition, ``E Cov_{j~w(x)}(R^{-j}x)`` over a box that holds all but a
negligible tail, from their own integrand: vectorised for cubature, plain Python numbers for nquad,
plain mpmath for quad. What a peer is too slow to do in full is measured on one entry and said so;
nothing is extrapolated.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from scipy import integrate

from overspec import Energies, Mixture
from overspec.verify.em import reference
from overspec.verify.engines import lattice, lattice_digits

TOLERANCE = 1e-12
BOX = 8.5  # P(|x_i| > 8.5) = 2e-17
CUBATURE_LIMIT = 200_000
NQUAD_TOLERANCE = 1e-12


def timed(call: Callable[[], Any], repeat: int = 1) -> tuple[Any, float]:
    """The result and the best time of some runs."""
    best = math.inf
    for _ in range(repeat):
        start = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - start)
    return result, best


class Definition:
    """The integrand of DM at θ, straight from the definition, in doubles."""

    def __init__(self, mixture: Mixture, energies: Energies) -> None:
        self.theta = reference.parameter(mixture, energies)
        turn = reference.rotation(mixture)
        means, powers = reference.orbit(turn, self.theta, mixture.k)
        self.means, self.powers = np.array(means), np.array(powers)
        weights = [float(w) for w in mixture.weights]
        self.log_weights = np.log(weights)
        self.rows = list(
            zip(weights, self.means.tolist(), self.powers[:, :, 0].tolist(), strict=True)
        )

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """φ(x)·Cov_{j~w}(R^{-j}x) for points of shape (n, d): (n, d, d)."""
        z = x @ self.means.T + self.log_weights
        w = np.exp(z - z.max(axis=1, keepdims=True))
        w /= w.sum(axis=1, keepdims=True)
        turned = np.einsum("jba,nb->nja", self.powers, x)
        mean = np.einsum("nj,nja->na", w, turned)
        second = np.einsum("nj,nja,njb->nab", w, turned, turned)
        density = np.exp(-(x**2).sum(axis=1) / 2) / (2 * math.pi) ** (x.shape[1] / 2)
        return (second - mean[:, :, None] * mean[:, None, :]) * density[:, None, None]

    def entry(self, *x: float) -> float:
        """One entry, (0, 0), at one point, in plain Python numbers: what `nquad` calls."""
        a, b, c = x
        total = mean = second = 0.0
        for p, (m0, m1, m2), (t0, t1, t2) in self.rows:
            w = p * math.exp(a * m0 + b * m1 + c * m2)
            turned = a * t0 + b * t1 + c * t2
            total += w
            mean += w * turned
            second += w * turned * turned
        mean /= total
        density = math.exp(-(a * a + b * b + c * c) / 2) / (2 * math.pi) ** 1.5
        return (second / total - mean * mean) * density


def double_precision() -> None:
    mixture = Mixture.simplex(4, "2/5,3/10,1/5,1/10")
    energies = Energies.of_amplitudes(4, "1,1/2")
    print(f"DM(θ), {mixture}, amplitudes 1, 1/2, absolute tolerance {TOLERANCE:.0e}")
    ours, seconds = timed(lambda: lattice.moments(mixture, energies, 12), 5)
    matrix = np.array(ours.jacobian)
    print(f"  lattice, with its error estimate {ours.error:.1e}: {seconds:.4f} s, 9 entries")
    definition = Definition(mixture, energies)

    peer, slow = timed(
        lambda: integrate.cubature(
            definition,
            [-BOX] * 3,
            [BOX] * 3,
            rtol=0,
            atol=TOLERANCE,
            max_subdivisions=CUBATURE_LIMIT,
        )
    )
    difference = float(np.abs(peer.estimate - matrix).max())
    print(
        f"  scipy.integrate.cubature: {slow:.1f} s, 9 entries, status {peer.status}, "
        f"its error estimate {np.max(peer.error):.1e}\n"
        f"    ratio {slow / seconds:.0f}, largest difference of the results {difference:.1e}"
    )

    (value, error, info), slow = timed(
        lambda: integrate.nquad(
            definition.entry,
            [[-BOX, BOX]] * 3,
            opts={"epsabs": NQUAD_TOLERANCE, "epsrel": 0, "limit": 400},
            full_output=True,
        )
    )
    print(
        f"  scipy.integrate.nquad, one entry (0, 0): {slow:.1f} s, {info['neval']} evaluations, "
        f"its error estimate {error:.1e}\n"
        f"    ratio {slow / seconds:.0f} for that one entry against all 9 of the lattice, "
        f"difference {abs(value - matrix[0, 0]):.1e}"
    )


def many_digits(digits: int = 50) -> None:
    mixture, energies = Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1")
    print(f"DM(θ), {mixture}, amplitude 1, {digits} digits")
    ours, seconds = timed(lambda: lattice_digits.moments(mixture, energies, digits), 3)
    print(
        f"  multiprecision lattice, with its error estimate {mpmath.nstr(ours.error, 2)}: "
        f"{seconds:.2f} s, 4 entries, g, M and E log S with them"
    )
    context = mpmath.mp.clone()
    context.dps = digits + 10
    half, root = context.mpf(1) / 2, context.sqrt(3) / 2
    turns = [(context.mpf(1), context.mpf(0)), (-half, root), (-half, -root)]
    weights = [context.mpf(n) / 10 for n in (5, 3, 2)]
    calls = [0]

    def integrand(a: int, b: int) -> Callable[[Any, Any], Any]:
        """Entry (a, b): Cov_{j~w}((R^{-j}x)_a, (R^{-j}x)_b) φ(x)."""

        def value(x: Any, y: Any) -> Any:
            calls[0] += 1
            products = [
                w * context.exp(c * x + s * y) for w, (c, s) in zip(weights, turns, strict=True)
            ]
            total = sum(products)
            turned = [(c * x + s * y, c * y - s * x) for c, s in turns]
            pairs = list(zip(products, turned, strict=True))
            mean = sum(p * t[a] for p, t in pairs) * sum(p * t[b] for p, t in pairs) / total**2
            second = sum(p * t[a] * t[b] for p, t in pairs) / total
            return (second - mean) * context.exp(-(x * x + y * y) / 2) / (2 * context.pi)

        return value

    edge = 1 + math.ceil(math.sqrt(2 * (digits + 4) * math.log(10)))
    box, total = [-edge, 0, edge], 0.0
    for a, b in ((0, 0), (0, 1), (1, 1)):
        calls[0] = 0
        (value, error), slow = timed(
            lambda a=a, b=b: context.quad(integrand(a, b), box, box, error=True)
        )
        total += slow
        difference = abs(value - context.mpf(ours.jacobian[a][b]))
        print(
            f"  nested mpmath.quad, entry ({a}, {b}): {slow:.1f} s, {calls[0]} evaluations, "
            f"its error estimate {context.nstr(error, 2)}, difference {context.nstr(difference, 2)}"
        )
    print(f"    ratio {total / seconds:.0f} for the three distinct entries")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--double", action="store_true", help="only the double precision part")
    parser.add_argument("--mp", action="store_true", help="only the 50-digit part")
    chosen = parser.parse_args()
    if chosen.double or not chosen.mp:
        double_precision()
    if chosen.mp or not chosen.double:
        many_digits()


if __name__ == "__main__":
    main()
