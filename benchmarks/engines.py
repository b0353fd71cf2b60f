"""What the engines cost, against digits and against k, and against general-purpose quadrature.

    OPENBLAS_NUM_THREADS=1 python benchmarks/engines.py            everything, some minutes
    OPENBLAS_NUM_THREADS=1 python benchmarks/engines.py --quick    the peers up to 15 digits only
    … --figures DIR      writes the two figures too

Every method does the same work in the same run, and the digits it really got are measured against a
value of higher precision from another engine. Nothing is extrapolated: what a peer is too slow for
is left out and named. The peers' integrands are the definition, written for the peer: vectorised
for cubature and Monte Carlo, with all exponentials of the tensor rule tabulated by axis.
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
from scipy import integrate
from scipy.special import roots_hermitenorm

from overspec import Energies, Mixture
from overspec.verify.enclosures.evaluate import certified_evaluation
from overspec.verify.engines import lattice, lattice_digits, sobol
from overspec.verify.engines.laplace import digits as laplace_digits
from overspec.verify.engines.laplace import doubles as laplace
from overspec.verify.engines.spectrum import amplitudes as to_amplitudes

KNOWN = Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1")
GENERAL = Mixture.simplex(4, "2/5,3/10,1/5,1/10"), Energies.of_amplitudes(4, "1,1/2")
DIGITS = (15, 30, 50, 100)
QUAD_DIGITS = (15, 30)  # at 50 digits minutes, at 100 hours
BOX = 8.5  # P(|x_i| > 8.5) = 2e-17


@dataclass
class Table:
    """Rows (method, x, seconds, digits got) that are printed as they come, and drawn at the end."""

    x: str
    rows: list[tuple[str, float, float, float]] = field(default_factory=list)

    def add(self, method: str, x: float, seconds: float, got: float, note: str = "") -> float:
        self.rows.append((method, x, seconds, got))
        print(
            f"  {method:<34} {self.x} {x:<8g} {seconds:>11.5f} s  {got:5.1f} digits  {note}",
            flush=True,
        )
        return seconds


def timed(call: Callable[[], Any], repeat: int = 5) -> tuple[Any, float]:
    """The result, and the best time of some runs, or of one that is slow."""
    best, result = math.inf, None
    for _ in range(repeat):
        start = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - start)
        if best > 2:
            break
    return result, best


def digits_of(value: Any, truth: Any) -> float:
    """−log10 of the largest absolute difference, at a precision that holds both."""
    with mpmath.workdps(150):
        pairs = zip(np.atleast_1d(value), np.atleast_1d(truth), strict=True)
        error = max(abs(mpmath.mpf(a) - mpmath.mpf(b)) for a, b in pairs)
        return float(-mpmath.log10(error)) if error else math.inf


class Orbit:
    """Weights, means and powers of R for a mixture at θ, in any arithmetic."""

    def __init__(
        self, mixture: Mixture, energies: Energies, number: Callable[[Fraction], Any], m: Any
    ) -> None:
        k = mixture.k
        self.weights = [number(w) for w in mixture.weights]
        sizes = [m.sqrt(number(e)) for e in energies]
        axes = [(f, s) for f in range(1, k // 2 + 1) for s in ((0,) if 2 * f == k else (0, 1))]
        self.turns = []
        for j in range(k):
            turn = [[number(Fraction(0))] * len(axes) for _ in axes]
            for a, (f, s) in enumerate(axes):
                for b, (h, t) in enumerate(axes):
                    if f == h:
                        angle = 2 * m.pi * (f * j % k) / k
                        turn[a][b] = (
                            m.cos(angle) if s == t else (m.sin(angle) if s > t else -m.sin(angle))
                        )
            self.turns.append(turn)
        first = [a for a, (_, s) in enumerate(axes) if s == 0]
        self.means = [
            [sum(turn[a][b] * sizes[f] for f, b in enumerate(first)) for a in range(len(axes))]
            for turn in self.turns
        ]


# --- peers


def quad_kl(digits: int) -> Any:
    """E log S by nested mpmath.quad over the plane, split at 0."""
    context = mpmath.mp.clone()
    context.dps = digits + 10
    orbit = Orbit(*KNOWN, lambda q: context.mpf(q.numerator) / q.denominator, context)
    rows = list(zip(orbit.weights, orbit.means, strict=True))

    def integrand(x: Any, y: Any) -> Any:
        total = sum(w * context.exp(a * x + b * y) for w, (a, b) in rows)
        return context.log(total) * context.exp(-(x * x + y * y) / 2) / (2 * context.pi)

    edge = 1 + math.ceil(math.sqrt(2 * (digits + 4) * math.log(10)))
    return context.quad(integrand, [-edge, 0, edge], [-edge, 0, edge])


def hermite(context: Any, n: int) -> tuple[list[Any], list[Any]]:
    """Gauss–Hermite for N(0, 1): nodes by Newton from doubles, weights 1/Σ p_j(x)²."""
    roots = [context.sqrt(j) for j in range(n + 1)]
    nodes, weights = [], []
    for start in roots_hermitenorm(n)[0]:
        x = context.mpf(float(start))
        for _ in range(3 + int(math.log2(context.dps))):
            p = [context.mpf(1), x]
            for j in range(1, n):
                p.append((x * p[j] - roots[j] * p[j - 1]) / roots[j + 1])
            step = p[n] / (roots[n] * p[n - 1])
            x -= step
            if abs(step) < context.mpf(10) ** (-context.dps + 3):
                break
        nodes.append(x)
        weights.append(1 / sum(v * v for v in p[:n]))
    return nodes, weights


class Tensor:
    """A mpmath tensor Gauss–Hermite rule with n nodes an axis: E log S, or DM."""

    def __init__(self, point: tuple[Mixture, Energies], digits: int, n: int) -> None:
        self.context = context = mpmath.mp.clone()
        context.dps = digits + 10
        self.orbit = Orbit(*point, lambda q: context.mpf(q.numerator) / q.denominator, context)
        self.digits, (self.nodes, self.weights) = digits, hermite(context, n)

    def lines(self) -> list[list[tuple[Any, Any, list[Any]]]]:
        """Along each axis: node, weight, e^{μ_j x} for all j."""
        exp = self.context.exp
        return [
            [
                (x, w, [exp(mean[axis] * x) for mean in self.orbit.means])
                for x, w in zip(self.nodes, self.weights, strict=True)
            ]
            for axis in range(len(self.orbit.means[0]))
        ]

    def points(self) -> Any:
        """(x, weight, π_j e^{⟨x, μ_j⟩}) at every node that counts."""
        floor = self.context.mpf(10) ** (-self.digits - 5)
        lines = self.lines()

        def walk(axis: int, x: list[Any], weight: Any, factors: list[Any]) -> Any:
            if axis == len(lines):
                yield x, weight, factors
                return
            for node, w, e in lines[axis]:
                if weight * w > floor:
                    grown = [f * v for f, v in zip(factors, e, strict=True)]
                    yield from walk(axis + 1, [*x, node], weight * w, grown)

        return walk(0, [], self.context.mpf(1), self.orbit.weights)

    def log_partition(self) -> Any:
        log = self.context.log
        return sum(weight * log(sum(factors)) for _, weight, factors in self.points())

    def jacobian(self) -> list[Any]:
        """E Cov_{j~w}(R^{-j}x), row by row."""
        turns, d = self.orbit.turns, len(self.orbit.means[0])
        total = [[self.context.mpf(0)] * d for _ in range(d)]
        for x, weight, factors in self.points():
            whole = sum(factors)
            back = [[sum(t[b][a] * x[b] for b in range(d)) for a in range(d)] for t in turns]
            w = [f / whole for f in factors]
            mean = [sum(v * y[a] for v, y in zip(w, back, strict=True)) for a in range(d)]
            for a in range(d):
                for b in range(a, d):
                    second = sum(v * y[a] * y[b] for v, y in zip(w, back, strict=True))
                    total[a][b] += weight * (second - mean[a] * mean[b])
        return [total[min(a, b)][max(a, b)] for a in range(d) for b in range(d)]


class Definition:
    """The same in doubles, for many points at once."""

    def __init__(self, point: tuple[Mixture, Energies]) -> None:
        orbit = Orbit(*point, float, _Floats)
        self.means, self.turns = np.array(orbit.means), np.array(orbit.turns)
        self.log_weights = np.log(orbit.weights)

    def log_partition(self, x: np.ndarray) -> np.ndarray:
        z = x @ self.means.T + self.log_weights
        top = z.max(axis=1, keepdims=True)
        return np.asarray((top + np.log(np.exp(z - top).sum(axis=1, keepdims=True)))[:, 0])

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        z = x @ self.means.T + self.log_weights
        w = np.exp(z - z.max(axis=1, keepdims=True))
        w /= w.sum(axis=1, keepdims=True)
        back = np.einsum("jba,nb->nja", self.turns, x)
        mean = np.einsum("nj,nja->na", w, back)
        second = np.einsum("nj,nja,njb->nab", w, back, back)
        return np.asarray(second - mean[:, :, None] * mean[:, None, :])

    def cubature(self, what: str, tolerance: float) -> Any:
        """scipy.integrate.cubature over the box."""
        d = self.means.shape[1]

        def integrand(x: np.ndarray) -> np.ndarray:
            density = np.exp(-(x**2).sum(axis=1) / 2) / (2 * math.pi) ** (d / 2)
            values = getattr(self, what)(x)
            return np.asarray(values * density.reshape(-1, *[1] * (values.ndim - 1)))

        return integrate.cubature(
            integrand, [-BOX] * d, [BOX] * d, rtol=0, atol=tolerance, max_subdivisions=200_000
        )


class _Floats:
    pi, cos, sin, sqrt = (
        math.pi,
        staticmethod(math.cos),
        staticmethod(math.sin),
        staticmethod(math.sqrt),
    )


# --- parts


def against_digits(quick: bool) -> Table:
    print("E log S (hence KL), k = 3, weights 1/2,3/10,1/5, amplitude 1")
    table = Table("digits")
    seconds = {}
    highest = laplace_digits.log_partition(*KNOWN, 120)[0]
    for digits in DIGITS:
        other = lattice_digits.moments(*KNOWN, digits, jacobian=False)
        (value, _), spent = timed(lambda d=digits: laplace_digits.log_partition(*KNOWN, d))
        truth = lattice_digits.moments(*KNOWN, digits + 10, jacobian=False).log_partition
        seconds[digits] = table.add("laplace, many digits", digits, spent, digits_of(value, truth))
        sure, spent = timed(
            lambda d=digits: certified_evaluation(*KNOWN, d).quantities["log_partition"]
        )
        with mpmath.workdps(150):
            centre = mpmath.mpf(sure.value.numerator) / sure.value.denominator
        table.add("laplace, certified", digits, spent, digits_of(centre, truth),
                  f"{spent / seconds[digits]:.2f} times laplace; with g")  # fmt: skip
        found, spent = timed(lambda d=digits: lattice_digits.moments(*KNOWN, d, jacobian=False), 1)
        got = digits_of(other.log_partition, highest)
        table.add("multiprecision lattice", digits, spent, got, "with g and M")
        if digits == 15:
            for name, engine in (("laplace, doubles", laplace), ("lattice, doubles", lattice)):
                found, spent = timed(lambda e=engine: e.moments(*KNOWN, 15))
                table.add(
                    name, digits, spent, digits_of(found.log_partition, highest), "with g, M, DM"
                )
        if digits == 15 or not quick:
            tensor(table, digits, highest)
        if digits in QUAD_DIGITS and (digits == 15 or not quick):
            value, spent = timed(lambda d=digits: quad_kl(d), 1)
            table.add("mpmath.quad, nested", digits, spent, digits_of(value, highest),
                      f"{spent / seconds[digits]:.0f} times laplace")  # fmt: skip
    print("  left out: mpmath.quad at 50 and 100 digits, too slow; Monte Carlo, see above")
    peer, spent = timed(lambda: Definition(KNOWN).cubature("log_partition", 1e-13), 1)
    table.add("scipy.integrate.cubature", 13, spent, digits_of(peer.estimate, highest), peer.status)
    return table


def tensor(table: Table, digits: int, truth: Any) -> None:
    """The smallest of some rules that has the digits, or the largest; only that one is counted."""
    for n in (64, 96, 192, 384, 512, 768):
        rule = Tensor(KNOWN, digits, n)
        value, spent = timed(rule.log_partition, 1)
        got = digits_of(value, truth)
        if got >= digits or spent > 20 or n == 768:
            note = f"{n} nodes an axis; finding them not counted"
            table.add("mpmath tensor Gauss–Hermite", digits, spent, got, note)
            return


def jacobian() -> None:
    print("DM, k = 4, weights 2/5,3/10,1/5,1/10, amplitudes 1, 1/2, to 1e-12")
    table = Table("digits")
    truth = np.ravel(lattice.moments(*GENERAL, 15).jacobian)
    ours, fast = timed(lambda: lattice.moments(*GENERAL, 12))
    table.add("lattice, doubles", 12, fast, digits_of(np.ravel(ours.jacobian), truth),
              f"its own estimate {ours.error:.0e}")  # fmt: skip
    peer, spent = timed(lambda: Definition(GENERAL).cubature("jacobian", 1e-12), 1)
    table.add("scipy.integrate.cubature", 12, spent, digits_of(np.ravel(peer.estimate), truth),
              f"{spent / fast:.0f} times lattice")  # fmt: skip
    for n in (32, 64, 96):
        value, spent = timed(Tensor(GENERAL, 15, n).jacobian, 1)
        got = digits_of(value, truth)
        table.add("mpmath tensor Gauss–Hermite, dps 15", 12, spent, got,
                  f"{n} nodes an axis, {spent / fast:.0f} times lattice")  # fmt: skip
        if got >= 12 or spent > 10:
            break


def against_components() -> Table:
    print("E log S, M and the g_m at |θ| = 2, 12 digits (laplace, lattice)")
    table = Table("k")
    for k in (3, 10, 10**2, 10**4, 10**6, 10**9, 10**12):
        point = Mixture.simplex(k, "one-heavy:1/2"), Energies.regular_simplex(k, 2)
        found, spent = timed(lambda p=point: laplace.moments(*p, 12, modes=1, hessian=False))
        truth = laplace_digits.moments(*point, 20, modes=1, hessian=False)
        values = (m.log_partition for m in (found, truth)), (m.g[1] for m in (found, truth))
        table.add("laplace, one-heavy", k, spent, min(digits_of(*v) for v in values))
    for k in (10, 100, 1000, 3000, 10_000):
        point = Mixture.simplex(k, "linear"), Energies.regular_simplex(k, 2)
        found, spent = timed(
            lambda p=point: laplace.moments(*p, 12, modes=p[0].k // 2, hessian=False), 2
        )
        truth = laplace.moments(*point, 15, modes=k // 2, hessian=False)
        table.add("laplace, k distinct weights, all g_m", k, spent, digits_of(found.g, truth.g))
    for k in (2, 3, 4, 5):
        point = Mixture.simplex(k, "one-heavy:1/2"), Energies.regular_simplex(k, 2)
        truth = laplace_digits.moments(*point, 20, hessian=False).log_partition
        weights, size = np.array([float(w) for w in point[0].weights]), to_amplitudes(point[1])
        found, spent = timed(
            lambda w=weights, a=size: lattice.cyclic_moments(w, a, 1e-12, False), 3
        )
        table.add("lattice, one-heavy", k, spent, digits_of(found.log_partition, truth))
        if k <= 4:
            peer, spent = timed(lambda p=point: Definition(p).cubature("log_partition", 1e-12), 1)
            table.add(
                "scipy.integrate.cubature, E log S", k, spent, digits_of(peer.estimate, truth)
            )
    return table


def statistics(table: Table) -> None:
    print("E log S at |θ| = 2, linear weights: sobol, and plain Monte Carlo to the same error")
    for k in (5, 10, 40, 100):
        point = Mixture.simplex(k, "linear"), Energies.regular_simplex(k, 2)
        truth = laplace.moments(*point, hessian=False).log_partition
        found, spent = timed(lambda p=point: sobol.moments(*p, hessian=False), 1)
        got, error = digits_of(found.log_partition, truth), found.errors["log_partition"]
        table.add("sampling (Sobol)", k, spent, got, f"99.9% interval ±{error:.0e}")
        definition, rng = Definition(point), np.random.default_rng(0)
        start, count, total, squares, half = time.perf_counter(), 0, 0.0, 0.0, math.inf
        while half > error and time.perf_counter() - start < 60:
            values = definition.log_partition(rng.standard_normal((20_000, k - 1)))
            count, total, squares = (
                count + len(values),
                total + values.sum(),
                squares + values @ values,
            )
            half = 3.29 * math.sqrt((squares / count - (total / count) ** 2) / count)
        spent = time.perf_counter() - start
        note = f"±{half:.0e} with {count:.0e} points" + (
            "" if half <= error else ", stopped at 60 s"
        )
        table.add("Monte Carlo, E log S alone", k, spent, digits_of(total / count, truth), note)


def draw(table: Table, title: str, path: Path) -> None:
    """Seconds against x on logarithmic axes, one line a method; a number is the digits got."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    markers = itertools.cycle("osD^vP*X")
    for method in dict.fromkeys(row[0] for row in table.rows):
        rows = sorted(row[1:] for row in table.rows if row[0] == method)
        axes.plot(*zip(*(row[:2] for row in rows), strict=True), marker=next(markers), label=method)
        for x, seconds, got in rows:
            axes.annotate(
                f"{got:.0f}", (x, seconds), (4, 4), textcoords="offset points", fontsize=7
            )
    axes.set(xscale="log", yscale="log", xlabel=table.x, ylabel="seconds", title=title)
    if table.x == "digits":
        axes.set_xticks(DIGITS, [str(d) for d in DIGITS], minor=False)
        axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--figures", type=Path)
    options = parser.parse_args()
    components = against_components()
    jacobian()
    statistics(components)
    digits = against_digits(options.quick)
    if options.figures:
        note = "numbers: digits really got"
        options.figures.mkdir(parents=True, exist_ok=True)
        draw(digits, f"E log S at k = 3 ({note})", options.figures / "engines-digits.png")
        draw(
            components,
            f"Cost against k at |θ| = 2 ({note})",
            options.figures / "engines-components.png",
        )


if __name__ == "__main__":
    main()
