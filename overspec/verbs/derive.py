"""``ov.derive``: the exact condition, spectrum and local rate, by computer algebra."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from overspec.action import Action, block_size
from overspec.decimals import enclosed, rounded_up
from overspec.errors import InputError, InputTypeError, OutOfReach
from overspec.exact import Exact
from overspec.mixture import Mixture
from overspec.results.result import Facts, Part, Result, Table
from overspec.results.text import exact_decimal
from overspec.weights import check_k

MAX_K = 200  # eigenvalues are listed one by one, each a sum over all weights
FEW, MAX_K_FEW = 8, 2000  # unless the weights come in few runs of equal ones
MAX_POLYNOMIAL_K = 12  # beyond this the polynomials are of no use to a reader


@dataclass(frozen=True)
class Condition:
    """What must hold at a frequency for A to be invertible, as text and as TeX."""

    frequency: int
    text: str
    tex: str


@dataclass(frozen=True)
class Eigenvalue:
    """``|π̂_m|²``, an eigenvalue of the Hessian at the optimum, exactly."""

    frequency: int
    multiplicity: int
    value: Exact


@dataclass(frozen=True, repr=False)
class DeriveResult(Result):
    """The condition on the weights, and for given weights the spectrum (math.md S3, S5, T1).

    Attributes:
        action: how R acts; its k and d.
        mixture: the mixture, or None where the weights are symbols.
        conditions: one for each frequency m ≥ 1: A is invertible if and only if all hold.
        eigenvalues: ``|π̂_m|²`` by frequency; empty for symbols, as are the null frequencies.
        null_frequencies: those at which the entry is 0, decided exactly.
        local_rate: ``1 − min_m |π̂_m|²``, the factor of |θ| per step near 0; None for symbols.
        global_rate: ``1 − min_m |π̂_m|²/(k Σ_j π_j²)``, which the factor of |θ| per step is at most,
            from any start (claim Bb); None for symbols.
    """

    action: Action
    mixture: Mixture | None
    conditions: tuple[Condition, ...]
    eigenvalues: tuple[Eigenvalue, ...] = ()
    null_frequencies: tuple[int, ...] = ()
    local_rate: Exact | None = None
    global_rate: Exact | None = None

    @property
    def invertible(self) -> bool | None:
        """Whether A is; None where the weights are symbols."""
        return None if self.mixture is None else not self.null_frequencies

    @property
    def condition(self) -> str:
        """All conditions in one sentence."""
        return " and ".join(c.text for c in self.conditions)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: what ``overspec derive --json`` prints."""
        symbolic = self.mixture is None
        return {
            "k": self.action.k,
            "d": self.action.d,
            "weights": None if self.mixture is None else str(self.mixture.weights),
            "condition": self.condition,
            "conditions": [
                {"frequency": c.frequency, "text": c.text, "tex": c.tex} for c in self.conditions
            ],
            "eigenvalues": [
                {
                    "frequency": e.frequency,
                    "multiplicity": e.multiplicity,
                    "value": exact_decimal(e.value),
                    "exact": str(e.value),
                }
                for e in self.eigenvalues
            ],
            "invertible": self.invertible,
            "null_frequencies": None if symbolic else list(self.null_frequencies),
            "local_rate": self._rate(),
            **({} if symbolic else {"local_rate_exact": str(self.local_rate)}),
            "global_rate": self._global_rate(),
            **({} if symbolic else {"global_rate_exact": str(self.global_rate)}),
        }

    def _rate(self) -> str:
        if self.local_rate is not None:
            return exact_decimal(self.local_rate)
        return f"1 - {self._smallest()}"

    def _global_rate(self) -> str:
        if self.global_rate is not None:  # a bound: rounded up
            return rounded_up(Decimal(enclosed(self.global_rate).high), 15)
        return f"1 - {self._smallest()}/({self.action.k} sum_j pi_j^2)"

    def _from_anywhere(self) -> str:
        return f"at most {self._global_rate()}, from any start"

    def _smallest(self) -> str:
        entries = [f"|pi_hat_{c.frequency}|^2" for c in self.conditions]
        return entries[0] if len(entries) == 1 else f"min({', '.join(entries)})"

    def headline(self) -> str:
        """The condition, or whether it holds."""
        if self.mixture is None:
            return f"k = {self.action.k}: {self.condition}"
        found = "invertible" if self.invertible else f"null at {self._nulls()}"
        return f"k = {self.action.k}: {found}, local rate {self._rate()}, proved"

    def _nulls(self) -> str:
        return ", ".join(map(str, self.null_frequencies))

    def parts(self) -> Iterator[Part]:
        """The conditions, the spectrum and the rate."""
        k = self.action.k
        symbolic = self.mixture is None
        weights = f"pi_0, ..., pi_{k - 1}" if self.mixture is None else self.mixture.weights
        yield Facts.of([("k, d", f"{k}, {self.action.d}"), ("weights", weights)])
        yield ""
        yield "A is invertible if and only if, at each frequency m,"
        rows = tuple((str(c.frequency), c.text) for c in self.conditions)
        yield Table(("m", "must hold"), rows)
        yield ""
        rate = self._rate()
        if symbolic:
            yield Facts.of(
                [("local rate of EM", rate), ("global rate of EM", self._from_anywhere())]
            )
            return
        yield "Eigenvalues |pi_hat_m|^2 of the Hessian at the optimum:"
        yield Table(
            ("m", "times", "value", "exact"),
            tuple(
                (str(e.frequency), str(e.multiplicity), exact_decimal(e.value), str(e.value))
                for e in self.eigenvalues
            ),
        )
        yield ""
        yield Facts.of(
            [
                (
                    "A is invertible",
                    "yes" if self.invertible else f"no, zero at frequency {self._nulls()}",
                ),
                (
                    "local rate of EM",
                    f"{rate}, the factor of |theta| per step near the optimum"
                    if self.invertible
                    else f"{rate}, no exponential contraction",
                ),
                *([("global rate of EM", self._from_anywhere())] if self.invertible else []),
            ]
        )

    def records(self) -> list[dict[str, Any]]:
        """One row a frequency: of the eigenvalues, or of the conditions where there are none."""
        if self.mixture is None:
            return [{"frequency": c.frequency, "condition": c.text} for c in self.conditions]
        return [
            {"frequency": e.frequency, "multiplicity": e.multiplicity,
             "value": float(exact_decimal(e.value, 17)), "exact": str(e.value)}
            for e in self.eigenvalues
        ]  # fmt: skip

    def _repr_latex_(self) -> str:
        lines = r" \\ ".join(rf"&{c.tex} && (m = {c.frequency})" for c in self.conditions)
        return rf"$$\begin{{aligned}}{lines}\end{{aligned}}$$"

    def to_latex(self) -> str:
        """Condition, spectrum, rate, law on the null blocks, degenerate faces: for a paper."""
        from overspec.verbs.explain import condition_tex

        return condition_tex(self)


