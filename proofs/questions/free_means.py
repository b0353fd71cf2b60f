"""Free means, fixed weights (math.md section 9, Q1): sublinear whatever the weights are.

``M_j(μ) = E[w_j x]/E[w_j]`` has the Jacobian ``(I − 1πᵀ) ⊗ I_d`` at μ = 0: a projection, with the
eigenvalue 1 on the stacked means with ``Σ_j π_jμ_j = 0``, multiplicity (k−1)d. There the next
term is cubic, ``M_j = μ_j − Sμ_j``, ``S = Σ_j π_jμ_jμ_jᵀ``, the same matrix for all components.
So ``S' = S − 2S² + …``, every nonzero eigenvalue of S follows ``t s → 1/2``, and from
``KL = ¼ tr S² + …``: ``t²·KL → rank(S_0)/16``, which is (k−1)/16 from a simplex, for any weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, ClassVar

from overspec.proofs.language.analysis import Computed, Derived, Length, Mean, Named, Order
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.every import atoms, forms, sums
from overspec.proofs.language.every.evaluate import over_all
from overspec.proofs.language.every.gauss import expected
from overspec.proofs.language.expression import (
    ONE,
    PREFIX,
    PRODUCT,
    ZERO,
    Env,
    Expr,
    Num,
    Sym,
    Tuple,
    Unevaluable,
)
from overspec.proofs.language.lemmas import EXCHANGE, UNIT, coefficient
from overspec.proofs.language.operators import L_, PI, Apply, Inner, J, K, X, over
from overspec.proofs.language.ranges import Z_K, Family
from overspec.proofs.language.reading.reader import read, scaled, summed
from overspec.proofs.language.render import Box, Fence, Row, Script, letter, number, sign
from overspec.proofs.language.statement import (
    Both,
    DoesNotFollow,
    If,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.machinery.expansion import Point
from overspec.proofs.questions.free_means_models import (  # fmt: skip
    D,
    cubic_numeric,
    cubic_symbolic,
    energy_numeric,
    energy_symbolic,
    first_numeric,
    first_symbolic,
    symbols,
    witnesses,
)

INCREMENT = Hypothesis(
    "increments",
    "if s' = s − p s² + o(s²) for s > 0 small, then 1/s grows by p + o(1) in a step, so t s → 1/p; "
    "the ranks of S and of its start agree (M_j = (I − S)μ_j to leading order, invertible)",
    "Cesàro means",
)
CENTRED = Hypothesis(
    "centring",
    "Σ_j π_jμ_j is of third order after a step (row Σπ_jM_j of the Jacobian is 0), a common "
    "translation which leaves S and KL unchanged to the order used",
    "Taylor expansion",
)
CONVERGES = Hypothesis(
    "convergence",
    "EM from these means converges to the optimum, S_t → 0: the law says how fast, not that it "
    "does; free means may have other limits",
    "assumed here; seen in the experiment tying",
)
PLANE = Hypothesis(
    "plane",
    "d = 2 stands for every d: entries (a, b) of S involve the coordinates a and b alone",
    "the expansions are entry by entry",
)


def free_means(k: int) -> Derivation:
    """Q1f: Jacobian ``I − 1πᵀ``, cubic term ``−Sμ_j``, ``t²KL → rank/16``.

    >>> free_means(2).recheck()
    ()
    """
    return _free_means(
        k,
        faulty=(
            ("twice the mean", partial(_free_means, k, mean=2)),
            ("cubic term +Sμ_j", partial(_free_means, k, sign=1)),
            ("multiplicity k d", partial(_free_means, k, rank=0)),
            ("S' = S − S²", partial(_free_means, k, shrink=1)),
            ("KL = ½ tr S²", partial(_free_means, k, quarter=2)),
        ),
    )


NU, MU, SHRINK = Sym("nu"), Sym("mu"), Sym("s")


@dataclass(frozen=True)
class Projector(Expr):
    """``P = I − 1πᵀ``, k×k."""

    def square_for_every_k(self, i: Any, j: Any) -> Any:
        """``P_ij``."""
        return sums.delta(forms.minus(i, j)) - sums.entry("pi", j)

    def value(self, m: Point, env: Env) -> Any:
        ks = range(m.k)
        return tuple(tuple(int(i == j) - m.pi[j] for j in ks) for i in ks)

    def again(self, m: Point, env: Env) -> Any:
        rows = []
        for i in range(m.k):
            row = [-p for p in m.pi]
            row[i] += 1
            rows.append(tuple(row))
        return tuple(rows)

    def box(self) -> Box:
        return letter("P")


def _entry(matrix: Any, i: Any, j: Any) -> Any:
    if not hasattr(matrix, "square_for_every_k"):
        raise Unevaluable("a matrix on other indices")
    return matrix.square_for_every_k(i, j)


def _first_order(j: Any) -> Any:
    """``E[x⟨x, ν_j − Σ_lπ_lν_l⟩]``, the order 1 of E[x w_j]/π_j, as an index sum."""

    def rate(i: Any) -> Any:
        return sums.atom(atoms.PAIR, "x", NU.name, i)

    mean = over_all(lambda i: sums.entry("pi", i) * rate(i))
    return expected(sums.vector("x") * (rate(j) - mean))


@dataclass(frozen=True)
class Listed(Computed):
    """The same for each component: a table, `every` giving an entry as an index sum."""

    every: Callable[[Any], Any] = _first_order

    def entry_for_every_k(self, read: Any, j: Any) -> Any:
        """The entry of the component j."""
        return self.every(j)


@dataclass(frozen=True)
class Second(Expr):
    """``S = Σ_j π_jμ_jμ_jᵀ``, or the identity of its size."""

    unit: bool = False

    def value(self, m: Point, env: Env) -> Any:
        if self.unit:
            return tuple(tuple(Fraction(int(a == b)) for b in range(D)) for a in range(D))
        return tuple(tuple(m.S[a, b] for b in range(D)) for a in range(D))

    def again(self, m: Point, env: Env) -> Any:
        """From the means themselves."""
        if self.unit:
            return tuple(tuple(Fraction(a == b) for b in range(D)) for a in range(D))
        terms = list(zip(m.pi, m.means, strict=True))
        return tuple(
            tuple(sum(p * mu[a] * mu[b] for p, mu in terms) for b in range(D)) for a in range(D)
        )

    def box(self) -> Box:
        return letter("I" if self.unit else "S")


@dataclass(frozen=True)
class Times(Expr):
    """A product of square matrices."""

    parts: tuple[Expr, ...]
    level: ClassVar[int] = PRODUCT

    def square_for_every_k(self, i: Any, j: Any) -> Any:
        """``Σ_l A_il B_lj``, for matrices on the index of the components."""
        first, *rest = self.parts
        if not rest:
            return _entry(first, i, j)
        left = Times(tuple(rest))
        return over_all(lambda n: _entry(first, i, n) * left.square_for_every_k(n, j))

    def value(self, m: Point, env: Env) -> Any:
        out, *rest = (part.value(m, env) for part in self.parts)
        for matrix in rest:
            columns = list(zip(*matrix, strict=True))
            out = tuple(
                tuple(sum(a * b for a, b in zip(row, c, strict=True)) for c in columns)
                for row in out
            )
        return out

    def again(self, m: Point, env: Env) -> Any:
        *rest, out = (read(part, m, env) for part in self.parts)
        for rows in reversed(rest):  # from the right
            out = tuple(summed(scaled(c, line) for c, line in zip(row, out, strict=True))
                        for row in rows)  # fmt: skip
        return out

    def box(self) -> Box:
        if len(set(self.parts)) == 1:
            return Script(self.parts[0].box(), None, number(len(self.parts)))
        return Row(tuple(part.held(PREFIX) for part in self.parts))


@dataclass(frozen=True)
class Trace(Expr):
    """The trace of a matrix."""

    matrix: Expr
    level: ClassVar[int] = PREFIX

    def for_every_k(self, read: Any, env: Any) -> Any:
        """``Σ_i A_ii``, for a matrix on the index of the components."""
        return over_all(lambda i: _entry(self.matrix, i, i))

    def value(self, m: Point, env: Env) -> Any:
        rows = self.matrix.value(m, env)
        return sum(rows[i][i] for i in range(len(rows)))

    def again(self, m: Point, env: Env) -> Any:
        return sum(row[i] for i, row in enumerate(read(self.matrix, m, env)))

    def box(self) -> Box:
        return Row((letter("tr"), Fence(sign("("), self.matrix.box(), sign(")"))))


@dataclass(frozen=True)
class Zeros(Expr):
    """n zeros."""

    n: int

    def value(self, m: Point, env: Env) -> Any:
        return (Fraction(0),) * self.n

    def again(self, m: Point, env: Env) -> Any:
        return tuple(Fraction(0) for _ in range(self.n))

    def box(self) -> Box:
        return number(0)


def _free_means(
    k: int,
    mean: int = 1,
    sign: int = -1,
    rank: int = 1,
    shrink: int = 2,
    quarter: int = 4,
    faulty: Faults = (),
) -> Derivation:
    point, s = symbols(k), Second()
    share = Sym("x") * Sym("w")[J]
    first = step(
        "First order: E[x w_j]/π_j, any means ν.",
        Listed(Named("D", (Named("M", (), J), NU)), first_symbolic, first_numeric),
        Family(J, NU[J] - mean * over(L_, PI[L_] * NU[L_]), Z_K),
        "E xxᵀ = I",
    )
    projector = Projector()
    idempotent = step(
        "P = I − 1πᵀ is a projection of trace k − 1 on the index j, times I_d: eigenvalue 1 with "
        "multiplicity (k−1)d, eigenvalue 0 on common translations.",
        Tuple((Times((projector, projector)), Trace(projector))),
        Tuple((projector, K - rank)),
        "Σ_j π_j = 1",
    )
    cubic = step(
        "On Σπ_jμ_j = 0: orders 2 and 3 of E[x w_j]/π_j, and of E[w_j]/π_j, for one j.",
        Computed(
            Derived(Tuple((Mean(share), Mean(Sym("w")[J]))), (SHRINK, Sym("n"))),
            cubic_symbolic,
            cubic_numeric,
        ),
        Tuple((Zeros(D), sign * Apply(s, MU), Zeros(2))),
        "Hermite expansion of w_j; E x h_2 ⟨x,μ⟩ = Sμ; n = 2 and 3, over n! π_j",
    )
    step_ = Second(unit=True) - s
    moved = step(
        "All means are multiplied by I − S.",
        Times((step_, s, step_)),
        s - shrink * Times((s, s)) + Times((s, s, s)),
        "expand",
    )
    second = Inner(X, Apply(s, X)) - Trace(s)
    energy = step(
        "KL starts with ½E h_2².",
        Computed(Mean((second / 2) ** 2) / 2, energy_symbolic, energy_numeric),
        Trace(Times((s, s))) / quarter,
        "fourth moments",
    )
    jacobian = _jacobian(first, idempotent)
    motion = _motion(cubic)
    return Derivation(
        id="Q1f",
        title="free means are sublinear whatever the weights",
        theorem=together(jacobian, motion, _law(cubic, moved, energy), idempotent),
        setting=(UNIT, "free means μ_j, fixed weights, P = I − 1πᵀ, S = Σ_j π_jμ_jμ_jᵀ"),
        model=point,
        witnesses=witnesses(k),
        small=witnesses,
        faulty=faulty,
    )


CENTRE = equals(over(J, PI[J] * MU[J]), ZERO)


def _jacobian(first: Theorem, idempotent: Theorem) -> Theorem:
    """DM_j(0)ν = ν_j − c Σπ_lν_l: the projection P on the index when c = 1, of rank tr P."""

    def infer(one: Statement, two: Statement) -> Statement:
        image, trace = relation(one).rhs, relation(two).rhs.parts[1]  # type: ignore[attr-defined]
        if not isinstance(image, Family):
            raise DoesNotFollow("no image for every component")
        multiplicity = Named("mult", (ONE,))
        derivative = equals(Named("D", (Named("M", (), J), NU)), image.body)
        return Both((derivative, equals(multiplicity, trace * Sym("d"))))

    return Rule("the Jacobian at 0", infer, (EXCHANGE,))(first, idempotent)


def _motion(cubic: Theorem) -> Theorem:
    """Orders 2 and 3 of E[xw_j]/π_j over those of E[w_j]/π_j, which vanish: M_j = μ_j ± Sμ_j + …"""

    def infer(s: Statement) -> Statement:
        even, odd, mass = relation(s).rhs.parts  # type: ignore[attr-defined]
        if not isinstance(even, Zeros) or not isinstance(mass, Zeros):
            raise DoesNotFollow("even orders do not vanish")
        mu = MU[J]
        moved = mu + odd.put({MU: mu}) + Order(Length(MU) ** 5)
        return If(CENTRE, equals(Named("M", (), J), moved))

    return Rule("the map on centred means", infer, (EXCHANGE,))(cubic)


def _law(cubic: Theorem, moved: Theorem, energy: Theorem) -> Theorem:
    """S' = S − pS² + …, KL = q tr S² + …: every s follows t s → 1/p, t²KL → rank·q/p²."""

    def infer(motion: Statement, second: Statement, third: Statement) -> Statement:
        step_, kl = relation(second), relation(third)
        s = Second()
        p, square = coefficient(step_.rhs.terms[1])  # type: ignore[attr-defined]
        q, trace = coefficient(kl.rhs)
        if square != Times((s, s)) or trace != Trace(Times((s, s))) or p >= 0:
            raise DoesNotFollow("not quadratic in S")
        if (
            relation(motion).rhs.parts[1] != -Apply(s, MU)  # type: ignore[attr-defined]
            and step_.lhs.parts[0] != Second(unit=True) - s  # type: ignore[attr-defined]
        ):
            raise DoesNotFollow("the means are not multiplied by I − S")
        t = Sym("t")
        limit = Num(q / p**2) * Named("rank", (Named("S", (), ZERO),))
        return If(CENTRE, Relation(t**2 * Named("KL", (), t), "to", limit))

    used = (CONVERGES, CENTRED, INCREMENT, PLANE)
    return Rule("increments of the eigenvalues", infer, used)(cubic, moved, energy)
