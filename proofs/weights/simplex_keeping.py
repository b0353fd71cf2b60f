"""Which weights keep a regular simplex under EM (conjecture H of math.md section 10).

On a regular simplex orbit of norm r the responsibilities are ``w_j ∝ π_j e^{c γ_j}`` with iid
standard normal γ and ``c² = r² k/(k−1)``. EM keeps the simplex at r iff all g_m, m ≠ 0, agree,
that is iff ``C_s = Σ_i E[w_i w_{i+s}]`` is the same for every s ≠ 0 (its DFT is g). The law of
γ has no preferred index, so ``E[w_i w_j] = f(π_i, π_j)`` for i ≠ j: one symmetric function f of
two values, which depends on r and on the multiset of the weights.

* **Sufficient, at every r**: the numbers ``N_ab(s) + N_ba(s)``, ``N_ab(s) = #{i : π_i = a,
  π_{i+s} = b}``, do not depend on s ≠ 0. That is: every set of indices of equal weight is a
  cyclic difference set (singletons and their complements count), and so is every union of two.
* **Necessary**: ``|π̂_m|²`` all equal (order 0 in r). For two-valued weights that already says
  that the heavy indices are a difference set: conjecture H holds among two-valued weights.
* **H is false as stated**: more than two values can keep the simplex. k = 3 does for any
  weights; at k = 7 and 11 so does any choice of three weights on {0}, the quadratic residues
  and the rest. `keeping_partitions` lists all patterns.
* **Necessary, from r → ∞**: the spectrum of log π is flat as well (`log_weights`).
* **k ≤ 7 settled** (`four_components`, `classified`): for k = 4, 5, 6 only weights that are all
  equal but one, for k = 7 these and the pattern of residues; orders 0, 2 and 4 decide.
* **Open**: for k ≥ 8, whether weights with another pattern can meet the conditions of all
  orders in r. Each order adds one equation for each frequency beyond the first, so none are
  expected; `keeps_simplex` refutes any given weights at the first order that fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from overspec.proofs.identities.stein import stein_form
from overspec.proofs.language.analysis import Mean, Named, Order
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.every import atoms, forms, sums
from overspec.proofs.language.every.evaluate import index as form
from overspec.proofs.language.every.evaluate import over_all
from overspec.proofs.language.expression import ONE, ZERO, Env, Expr, Sym, Tuple, whole
from overspec.proofs.language.lemmas import UNIT
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import I_, M_, PI, Abs2, Delta, Hat, J, K, Root_, W, over
from overspec.proofs.language.ranges import PLANES, Range
from overspec.proofs.language.reading.reader import index
from overspec.proofs.language.render import Box, Fence, Row, Script, letter, number, sign
from overspec.proofs.language.statement import (  # fmt: skip
    Both,
    DoesNotFollow,
    Every,
    If,
    Iff,
    Relation,
    Statement,
    equals,
    opened,
    relation,
)
from overspec.proofs.language.theorem import Rule, Theorem, step, together
from overspec.proofs.machinery.expansion import rational_points, symbolic_point
from overspec.proofs.weights.difference_sets import (
    constant_pairs,
    difference_sets,
    keeping_partitions,
)
from overspec.proofs.weights.heat import (  # fmt: skip
    HEAT,
    IID,
    P2,
    SQUARES,
    Heat,
    first_order,
    heat_numeric,
    heat_symbolic,
    second_order,
)
from overspec.proofs.weights.log_weights import NAMES, RADIUS, flat_logs
from overspec.proofs.weights.pair_moments import (
    Keeping,
    Verdict,
    correlations,
    keeps_simplex,
    pair_moment,
    simplex_gain,
)

__all__ = [
    "Keeping",
    "Verdict",
    "constant_pairs",
    "correlations",
    "difference_sets",
    "heat_numeric",
    "heat_symbolic",
    "keeping_partitions",
    "keeps_simplex",
    "pair_moment",
    "simplex_gain",
    "simplex_keeping",
]

S_, D_, R_ = Sym("s"), Sym("D"), Sym("r")


@dataclass(frozen=True)
class Subsets(Range):
    """The subsets D of Z/k that contain 0, as bit masks; those of {0, …, 7} for k > 8."""

    def values(self, m: Any, env: Env) -> Any:
        return range(1, 2 ** min(m.k, 8), 2)

    def again(self, m: Any, env: Env) -> list[int]:
        masks = [1]
        for i in range(1, min(m.k, 8)):
            masks += [mask + 2**i for mask in masks]
        return masks

    def box(self) -> Box:
        inside = Row((number(0), sign(r"\in", " ∈ "), letter("D"), sign(r"\subset", " ⊂ ")))
        body = Row((letter("D"), sign(":", " : "), inside, letter("Z"), sign("/"), letter("k")))
        return Fence(sign(r"\{", "{"), body, sign(r"\}", "}"))


def _members(mask: int, k: int) -> set[int]:
    return {i for i, bit in enumerate(reversed(f"{mask:0{k}b}")) if bit == "1"}


@dataclass(frozen=True)
class TwoValued(Expr):
    """``f(π_i, π_j)`` for weights a on D and b elsewhere: f_aa, f_ab or f_bb."""

    i: Expr
    j: Expr

    def for_every_k(self, read: Any, env: Any) -> Any:
        """The index sum, with the indicator of D."""
        (a, b) = (sums.entry(atoms.SUBSET, form(i, env)) for i in (self.i, self.j))
        aa, ab, bb = (sums.number(name) for name in ("f_aa", "f_ab", "f_bb"))
        out, none = sums.ONE - a, sums.ONE - b
        return a * b * aa + (a * none + out * b) * ab + out * none * bb

    def value(self, m: Any, env: Env) -> Any:
        inside = sum(env["D"] >> whole(i, m, env) % m.k & 1 for i in (self.i, self.j))
        return (m.f_bb, m.f_ab, m.f_aa)[inside]

    def again(self, m: Any, env: Env) -> Any:
        heavy = _members(env["D"], m.k)
        a, b = (index(i, m, env) % m.k in heavy for i in (self.i, self.j))
        return m.f_ab if a is not b else m.f_aa if a else m.f_bb

    def box(self) -> Box:
        pair = Row((PI[self.i].box(), sign(",", ", "), PI[self.j].box()))
        return Row((letter("f"), Fence(sign("("), pair, sign(")"))))


@dataclass(frozen=True)
class Differences(Expr):
    """``N_D(s)``, the number of pairs of D with difference s; |D| for s = 0."""

    s: Expr

    def for_every_k(self, read: Any, env: Any) -> Any:
        """``Σ_i χ_iχ_{i+s}``, χ the indicator of D."""
        s = form(self.s, env)
        inside = partial(sums.entry, atoms.SUBSET)
        return over_all(lambda i: inside(i) * inside(forms.plus(i, s)))

    def value(self, m: Any, env: Env) -> Any:
        s, mask = whole(self.s, m, env), env["D"]
        return sum(mask >> i & mask >> (i + s) % m.k & 1 for i in range(m.k))

    def again(self, m: Any, env: Env) -> Any:
        heavy = _members(env["D"], m.k)
        return len(heavy & {(i + index(self.s, m, env)) % m.k for i in heavy})

    def box(self) -> Box:
        if self.s == ZERO:
            return Fence(sign("|"), letter("D"), sign("|"))
        return Row((Script(letter("N"), letter("D")), Fence(sign("("), self.s.box(), sign(")"))))


@cache
def simplex_keeping(k: int) -> Derivation:
    """H: the expansion of g_m in r on the simplex, and why difference sets keep it.

    >>> simplex_keeping(3).recheck()
    ()
    """
    return _simplex_keeping(
        k,
        faulty=(
            ("π_i + π_j once", partial(_simplex_keeping, k, cubic=1)),
            ("order r⁴ with 5 π_iπ_j", partial(_simplex_keeping, k, mixed=5)),
            ("E w_i² as E w_iw_j", partial(_simplex_keeping, k, diagonal=0)),
            ("f(a,b) counted once", partial(_simplex_keeping, k, cross=1)),
            ("T_il counted once", partial(_simplex_keeping, k, others=1)),
        ),
    )


def _simplex_keeping(
    k: int,
    cubic: int = 2,
    mixed: int = 6,
    diagonal: int = 1,
    cross: int = 2,
    others: int = 2,
    faulty: Faults = (),
) -> Derivation:
    pairs = ((ZERO, ONE), (ZERO, ZERO))
    nonzero = Range("", ONE, K - 1)
    order2 = step(
        "Order c² of E[w_iw_j]; all pairs i ≠ j are alike by relabelling, and so are all "
        "pairs i = j.",
        Tuple(tuple(Heat(1, i, j) for i, j in pairs)),
        Tuple(tuple(first_order(i, j, diagonal * Delta(i, j), cubic) for i, j in pairs)),
        "∂_l w_i = w_i(δ_il − w_l)",
    )
    order4 = step(
        "Order c⁴, i ≠ j.",
        Heat(2, ZERO, ONE),
        second_order(ZERO, ONE, mixed),
        "the same twice",
    )
    hats = [[Hat(c, sign_ * M_) for sign_ in (1, -1)] for c in (PI, SQUARES)]
    mixed_terms = hats[0][0] * hats[1][1] + hats[0][1] * hats[1][0]
    transform = step(
        "The transform of order c²: with ρ_j = π_j² the order r² of g_m is k/(k−1) times this.",
        over(I_, over(J, first_order(I_, J, Delta(I_, J)) * Root_(M_ * (I_ - J)))),
        P2 + 3 * P2 * Abs2(Hat(PI, M_)) - cubic * mixed_terms,
        "sums over i and j separate",
        (M_, PLANES),
    )
    aa, ab, bb = (Sym(name) for name in ("f_aa", "f_ab", "f_bb"))
    counted = step(
        "Two values, a on D and b elsewhere, any f: C_s sees D through the number N_D(s) of "
        "its differences s alone. If N_D(s) is constant, all g_m agree, at every r.",
        over(I_, TwoValued(I_, I_ + S_)),
        Differences(S_) * (aa - cross * ab + bb) + 2 * Differences(ZERO) * (ab - bb) + K * bb,
        "count the pairs by how many of i, i + s lie in D",
        (D_, Subsets("D")),
        (S_, nonzero),
    )
    a, b = Sym("a"), Sym("b")
    bracket = step(
        "At order 0 f is a product, so the bracket is positive for a ≠ b: if all |π̂_m|² "
        "agree, then N_D(s) is constant.",
        a * a - cross * a * b + b * b,
        (a - b) ** 2,
        "a square",
    )
    gain = stein_form(k).cited(2)
    return Derivation(
        id="H",
        title="weights that keep a regular simplex",
        theorem=together(
            _keeping(gain, counted, bracket),
            _pairs(order2, order4),
            _gain(gain, order2, transform),
            flat_logs(gain, others),
        ),
        setting=(UNIT, "on regular simplices of norm r: c² = r²k/(k−1), and g_m(r) is g_m there"),
        model=symbolic_point(k, NAMES, {"u": k}),
        witnesses=_points(k),
        small=_points,
        faulty=faulty,
        root=k,
    )


def _points(k: int) -> Any:
    return rational_points(k, NAMES, {"u": k})


C2 = Sym("c")


def _pairs(order2: Theorem, order4: Theorem) -> Theorem:
    """The heat semigroup, order by order: E[w_iw_j] for i ≠ j, and E[w_i²]."""

    def infer(first: Statement, second: Statement) -> Statement:
        two, four = relation(first), relation(second)
        if two.lhs != Tuple((Heat(1, ZERO, ONE), Heat(1, ZERO, ZERO))) or four.lhs != Heat(
            2, ZERO, ONE
        ):
            raise DoesNotFollow("not the terms of the heat semigroup")
        apart, same = two.rhs.parts  # type: ignore[attr-defined]
        table = {Delta(ZERO, ONE): ZERO, Delta(ZERO, ZERO): ONE}
        at = {PI[ZERO]: PI[I_], PI[ONE]: PI[J]}
        c = C2
        pair = PI[ZERO] * PI[ONE] + c**2 * apart.put(table) + c**4 * four.rhs + Order(c**6)
        own = PI[ZERO] ** 2 + c**2 * same.put(table) + Order(c**4)
        products = equals(Mean(W[I_] * W[J]), pair.put(at))
        squares = equals(Mean(W[I_] ** 2), own.put(at))
        return Both((If(Relation(I_, "!=", J), products), squares))

    return Rule("the heat semigroup at 0", infer, (IID, HEAT))(order2, order4)


def _gain(gain: Theorem, order2: Theorem, transform: Theorem) -> Theorem:
    """g_m is the transform of E[w_iw_j], c² = r²k/(k−1): its orders 0 and 2 in r."""

    def infer(definition: Statement, second: Statement, third: Statement) -> Statement:
        two, four = relation(second), relation(third)
        table = {Delta(ZERO, ONE): ZERO}
        apart = two.rhs.parts[0].put(table)  # type: ignore[attr-defined]
        general = first_order(ZERO, ONE, ZERO).put(table)
        if relation(definition).lhs != Named("g", (Sym("theta"),), M_) or not four.lhs.has(I_):
            raise DoesNotFollow("not the transform")
        if lowest(apart - general) != ZERO and two.rhs == four.lhs:
            raise DoesNotFollow("another order c²")
        scale = K / (K - 1)
        series = Abs2(Hat(PI, M_)) + scale * four.rhs * RADIUS**2 + Order(RADIUS**4)
        return Every(M_, PLANES, equals(Named("g", (RADIUS,), M_), series))

    return Rule("the transform of the pair moments", infer, (IID, HEAT))(gain, order2, transform)


def _keeping(gain: Theorem, counted: Theorem, bracket: Theorem) -> Theorem:
    """C_s = N_D(s)·q + const, q = (a − b)² ≠ 0 at order 0: C_s, so g_m, is flat iff N_D(s) is."""

    def infer(definition: Statement, second: Statement, third: Statement) -> Statement:
        form, square = relation(second), relation(third)
        subset, shift = opened(second)[0]
        aa, ab, bb = (Sym(name) for name in ("f_aa", "f_ab", "f_bb"))
        a, b = Sym("a"), Sym("b")
        q = form.rhs.terms[0].factors[1]  # type: ignore[attr-defined]
        if q.put({aa: a * a, ab: a * b, bb: b * b}) != square.lhs or square.rhs != (a - b) ** 2:
            raise DoesNotFollow("the bracket is not a square at order 0")
        count = form.rhs.terms[0].factors[0]  # type: ignore[attr-defined]
        if not isinstance(count, Differences) or not form.lhs.has(TwoValued(I_, I_ + S_)):
            raise DoesNotFollow("not a count of differences")
        flat = Every(shift.index, shift.over, equals(Differences(shift.index), Differences(ONE)))
        g = relation(definition).lhs.put({Sym("theta"): RADIUS})
        same = Every(M_, PLANES, equals(g, g.put({M_: ONE})))
        values = Both((
            Every(I_, Members("D"), equals(PI[I_], a)), Every(I_, Others("D"), equals(PI[I_], b)),
            Relation(a, "!=", b),
        ))  # fmt: skip
        return Every(subset.index, subset.over, If(values, Iff(Every(RADIUS, None, same), flat)))

    return Rule("flat correlations", infer, (IID, HEAT))(gain, counted, bracket)


@dataclass(frozen=True)
class Members(Range):
    """The indices in D."""

    inside: bool = True

    def values(self, m: Any, env: Env) -> Any:
        return [i for i in range(m.k) if bool(env["D"] >> i & 1) is self.inside]


@dataclass(frozen=True)
class Others(Members):
    """The indices outside D."""

    inside: bool = False

    def box(self) -> Box:
        ring = Row((letter("Z"), sign("/"), letter("k")))
        return Row((ring, sign(r"\setminus", "∖"), letter("D")))
