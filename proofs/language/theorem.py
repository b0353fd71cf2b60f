"""How a statement follows: theorems are made from checked steps by rules, and by nothing else.

A `Theorem` is a statement with the rule and the premises it came from, down to the steps, which
`derivation` checks by two methods. `replayed` applies every rule again; so what is printed can be
compared with what follows. A rule of logic or algebra needs no trust beyond this file; one that
uses what no machine here checks carries a `Hypothesis`, and the theorem inherits it. In the same
way a theorem inherits the labels of the derivations whose theorems it cites.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from overspec.proofs.language.analysis import Covariance, Flux, Mean
from overspec.proofs.language.expression import (
    Add,
    Div,
    Expr,
    Mul,
    Node,
    Sym,
    flat,
    product,
    total,
)
from overspec.proofs.language.lowest_terms import lowest
from overspec.proofs.language.operators import ENERGY, Inner, W, X
from overspec.proofs.language.ranges import Range, Sum
from overspec.proofs.language.render import tex
from overspec.proofs.language.statement import (  # fmt: skip
    Both,
    DoesNotFollow,
    Every,
    Relation,
    Statement,
    closed,
    equals,
    opened,
    relation,
)
from overspec.proofs.machinery.prose import in_dollars
from overspec.proofs.machinery.rational import exactly


@dataclass(frozen=True)
class Hypothesis:
    """What is used and not checked here: its name, its precise words, and where it is proved."""

    name: str
    words: str
    source: str = ""

    def __str__(self) -> str:
        return f"{self.words} ({self.source})" if self.source else self.words

    @property
    def tex(self) -> str:
        """The same, formulas in dollars."""
        return in_dollars(str(self))


@dataclass(frozen=True)
class Rule:
    """From the statements of the premises to the conclusion; raises `DoesNotFollow`."""

    name: str
    infer: Callable[..., Statement]
    hypotheses: tuple[Hypothesis, ...] = ()

    def __call__(self, *premises: Theorem) -> Theorem:
        return Theorem(self.conclude(*(p.statement for p in premises)), self, premises)

    def conclude(self, *premises: Statement) -> Statement:
        """The conclusion; premises that a rule cannot take apart are none of its own."""
        try:
            return self.infer(*premises)
        except (
            AttributeError,
            IndexError,
            KeyError,
            StopIteration,
            TypeError,
            ValueError,
        ) as error:
            raise DoesNotFollow(f"{self.name}: premises of another form ({error})") from error


@dataclass(frozen=True)
class Theorem:
    """A statement and where it comes from: a step, another derivation, or a rule."""

    statement: Statement
    rule: Rule | None = None
    premises: tuple[Theorem, ...] = ()
    step: Step | None = None
    origin: str = ""
    inherited: tuple[Hypothesis, ...] = ()
    letters: frozenset[type[Node]] = frozenset()  # of the steps of what is cited

    def nodes(self) -> Iterator[Theorem]:
        """The theorem and all it rests on, premises first."""
        for premise in self.premises:
            yield from premise.nodes()
        yield self

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps at the leaves, each once."""
        return tuple(dict.fromkeys(t.step for t in self.nodes() if t.step is not None))

    @property
    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """What the rules used that is not checked, here and in what is cited."""
        used = ((*(t.rule.hypotheses if t.rule else ()), *t.inherited) for t in self.nodes())
        return tuple(dict.fromkeys(h for some in used for h in some))

    @property
    def origins(self) -> tuple[str, ...]:
        """Labels of the derivations whose theorems are cited."""
        return tuple(dict.fromkeys(t.origin for t in self.nodes() if t.origin))

    @property
    def vocabulary(self) -> frozenset[type[Node]]:
        """The kinds of nodes in the steps, here and in what is cited."""
        own = {type(node) for step in self.steps for node in step.equation.walk()}
        return frozenset(own).union(*(t.letters for t in self.nodes()))

    def replayed(self) -> Statement:
        """The statement that the rules yield now."""
        if self.rule is None:
            return self.step.equation if self.step is not None else self.statement
        return self.rule.conclude(*(p.replayed() for p in self.premises))


