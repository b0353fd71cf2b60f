"""Lloyd's simplex is stable modulo rotations, for every k: the spectrum of the Jacobian (K2).

The Jacobian is a number on the scaling, the rotations and the shapes, and a 2×2 block on the
translations τ and the changes of size σ, all of them rational functions of k, m_k, N and F. It is
a form: ``⟨δ, Jδ⟩`` is a sum of squares over the facets, so no eigenvalue is negative. That of the
shapes is (k−1)/k less a positive number. On τ and σ, for all v of sum 0,

    ⟨τ_v + βσ_v, J(τ_v + βσ_v)⟩ = |v|² E(βZ − ρ)²,   ρ = km_k/(k−1),

with Z = s − ȳ − m_k on a facet g_0 = g_1 = s ≥ g_l: of variance at most ½ − 1/k (Brascamp and
Lieb: a facet is a convex part of a hyperplane) and of mean −(1 − Var max)/m_k, by parts. So the
form is below ``|τ_v + βσ_v|²`` where a quadratic in 1 − Var max, concave on [0, 1], is positive at
both ends; with ``m_k² ≤ (k−1)²/(2k−1)`` it is from k = 10 on. For k ≤ 9 balls decide.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache, partial

from overspec.proofs.language.analysis import Length
from overspec.proofs.language.analysis import Named as Name
from overspec.proofs.language.derivation import Derivation, Faults
from overspec.proofs.language.expression import (
    ONE,
    ZERO,
    Expr,
    Mul,
    Num,
    Tuple,
    product,
    terms_of,
    total,
)
from overspec.proofs.language.lowest_terms import by_terms, lowest
from overspec.proofs.language.operators import K
from overspec.proofs.language.statement import (  # fmt: skip
    Both,
    DoesNotFollow,
    If,
    Named,
    Relation,
    Statement,
    equals,
    relation,
)
from overspec.proofs.language.theorem import Hypothesis, Rule, Theorem, step, together
from overspec.proofs.lloyd.any_k import (
    AnyK,
    facet_instance,
    rationals,
    symbols,
)
from overspec.proofs.lloyd.bounds import (  # fmt: skip
    below,
    chord,
    gram,
    positive_from,
    samples,
    squares,
    stable_pair,
)
from overspec.proofs.lloyd.fixed_point import DECAY, LATE, M_K, R_0, SYMMETRIC, lloyd_fixed_point
from overspec.proofs.lloyd.images import Moved
from overspec.proofs.lloyd.jacobian import (
    FF,
    MM,
    NN,
    SCHUR,
    TRANSPORT,
    pair_block,
)
from overspec.proofs.lloyd.nodes import BIG, PHI, YY, Flow
from overspec.proofs.lloyd.parts import (
    Dimension,
    Listed,
    against_one,
    dimensions,
    eigenvalue,
    multiplicity,
    parts_of,
)

CONVEX = Hypothesis(
    "Brascamp–Lieb",
    "a linear function has under a normal law restricted to a convex set at most the variance that "
    "it has without the restriction; the maximum of k normals, a function of Lipschitz constant 1, "
    "has at most the variance 1",
    "Brascamp and Lieb (1976)",
)
SAMPLES = Hypothesis(
    "Cauchy–Schwarz",
    "m_k = k∫x(u)(u^{k−1} − 1/k)du over [0,1], x(u) the quantile, and ∫x² = 1: so "
    "m_k² ≤ k²∫(u^{k−1} − 1/k)²du; m_k increases with k",
    "Hartley, David and Gumbel (1954)",
)
ATTRACTION = Hypothesis(
    "attraction",
    "Lloyd's map is C¹ near the simplex and commutes with rotations, so that all rotations of a "
    "fixed point are fixed, a manifold of dimension d(d−1)/2, d = k − 1; if that is the "
    "multiplicity of the eigenvalue 1 and all others lie in the open unit disc, then iterates from "
    "near it converge to one of its points, at a linear rate",
    "Hirsch, Pugh and Shub, Invariant Manifolds",
)
NAMES = ("y", "phi", "Phi", "m", "N", "F", "p", "q", "x", "z")


_lowest = cache(lowest)  # the rules are applied anew for every altered sentence


@cache
def _by_terms(e: Expr) -> Expr:
    return by_terms(e, MM, NN, FF)


def lloyd_stability(k: int) -> Derivation:
    """K2: the spectrum of Lloyd's Jacobian at the simplex, for every k: rotations are neutral.

    The same theorem whatever k is given; that only chooses the instances of the second method.

    >>> lloyd_stability(3).recheck()
    ()
    """
    build = partial(_lloyd_stability, k)
    faults: Faults = (
        ("scaling is kept", partial(build, scale=1)),
        ("a translation as if R_0 were 0", partial(build, offset=0)),
        ("φ² by parts with b − 1", partial(build, lost=1)),
        ("one translation more", partial(build, extra=1)),
        ("rotations doubled", partial(build, turn=1)),
        ("shapes counted right up to k = 6", partial(build, late=1)),
        ("the eigenvalue of the shapes right up to k = 6", partial(build, bent=1)),
        ("the variance on a facet twice", partial(build, wide=2)),
        ("m_k² ≤ (k−1)²/(2k)", partial(build, sample=0)),
    )
    return _lloyd_stability(k, faulty=faults)


def _lloyd_stability(
    k: int, turn: int = 0, scale: int = 0, offset: int = 1, lost: int = 0, extra: int = 0,
    late: int = 0, bent: int = 0, wide: int = 1, sample: int = 1, faulty: Faults = (),
) -> Derivation:  # fmt: skip
    moments = [
        step(
            f"By parts: the moments with one more y, from y^{a}φ^{b}Φ^{{k−{b}}}.",
            Flow(product(power(YY, a), power(PHI, b), power(BIG, K - b))),
            (ONE if not a else YY) * (K - b) * PHI ** (b + 1) * BIG ** (K - b - 1)
            - (b - lost * (b > 1)) * YY ** (a + 1) * PHI**b * BIG ** (K - b)
            + (PHI**b * BIG ** (K - b) if a else ZERO),
            "φ' = −yφ, Φ' = φ",
        )
        for a, b in ((1, 1), (0, 2), (0, 3))
    ]
    scaling = step(
        "Scaling: the cells stay.", Moved("C", True), scale * Moved("C"), "the facets stay"
    )
    rotation = step(
        "Rotations: eigenvalue 1. (Lloyd's map commutes with them; here from the integrals.)",
        Moved("Omega", True),
        (1 + turn) * Moved("Omega"),
        "W = m_k/(k(k−1))",
    )
    shapes = step(
        "Shapes: symmetric with zero diagonal.",
        Moved("S", True),
        total(SHAPE, bent * LATE) * Moved("S"),
        "sum over the facets of a cell",
    )
    (tt, ts), (st, ss) = pair_block(K, MM, NN, FF)
    ts = ts if offset else ts - K**2 * MM**2 / (K - 1) ** 2
    tau, sigma = Moved("tau"), Moved("sigma")
    block = step(
        "Translations τ and changes of size σ mix: a 2×2 block with entries in m_k, N, F.",
        Tuple((Moved("tau", True), Moved("sigma", True))),
        Tuple((tt * tau + ts * sigma, st * tau + ss * sigma)),
        "sum over the facets of a cell",
    )
    return AnyK(
        id="K2",
        title="Lloyd's simplex is stable modulo rotations",
        theorem=_theorem(
            scaling,
            rotation,
            shapes,
            block,
            dimensions(SEVERAL, late * LATE if late else extra, "S" if late else "tau"),
            squares(),
            gram(),
            below(wide),
            chord(),
            samples(sample),
            *moments,
        ),
        setting=(
            "k ≥ 2, N = ∫φ³Φ^{k−3}, F = ∫φ⁴Φ^{k−4}; C scales, Ω rotates, τ translates, σ "
            "changes sizes and S shapes; mult is 0 for a part that is not there",
        ),
        model=symbols(NAMES),
        witnesses=rationals(7 + k % 2, NAMES, motions=True),
        reading=facet_instance(7 + k % 2, NAMES),
        faulty=faulty,
    )


SHAPE = (K - 1) / K - K * (K - 1) ** 2 * FF / (3 * MM)
SEVERAL = 4  # a k at which all parts are there


def power(base: Expr, n: int | Expr) -> Expr:
    """A power, its exponent left out where it is 1."""
    return ONE if n == 0 else base if n == 1 else base**n


def _factor_of(s: Statement, name: str) -> Expr:
    """c in an image c·motion."""
    r, motion = relation(s), Moved(name)
    if r.lhs != Moved(name, True):
        raise DoesNotFollow("another motion")
    if r.rhs in (motion, ZERO):
        return ONE if r.rhs == motion else ZERO
    *factors, last = r.rhs.factors if isinstance(r.rhs, Mul) else (r.rhs,)
    if last != motion:
        raise DoesNotFollow("no eigenvector")
    return product(*factors)


def _along(e: Expr, name: str) -> Expr:
    """The coefficient of a motion in a combination."""
    motion = Moved(name)
    return total(*(t.put({motion: ONE}) for t in terms_of(e) if t.has(motion)))


def _theorem(*premises: Theorem) -> Theorem:
    spectrum = _spectrum(lloyd_fixed_point(SEVERAL).cited(1), *premises)
    return together(spectrum, _attraction(lloyd_fixed_point(SEVERAL).cited(0), spectrum))


def _spectrum(*premises: Theorem) -> Theorem:
    """The eigenvalues on the parts, with multiplicities; in modulus below 1 but on rotations."""

    def infer(maximum: Statement, scaling: Statement, rotation: Statement, shapes: Statement,
              block: Statement, sizes: Statement, *others: Statement) -> Statement:  # fmt: skip
        if relation(maximum).lhs != M_K or not all(
            isinstance(relation(s).lhs, Flow) for s in others[5:]
        ):
            raise DoesNotFollow("the moments on the facets are open")
        dims, names = relation(sizes), parts_of(SEVERAL)
        if dims.lhs.parts != (*(Dimension((n,)) for n in names), Dimension(names)):  # type: ignore[attr-defined]
            raise DoesNotFollow("the dimensions of the parts are open")
        count = dict(zip(names, dims.rhs.parts[:-1], strict=True))  # type: ignore[attr-defined]
        found: list[Statement] = []
        bounds: list[Statement] = []
        for name, s in (("C", scaling), ("Omega", rotation), ("S", shapes)):
            value = _factor_of(s, name)
            found += [equals(eigenvalue(name), value), equals(multiplicity(name), count[name])]
            bounds += _below_one(name, value)
        (tt, ts), (st, ss) = (
            [_along(part, name) for name in ("tau", "sigma")]
            for part in relation(block).rhs.parts  # type: ignore[attr-defined]
        )
        one, two = map(eigenvalue, ("tau", "sigma"))
        found.append(equals(one + two, _by_terms(tt + ss)))
        found.append(equals(one * two, _by_terms(tt * ss - ts * st)))
        found += [equals(multiplicity(name), count[name]) for name in ("tau", "sigma")]
        if stable_pair(tt, ts, st, ss, *others):
            bounds += [Relation(Length(e), "<", ONE) for e in (one, two)]
        found += bounds
        # for k = 2 there is neither rotation nor shape, and σ is ½τ: one motion
        at = {K: Num(Fraction(2))}
        alone = _lowest((tt + ts / 2).put(at))  # N drops out
        bound = Relation(Length(one), against_one(2, alone), ONE)
        pair = (*found[:2], equals(one, alone.put({MM: M_K.put(at)})),
                equals(multiplicity("tau"), _lowest(count["tau"].put(at))), bound)  # fmt: skip
        return Both((
            If(Relation(K, ">=", Num(Fraction(3))), Listed(tuple(found))),
            If(equals(K, 2), Listed(pair)),
        ))  # fmt: skip

    used = (SYMMETRIC, TRANSPORT, SCHUR, DECAY, CONVEX, SAMPLES)
    return Rule("one vector of each part", infer, used)(*premises)


def _below_one(name: str, value: Expr) -> list[Statement]:
    """|λ| < 1 where λ is no number: (k−1)/k less what is positive, and not negative as J is not."""
    if isinstance(value, Num):
        return []
    less = positive_from((K - 1) / K - value, 4)
    return [Relation(Length(eigenvalue(name)), "<", ONE)] if less else []


def _inside(name: str, said: tuple[Statement, ...]) -> bool:
    """Whether an eigenvalue is in the open unit disc: as a number, or as is said of it."""
    own = eigenvalue(name)
    numbers = [s.rhs for s in said if isinstance(s, Relation) and s.lhs == own]
    if numbers and isinstance(numbers[0], Num):
        return abs(numbers[0].number) < 1
    return Relation(Length(own), "<", ONE) in said


def _attraction(fixed: Theorem, spectrum: Theorem) -> Theorem:
    """The eigenvalue 1 on the rotations alone, as often as there are rotations."""

    def infer(at: Statement, found: Statement) -> Statement:
        if not at.has(R_0) or not isinstance(found, Both):
            raise DoesNotFollow("no fixed point")
        general = found.parts[0]
        said = general.then.parts  # type: ignore[attr-defined]
        d = K - 1
        turns = [s.rhs for s in said if s.lhs == multiplicity("Omega")]
        neutral = equals(eigenvalue("Omega"), ONE) in said
        inside = all(_inside(name, said) for name in ("C", "S", "tau", "sigma"))
        if not (neutral and inside and _lowest(turns[0] - d * (d - 1) / 2) == ZERO):
            return found
        simplex = R_0 * Name("Delta")
        return Named(simplex, WORDS)  # k ≥ 2 is the setting

    return Rule("rotations alone are neutral", infer, (ATTRACTION,))(fixed, spectrum)


WORDS = "attracts every start near it, up to a rotation, at a linear rate"
