"""The nodes of the trees, read as index sums: no code of the other methods runs here."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import singledispatch
from typing import Any

from overspec.proofs.language.analysis import (  # fmt: skip
    Abbreviation,
    At,
    Covariance,
    Divergence,
    Flux,
    Gradient,
    Integral,
    Log,
    Mean,
    Power_e,
    Table,
)
from overspec.proofs.language.every import atoms, forms, sums
from overspec.proofs.language.every.atoms import NUMBER, fresh
from overspec.proofs.language.every.calculus import (  # fmt: skip
    applied,
    at_zero,
    derivative,
    inner,
    outer,
    responsibility,
    trace,
    turned,
)
from overspec.proofs.language.every.forms import Form
from overspec.proofs.language.every.gauss import expected
from overspec.proofs.language.every.subsets import over_pairs, over_range
from overspec.proofs.language.every.sums import Sums, collected, number, rational
from overspec.proofs.language.expression import (  # fmt: skip
    ZERO,
    Add,
    Div,
    Item,
    Mul,
    Node,
    Num,
    Pow,
    Sym,
    Unevaluable,
)
from overspec.proofs.language.operators import (  # fmt: skip
    Abs2,
    Act,
    Apply,
    Chord2,
    Coefficient,
    Cosine,
    Delta,
    Hat,
    Identity,
    Inner,
    J,
    Matrix,
    Mode,
    Norm2,
    Outer,
    Responsibilities,
    Root_,
    Turn,
)
from overspec.proofs.language.operators import (
    Form as Quadratic,
)
from overspec.proofs.language.ranges import Z_K, Family, Sum, below

Env = Mapping[str, Form]
VECTORS = ("x", "theta", "phi", "v")
TABLES = {"pi": "pi", "boltzmann": "E"} | {name: name for name in ("u", "Y", "Z", "f")}
TABLES |= {"alpha": "alpha", "truths": "F"}
#: Letters that stand for any numbers, but k, d and s, which are positive.
NUMBERS = ("k", "d", "s", "h", "r", "a", "b", "f_aa", "f_ab", "f_bb", "delta", *"mnytpq")


@singledispatch
def read(node: Any, env: Env) -> Sums:
    """The value of a node for every k; nodes of other rooms bring theirs as `for_every_k`.

    Raises:
        Unevaluable: the node has no such value here; its step is then not proved for every k.
    """
    try:
        found = node.for_every_k
    except AttributeError:
        raise Unevaluable(f"{type(node).__name__} for every k") from None
    value: Sums = found(read, env)
    return value


def index(node: Node, env: Env) -> Form:
    """An index expression."""
    match node:
        case Num(q) if q.denominator == 1:
            return forms.constant(q.numerator)
        case Sym(name) if name in env:
            return env[name]
        case Sym("k"):
            return forms.variable("k")
        case Add(terms):
            out: Form = ()
            for term in terms:
                out = forms.plus(out, index(term, env))
            return out
        case Mul(factors):
            out = forms.constant(1)
            for factor in factors:
                out = forms.times(out, index(factor, env))
            return out
    raise Unevaluable(f"an index {type(node).__name__}")


def entry(table: Any, form: Form, env: Env) -> Sums:
    """One entry of a table."""
    match table:
        case Sym(name) if name in TABLES:
            return sums.entry(TABLES[name], form)
        case Sym(name) if name in atoms.FAMILIES:
            return sums.atom(atoms.MEMBER, 0, name, form, rank=1)
        case Responsibilities():
            return responsibility(form)
        case Family(bound, body, over) if over == Z_K:
            return read(body, {**env, bound.name: form})
        case Abbreviation(body):
            return entry(body, form, env)
        case Table(of, indexed=made) if made is not None:
            value: Sums = made(lambda p: entry(of, p, env), form)
            return value
    if hasattr(table, "entry_for_every_k"):
        value = table.entry_for_every_k(read, form)
        return value
    raise Unevaluable(f"entries of {type(table).__name__} for every k")


def is_table(node: Any) -> bool:
    """Whether a node stands for k numbers, of which `entry` reads one."""
    return (
        isinstance(node, (Responsibilities, Family))
        or (isinstance(node, Sym) and node.name in TABLES)
        or hasattr(node, "entry_for_every_k")
    )


def over_all(body: Any) -> Sums:
    """``Σ_j body(j)`` over Z/k, body a function of an index form."""
    name = fresh("_")
    value: Sums = body(forms.variable(name)).summed(name)
    return value


def acting(c: Any, u: Sums, env: Env, sign: int = 1) -> Sums:
    """``Σ_j c_j R^{±j} u``."""
    return over_all(lambda j: entry(c, j, env) * turned(u, forms.plus((), j, sign)))


def hat(c: Any, m: Form, env: Env) -> Sums:
    """``ĉ_m``."""
    return over_all(lambda j: entry(c, j, env) * sums.root(forms.times(m, j)))


@read.register
def _(node: Num, env: Env) -> Sums:
    return rational(node.number)


@read.register
def _(node: Sym, env: Env) -> Sums:
    if node.name in env:
        raise Unevaluable("an index as a number")
    if node.name in VECTORS:
        return sums.vector(node.name)
    if node.name in NUMBERS:
        return number(node.name)
    raise Unevaluable(node.name)


@read.register
def _(node: Item, env: Env) -> Sums:
    return entry(node.base, index(node.index, env), env)


@read.register
def _(node: Add, env: Env) -> Sums:
    out = sums.ZERO
    for term in node.terms:
        out = out + read(term, env)
    return out


@read.register
def _(node: Mul, env: Env) -> Sums:
    out = sums.ONE
    for factor in node.factors:
        out = out * read(factor, env)
    return out


@read.register
def _(node: Pow, env: Env) -> Sums:
    exponent = forms.whole(index(node.exponent, env))
    if exponent is None:
        raise Unevaluable("a power that is no whole number")
    return read(node.base, env) ** exponent


@read.register
def _(node: Div, env: Env) -> Sums:
    return read(node.top, env) * read(node.bottom, env).inverse()


@read.register
def _(node: Sum, env: Env) -> Sums:
    free = fresh(node.index.name)
    within = {**env, node.index.name: forms.variable(free)}
    if isinstance(node.body, Sum) and node.over == Z_K and node.body.over == below(node.index):
        other = fresh(node.body.index.name)
        value = read(node.body.body, {**within, node.body.index.name: forms.variable(other)})
        return over_pairs(value, free, other)
    return over_range(node.over, read(node.body, within), free)


@read.register
def _(node: Turn, env: Env) -> Sums:
    return turned(read(node.u, env), index(node.power, env))


@read.register
def _(node: Act, env: Env) -> Sums:
    return acting(node.c, read(node.u, env), env, -1 if node.transposed else 1)


@read.register
def _(node: Inner, env: Env) -> Sums:
    return inner(read(node.u, env), read(node.v, env))


@read.register
def _(node: Norm2, env: Env) -> Sums:
    u = read(node.u, env)
    return inner(u, u)


@read.register
def _(node: Hat, env: Env) -> Sums:
    return hat(node.c, index(node.m, env), env)


@read.register
def _(node: Abs2, env: Env) -> Sums:
    m = index(node.hat.m, env)
    return hat(node.hat.c, m, env) * hat(node.hat.c, forms.negative(m), env)


@read.register
def _(node: Coefficient, env: Env) -> Sums:
    u, m = read(node.u, env), index(node.m, env)
    return inner(sums.mode(m), u) * inner(sums.mode(forms.negative(m)), u)


@read.register
def _(node: Mode, env: Env) -> Sums:
    return sums.mode(index(node.m, env))


@read.register
def _(node: Root_, env: Env) -> Sums:
    return sums.root(index(node.power, env))


@read.register
def _(node: Chord2, env: Env) -> Sums:
    turn = forms.minus(index(node.a, env), index(node.b, env))
    return rational(2) - sums.root(turn) - sums.root(forms.negative(turn))


@read.register
def _(node: Cosine, env: Env) -> Sums:
    turn = index(node.turn, env)
    return (sums.root(turn) + sums.root(forms.negative(turn))) * Fraction(1, 2)


@read.register
def _(node: Delta, env: Env) -> Sums:
    return sums.delta(forms.minus(index(node.a, env), index(node.b, env)))


@read.register
def _(node: Identity, env: Env) -> Sums:
    return sums.turn(())


@read.register
def _(node: Matrix, env: Env) -> Sums:
    value = read(node.image, env)
    for (_, factors), _ in value.terms:
        if sum(n for a, n in factors if "v" in a) != 1:
            raise Unevaluable("a map that is not linear")
    return derivative(value, "v")


@read.register
def _(node: Apply, env: Env) -> Sums:
    return applied(read(node.b, env), read(node.v, env))


@read.register
def _(node: Quadratic, env: Env) -> Sums:
    v = read(node.v, env)
    return inner(v, applied(read(node.b, env), v))


@read.register
def _(node: Outer, env: Env) -> Sums:
    u = read(node.u, env)
    return outer(u, u)


@read.register
def _(node: Gradient, env: Env) -> Sums:
    f = read(node.f, env)
    if f.terms and f.rank != int(node.vector):
        raise Unevaluable("a gradient of another shape")
    return derivative(f, node.of.name)


@read.register
def _(node: Divergence, env: Env) -> Sums:
    return trace(derivative(read(node.f, env), "x"))


@read.register
def _(node: Flux, env: Env) -> Sums:
    def slope(j: Form) -> Sums:
        return turned(derivative(responsibility(j) * number("G"), "x"), forms.negative(j))

    return over_all(slope) * number("G", -1)


@read.register
def _(node: Mean, env: Env) -> Sums:
    return expected(read(node.f, env))


@read.register
def _(node: Covariance, env: Env) -> Sums:
    def point(j: Form) -> Sums:
        return turned(sums.vector("x"), index(node.power, {**env, J.name: j}))

    mean = over_all(lambda j: entry(node.c, j, env) * point(j))
    second = over_all(lambda j: entry(node.c, j, env) * outer(point(j), point(j)))
    return second - outer(mean, mean)


@read.register
def _(node: At, env: Env) -> Sums:
    if node.place != ZERO or node.where.name not in ("x", "theta"):
        raise Unevaluable("a place other than 0")
    return at_zero(read(node.f, env), node.where.name)


@read.register
def _(node: Log, env: Env) -> Sums:
    if isinstance(node.f, Power_e):
        return read(node.f.f, env)
    if read(node.f, env) != number("S"):
        raise Unevaluable("a logarithm of other than S")
    return sums.atom(atoms.LOG, "S")


@read.register
def _(node: Integral, env: Env) -> Sums:
    if node.of.name != "s":
        raise Unevaluable("an integral over another letter")
    out = []
    for (bound, factors), c in read(node.f, env).terms:
        power = sum(n for a, n in factors if a == (NUMBER, "s"))
        if power < 0:
            raise Unevaluable("an integral of a pole")
        rest = tuple((a, n) for a, n in factors if a != (NUMBER, "s"))
        out.append(((bound, rest), c / (power + 1)))
    return collected(0, out)


@read.register
def _(node: Abbreviation, env: Env) -> Sums:
    return read(node.body, env)