@dataclass(frozen=True)
class Step:
    """An equation to be checked by both methods: why it is needed, and by which rule it holds."""

    words: str
    equation: Statement
    rule: str

    @property
    def words_tex(self) -> str:
        """Why it is needed, formulas in dollars."""
        return in_dollars(self.words)

    @property
    def rule_tex(self) -> str:
        """By which rule it holds, formulas in dollars."""
        return in_dollars(self.rule)

    @property
    def lhs(self) -> Side:
        """The left side."""
        return Side(relation(self.equation).lhs, opened(self.equation)[0])

    @property
    def rhs(self) -> Side:
        """The right side."""
        return Side(relation(self.equation).rhs, opened(self.equation)[0])

    @property
    def tex(self) -> str:
        """The equation of the step."""
        return f"{self.lhs.tex} = {self.rhs.tex}"


@dataclass(frozen=True)
class Side:
    """One side of a step: an expression, evaluated for all values of the indices around it."""

    expression: Expr
    around: tuple[Every, ...]

    @property
    def tex(self) -> str:
        """Its TeX."""
        return tex(self.expression.box())

    def entries(self, m: Any) -> tuple[Any, ...]:
        """All entries in the model m."""
        ranges = [(q.index.name, q.over) for q in self.around if q.over is not None]

        def collect(env: dict[str, int], rest: list[tuple[str, Range]]) -> tuple[Any, ...]:
            if not rest:
                return exactly(flat(self.expression.value(m, env)))
            (name, over), *others = rest
            return tuple(e for i in over.values(m, env) for e in collect({**env, name: i}, others))

        return collect({}, ranges)


def step(words: str, lhs: Any, rhs: Any, rule: str, *indices: tuple[Sym, Range]) -> Theorem:
    """A step as a theorem: ``lhs = rhs`` for all values of the indices."""
    equation: Statement = equals(lhs, rhs)
    for index, over in reversed(indices):
        equation = Every(index, over, equation)
    return Theorem(equation, step=Step(words, equation, rule))


# --- rules of logic and algebra -----------------------------------------------------------------


def chain(*premises: Theorem) -> Theorem:
    """a = b and b = c yield a = c; with ≤ among them a ≤ c."""
    return _CHAIN(*premises)


def _chained(*statements: Statement) -> Statement:
    around, first = opened(statements[0])
    out = relation(first)
    for statement in statements[1:]:
        again, inner = opened(statement)
        link = relation(inner)
        if [(q.index, q.over) for q in again] != [(q.index, q.over) for q in around]:
            raise DoesNotFollow("the steps of a chain have different ranges")
        if link.lhs != out.rhs:
            raise DoesNotFollow(f"{link.text} does not go on from {out.text}")
        kinds = {out.kind, link.kind} - {"="}
        if len(kinds) > 1:
            raise DoesNotFollow(f"relations {kinds} in one chain")
        out = Relation(out.lhs, kinds.pop() if kinds else "=", link.rhs)
    return closed(around, out)


_CHAIN = Rule("transitivity", _chained)


def together(*premises: Theorem) -> Theorem:
    """All of them."""
    return Rule("conjunction", lambda *parts: Both(tuple(parts)))(*premises)


def part(theorem: Theorem, number: int) -> Theorem:
    """One of the statements of a conjunction."""

    def infer(whole: Statement) -> Statement:
        if not isinstance(whole, Both):
            raise DoesNotFollow("no conjunction")
        return whole.parts[number]

    return Rule(f"part {number + 1}", infer)(theorem)


def turned(theorem: Theorem) -> Theorem:
    """b = a from a = b."""
    return Rule("symmetry of =", lambda s: _sides(s, lambda r: _equation(r, r.rhs, r.lhs)))(theorem)


def put(theorem: Theorem, table: dict[Node, Node]) -> Theorem:
    """An instance: a letter that the statement leaves free replaced by an expression."""
    return Rule("instance", lambda s: s.put(table))(theorem)


def instance(theorem: Theorem, *values: Expr) -> Theorem:
    """The outermost indices given values of their ranges, which the rule does not look up."""

    def infer(s: Statement) -> Statement:
        for value in values:
            if not isinstance(s, Every):
                raise DoesNotFollow("no quantifier")
            s = s.body.put({s.index: value})
        return s

    return Rule("instance", infer)(theorem)


def every(theorem: Theorem, index: Sym, over: Range | None = None) -> Theorem:
    """For every value of a letter that the statement leaves free."""
    return Rule("generalisation", lambda s: Every(index, over, s))(theorem)


def expectation(theorem: Theorem) -> Theorem:
    """E of both sides of an equation that holds at every x; E is linear."""
    return Rule(
        "expectation", lambda s: _sides(s, lambda r: Relation(mean(r.lhs), r.kind, mean(r.rhs)))
    )(theorem)