def derive(mixture: Mixture | None = None, *, k: int | None = None, d: int | None = None
           ) -> DeriveResult:  # fmt: skip
    """The exact condition on the weights for EM to contract exponentially (math.md S3, T1).

    Args:
        mixture: the weights in question, and the action.
        k: instead, the number of components; the weights are then symbols.
        d: with k, the dimension, at least k − 1.

    Raises:
        InputError: both or neither of mixture and k, or numbers out of range.
        OutOfReach: more eigenvalues than are listed.

    >>> derive(k=4).condition
    '(pi_0 - pi_2)**2 + (pi_1 - pi_3)**2 != 0 and pi_0 - pi_1 + pi_2 - pi_3 != 0'
    >>> derive(Mixture.simplex(4, "2/5,3/10,1/10,1/5"))
    <DeriveResult: k = 4: null at 2, local rate 1, proved>
    """
    if (mixture is None) == (k is None):
        raise InputError("give a mixture, or k for weights that are symbols")
    if mixture is None:
        action = Action.simplex(check_k(k), d)
        return DeriveResult(action, None, _conditions(action))
    if not isinstance(mixture, Mixture):
        raise InputTypeError(f"mixture {mixture!r}: give a Mixture, or k=… for symbols")
    if d is not None:
        raise InputError("d goes with k; a mixture has its own dimension")
    limit = MAX_K if len(mixture.weights.runs) > FEW else MAX_K_FEW
    if mixture.k > limit:
        raise OutOfReach(
            f"k = {mixture.k}: derive lists every eigenvalue exactly, up to k = {MAX_K}, or "
            f"{MAX_K_FEW} where the weights come in at most {FEW} runs of equal ones"
        )
    from overspec.proofs.identities.circulant import global_rate, local_rate
    from overspec.proofs.machinery.cyclotomic import dft_energy, null_frequencies

    action, local = mixture.action, local_rate(mixture)
    return DeriveResult(
        action,
        mixture,
        _conditions(action),
        tuple(
            Eigenvalue(
                m,
                block_size(mixture.k, m) * action.multiplicity(m),
                dft_energy(mixture.weights, m),
            )
            for m in action.frequencies
        ),
        tuple(null_frequencies(mixture.weights, action)),
        local,
        global_rate(mixture, local),
    )


def _conditions(action: Action) -> tuple[Condition, ...]:
    """One condition a frequency; as polynomials in the weights while these can be read."""
    if action.k > MAX_POLYNOMIAL_K:
        return tuple(
            Condition(m, f"pi_hat_{m} != 0", rf"\hat\pi_{{{m}}} \ne 0")
            for m in action.frequencies
            if m
        )
    from overspec.proofs.identities.circulant import invertibility_condition

    found = invertibility_condition(action.k, action)
    return tuple(Condition(c.frequency, c.text, c.tex) for c in found)
