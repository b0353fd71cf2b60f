"""What a question about samples shows: n, iterations and error, and a simulation beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from overspec.decimals import rounded_up
from overspec.mixture import Mixture
from overspec.results.result import Facts, Part, Result
from overspec.results.text import exact_decimal

if TYPE_CHECKING:
    from overspec.verify.samples.bound import Bound
    from overspec.verify.samples.complexity import Contraction, Guarantee

UNKNOWN = (
    "the limit of EM is then of the order n^(-1/4), not n^(-1/2): proved nowhere here, known for "
    "the balanced k = 2 (Dwivedi et al., Singularity, misspecification and the convergence rate of "
    "EM) and simulated"
)
PROVED = (
    "T8 proves that |theta_t| <= r_n for t >= 1, and the bound of |M_n - M| there; it gives no "
    "error that tends to 0"
)
DIGITS = 6


@dataclass(frozen=True)
class Simulated:
    """EM on simulated samples.

    Attributes:
        n: rows of each; iterations; paths: how many samples.
        start: |θ_0|, in a random direction.
        quantile: the 1 − δ quantile of |θ_t| over the paths, after the iterations.
        seed: of the samples.
    """

    n: int
    iterations: int
    paths: int
    start: float
    quantile: float
    seed: int


@dataclass(frozen=True, repr=False)
class SampleComplexity(Result):
    """What T8 to T10 say of a mixture, an error and a number of samples.

    Attributes:
        mixture, delta: what was asked.
        error: |θ_t| is at most this; None where nothing is guaranteed.
        n: rows; None where nothing is guaranteed.
        rate: ρ, for all θ; None where the weights are degenerate.
        found: n, iterations, error and the bound behind them; None without a guarantee.
        simulated: what EM does; None where nothing was simulated.
        population: iterations to that error without sampling: KL_t ≤ ½ error² (T3a); or None.
        null: frequencies at which the weights are degenerate.
        within: for degenerate weights and a given n, r_n and ε_n(r_n).
        reason: why there is no guarantee.
    """

    mixture: Mixture
    delta: Fraction
    error: Fraction | None
    n: int | None
    rate: Contraction | None = None
    found: Guarantee | None = None
    simulated: Simulated | None = None
    population: int | None = None
    null: tuple[int, ...] = ()
    within: Bound | None = None
    reason: str = ""

    @property
    def evidence(self) -> str:
        """``certified``, ``measured`` where ρ was searched for, ``none`` without a guarantee."""
        return "none" if self.rate is None or self.found is None else self.rate.evidence.value

    @property
    def bound(self) -> Bound | None:
        """The numbers of the theorem."""
        return self.within if self.found is None else self.found.bound

    def why(self) -> str:
        """Why there is no guarantee; empty where there is one."""
        if self.null:
            listed = ", ".join(map(str, self.null))
            return f"the weights are degenerate at frequency {listed}: {UNKNOWN}. {PROVED}"
        return self.reason

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec samples --json`` prints; bounds rounded outward."""
        rate, found, bound, seen = self.rate, self.found, self.bound, self.simulated
        return {
            "k": self.mixture.k,
            "d": self.mixture.d,
            "weights": str(self.mixture.weights),
            "delta": exact_decimal(self.delta),
            "error": None if self.error is None else rounded_up(self.error, DIGITS),
            "n": self.n,
            "iterations": None if found is None else found.iterations,
            "kl": None if self.error is None else rounded_up(self.error**2 / 2, DIGITS),
            "population": self.population,
            "guaranteed": found is not None,
            "start": None if rate is None else "any",
            "rate": None if rate is None else rounded_up(rate.rate, 12),
            "epsilon": None if bound is None else rounded_up(bound.error, DIGITS),
            "eta": None if bound is None else rounded_up(bound.slower, DIGITS),
            "radius": None if bound is None else rounded_up(bound.radius, DIGITS),
            "theorem": "T8" if bound is None else bound.theorem,
            "balls": [] if found is None else [
                {
                    "theorem": ball.bound.theorem,
                    "radius": rounded_up(ball.bound.radius, DIGITS),
                    "rate": rounded_up(ball.rate, 12),
                    "delta": exact_decimal(ball.bound.delta),
                }
                for ball in found.balls
            ],
            "evidence": self.evidence,
            "reason": self.why() or None,
            "simulated": None if seen is None else {
                "n": seen.n,
                "iterations": seen.iterations,
                "paths": seen.paths,
                "start": exact_decimal(seen.start, DIGITS),
                "quantile": exact_decimal(seen.quantile, 3),
                "seed": seen.seed,
                "evidence": "sampled",
            },
        }  # fmt: skip

    def headline(self) -> str:
        """n, t and the error, and what that is worth."""
        if self.found is None:
            return f"no guarantee: {self.why()}"
        plain = self.to_dict()
        return (
            f"{plain['n']} samples and {plain['iterations']} iterations for |theta_t| <= "
            f"{plain['error']}, {self.evidence}"
        )

    def parts(self) -> Iterator[Part]:
        """One list of facts."""
        plain, rate = self.to_dict(), self.rate
        rows: list[tuple[str, object]] = [("mixture", self.mixture)]
        if self.found is None:
            rows.append(("guarantee", f"none: {self.why()}"))
        else:
            rows += [
                ("samples", plain["n"]),
                ("iterations", plain["iterations"]),
                ("error", f"|theta_t| <= {plain['error']} for t >= {plain['iterations']}, with "
                 f"probability at least 1 - {exact_decimal(self.delta)}"),
                ("divergence", f"KL(theta_t) <= {plain['kl']} then, since KL <= |theta|^2/2 (T3)"),
                ("population", f"KL_t <= {plain['kl']} for t >= {plain['population']}, without "
                 "sampling (T3a)"),
                ("start", plain["start"]),
            ]  # fmt: skip
        if rate is not None:
            sign = "<=" if rate.evidence.value == "certified" else "about"
            rows.append(("rate", f"rho {sign} {plain['rate']}: {rate.source}"))
        if self.bound is not None:
            ball = f"on |theta| <= {self._letter()} = {plain['radius']}"
            said = f"|M_n - M| <= epsilon_n = {plain['epsilon']} {ball}"
            if self.bound.theorem == "T9":
                said = (f"|M_n - M| <= q_n + omega_n r^2 + eta_n |theta|, here "
                        f"{plain['epsilon']} + {plain['eta']} |theta|, {ball}")  # fmt: skip
            rows.append((self.bound.theorem, said))
        if len(plain["balls"]) > 1:
            listed = ", ".join(f"{one['radius']} ({one['theorem']})" for one in plain["balls"])
            rows.append(("balls", f"|theta| <= {listed}: from each into the next (T10)"))
        rows.append(("evidence", self._worth()))
        if self.simulated is not None:
            rows.append(("simulated", self._seen(self.simulated)))
        yield Facts.of(rows)

    def _letter(self) -> str:
        """r_n where the bound is for all starts, r on a ball."""
        return "r_n" if self.found is None or len(self.found.balls) == 1 else "r"

    def _worth(self) -> str:
        if self.evidence == "measured":
            return (
                "measured: rho, for all theta and on shells, is not proved; --certify proves it "
                "for all theta, and uses that alone (some 5 to 30 s)"
            )
        return self.evidence

    def _seen(self, seen: Simulated) -> str:
        size = exact_decimal(seen.quantile, 3)
        words = (
            f"at n = {seen.n} the 1 - {exact_decimal(self.delta)} quantile of |theta_t| is {size} "
            f"after {seen.iterations} iterations ({seen.paths} paths from |theta_0| = "
            f"{exact_decimal(seen.start, 3)}, sampled)"
        )
        if self.error is None or self.null or seen.quantile == 0:
            return words
        rows = seen.n * (seen.quantile / float(self.error)) ** 2
        return f"{words}; as n^(-1/2), {self._error()} would take about {rows:.1e} samples"

    def _error(self) -> str:
        return rounded_up(self.error or Fraction(0), DIGITS)