def rewritten(theorem: Theorem, *equations: Theorem, reverse: bool = False) -> Theorem:
    """The left side of an equation replaced by its right side, wherever it occurs."""

    def infer(s: Statement, *given: Statement) -> Statement:
        for equation in given:
            around, inner = opened(equation)
            if isinstance(inner, Both):
                raise DoesNotFollow("a conjunction is no equation")
            r = relation(inner)
            if r.kind != "=":
                raise DoesNotFollow(f"{r.text} is no equation")
            old, new = (r.rhs, r.lhs) if reverse else (r.lhs, r.rhs)
            s = _replaced(s, old, new, frozenset(q.index for q in around))
        return s

    return Rule("substitution", infer)(theorem, *equations)


def simplified(theorem: Theorem) -> Theorem:
    """Both sides in lowest terms, as rational functions of what is not arithmetic."""
    return Rule(
        "arithmetic", lambda s: _sides(s, lambda r: Relation(lowest(r.lhs), r.kind, lowest(r.rhs)))
    )(theorem)


def moved(theorem: Theorem) -> Theorem:
    """a − b = c, read as a = b + c; the first term of the left side stays."""

    def change(r: Relation) -> Relation:
        if not isinstance(r.lhs, Add):
            raise DoesNotFollow("nothing to move")
        first, *rest = r.lhs.terms
        return Relation(first, r.kind, total(*(-t for t in rest), r.rhs))

    return Rule("arithmetic", lambda s: _sides(s, change))(theorem)


def paired(theorem: Theorem, v: Expr) -> Theorem:
    """⟨a, v⟩ = ⟨b, v⟩ from a = b, with E outside."""

    def pair(e: Expr) -> Expr:
        return mean(Inner(e.f, v)) if isinstance(e, Mean) else Inner(e, v)

    return Rule(
        "inner product", lambda s: _sides(s, lambda r: _equation(r, pair(r.lhs), pair(r.rhs)))
    )(theorem)


def _equation(r: Relation, lhs: Expr, rhs: Expr) -> Relation:
    if r.kind != "=":
        raise DoesNotFollow(f"{r.text} is no equation")
    return equals(lhs, rhs)


def _sides(s: Statement, change: Callable[[Relation], Statement]) -> Statement:
    around, inner = opened(s)
    if isinstance(inner, Both):
        return closed(around, Both(tuple(_sides(p, change) for p in inner.parts)))
    if not isinstance(inner, Relation):
        raise DoesNotFollow(f"no relation: {s.text}")
    return closed(around, change(inner))


def match(pattern: Any, tree: Any, free: frozenset[Sym], found: dict[Sym, Any]) -> bool:
    """Whether the tree is the pattern with expressions in place of its free letters."""
    if isinstance(pattern, Sym) and pattern in free:
        return bool(found.setdefault(pattern, tree) == tree)
    if type(pattern) is not type(tree):
        return False
    if not isinstance(pattern, Node):
        if isinstance(pattern, tuple):
            return len(pattern) == len(tree) and all(
                match(a, b, free, found) for a, b in zip(pattern, tree, strict=True)
            )
        return bool(pattern == tree)
    return all(
        match(getattr(pattern, f), getattr(tree, f), free, found)
        for f in pattern.__dataclass_fields__  # type: ignore[attr-defined]
    )


def _replaced(tree: Any, old: Expr, new: Expr, free: frozenset[Sym]) -> Any:
    found: dict[Sym, Any] = {}
    if isinstance(tree, Expr) and match(old, tree, free, found):
        return new.put(found)
    return tree.map(lambda child: _replaced(child, old, new, free))


RANDOM = (X, W, ENERGY, Flux())


def mean(f: Expr) -> Expr:
    """E f, with sums taken apart and factors that do not depend on x in front."""
    if not (f.has(*RANDOM) or any(isinstance(n, Covariance) for n in f.walk())):
        return f
    if isinstance(f, Add):
        return total(*map(mean, f.terms))
    if isinstance(f, Mul):
        fixed = [g for g in f.factors if not g.has(*RANDOM)]
        rest = [g for g in f.factors if g.has(*RANDOM)]
        if fixed:
            return product(*fixed, mean(product(*rest)))
    if isinstance(f, Div) and not f.bottom.has(*RANDOM):
        return mean(f.top) / f.bottom
    factors = f.body.factors if isinstance(f, Sum) and isinstance(f.body, Mul) else ()
    if isinstance(f, Sum) and not all(g.has(*RANDOM) for g in factors):
        return Sum(f.index, mean(f.body), f.over)
    return Mean(f)
