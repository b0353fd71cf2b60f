"""What a claim says, as a tree: relations, quantifiers over named ranges, conditions.

A statement is printed from its tree and evaluated from it, like an expression. Its words (for
every, if, where) are the layout of its nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from overspec.proofs.language import render
from overspec.proofs.language.expression import Env, Expr, Node, Sym, Unevaluable, expr, flat
from overspec.proofs.language.ranges import Range
from overspec.proofs.language.render import Box, Row, joined, sign

Prose = tuple[str | Box, ...]


class Statement(Node):
    """A sentence: `prose` lays it out, `holds` decides it at an exact instance where it can."""

    def prose(self) -> Prose:
        """Words and formulas in turn."""
        raise NotImplementedError

    def holds(self, m: Any, env: Env) -> bool:
        """Whether it is true in the model.

        Raises:
            Unevaluable: it speaks of a limit, an infimum or an expectation.
        """
        raise Unevaluable(type(self).__name__)

    @property
    def tex(self) -> str:
        """The sentence, formulas in dollars."""
        return "".join(p if isinstance(p, str) else f"${render.tex(p)}$" for p in self.prose())

    @property
    def text(self) -> str:
        """The sentence for a terminal, in Unicode."""
        return "".join(p if isinstance(p, str) else render.text(p) for p in self.prose())

    @property
    def html(self) -> str:
        """The sentence for a page, formulas as MathML."""
        return "".join(
            p if isinstance(p, str) else f"<math>{render.mathml(p)}</math>" for p in self.prose()
        )


SIGNS: Mapping[str, tuple[str, str]] = {
    "=": ("=", " = "),
    "!=": (r"\ne", " ≠ "),
    "<": ("<", " < "),
    "<=": (r"\le", " ≤ "),
    ">": (">", " > "),
    ">=": (r"\ge", " ≥ "),
    "preceq": (r"\preceq", " ⪯ "),
    "succeq": (r"\succeq", " ⪰ "),
    "to": (r"\to", " → "),
}


@dataclass(frozen=True)
class Relation(Statement):
    """``lhs kind rhs``, kind a key of `SIGNS`."""

    lhs: Expr
    kind: str
    rhs: Expr

    def box(self) -> Box:
        """The layout."""
        return Row((self.lhs.box(), sign(*SIGNS[self.kind]), self.rhs.box()))

    def prose(self) -> Prose:
        return (self.box(),)

    def holds(self, m: Any, env: Env) -> bool:
        left, right = (flat(side.value(m, env)) for side in (self.lhs, self.rhs))
        if self.kind == "=":
            return _padded(left, len(right)) == _padded(right, len(left))
        if self.kind not in _COMPARE or len(left) != 1 or len(right) != 1:
            raise Unevaluable(self.kind)
        try:
            return _COMPARE[self.kind](left[0], right[0])
        except TypeError:
            raise Unevaluable("complex numbers have no order") from None


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


def equals(lhs: Any, rhs: Any) -> Relation:
    """``lhs = rhs``."""
    return Relation(expr(lhs), "=", expr(rhs))


@dataclass(frozen=True)
class Every(Statement):
    """``body`` for every index in a range; for every value of a parameter without one."""

    index: Sym
    over: Range | None
    body: Statement

    def prose(self) -> Prose:
        indices, body = [self.index.box()], self.body
        while type(body) is type(self) and body.over == self.over:
            indices.append(body.index.box())
            body = body.body
        bound = joined(indices, sign(",", ", "))
        if self.over is not None:
            bound = Row((bound, sign(r"\in", " ∈ "), self.over.box()))
        if isinstance(body, (If, Iff, Where)):
            return (f"for {self.word} ", bound, ", ", *body.prose())
        return (*joint(body), f" for {self.word} ", bound)

    word = "every"

    def holds(self, m: Any, env: Env) -> bool:
        if self.over is None:
            return self.body.holds(m, env)
        name = self.index.name
        values = [self.body.holds(m, {**env, name: i}) for i in self.over.values(m, env)]
        return self.decided(values)

    def decided(self, values: list[bool]) -> bool:
        """From the truth of every instance."""
        return all(values)


@dataclass(frozen=True)
class Some(Every):
    """``body`` for some index in a range."""

    word = "some"

    def decided(self, values: list[bool]) -> bool:
        return any(values)


@dataclass(frozen=True)
class Both(Statement):
    """A conjunction."""

    parts: tuple[Statement, ...]

    def prose(self) -> Prose:
        out: list[str | Box] = []
        for i, part in enumerate(self.parts):
            between = (
                "; " if any(isinstance(p, str) for q in self.parts for p in q.prose()) else ", "
            )
            out += ([between] if i else []) + list(part.prose())
        return tuple(out)

    def holds(self, m: Any, env: Env) -> bool:
        return all(part.holds(m, env) for part in self.parts)


@dataclass(frozen=True)
class Either(Statement):
    """A disjunction."""

    parts: tuple[Statement, ...]

    def prose(self) -> Prose:
        out: list[str | Box] = []
        for part in self.parts:
            out += ([" or "] if out else []) + list(joint(part))
        return tuple(out)

    def holds(self, m: Any, env: Env) -> bool:
        return any(part.holds(m, env) for part in self.parts)


@dataclass(frozen=True)
class If(Statement):
    """``then`` under a condition."""

    condition: Statement
    then: Statement

    def prose(self) -> Prose:
        return ("if ", *joint(self.condition), ", then ", *joint(self.then))

    def holds(self, m: Any, env: Env) -> bool:
        return not self.condition.holds(m, env) or self.then.holds(m, env)


@dataclass(frozen=True)
class Iff(Statement):
    """Two statements that are equivalent."""

    one: Statement
    other: Statement

    def prose(self) -> Prose:
        return (*joint(self.one), " if and only if ", *joint(self.other))

    def holds(self, m: Any, env: Env) -> bool:
        return self.one.holds(m, env) == self.other.holds(m, env)


@dataclass(frozen=True)
class Where(Statement):
    """``body``, with what its letters stand for."""

    body: Statement
    meaning: Statement

    def prose(self) -> Prose:
        return (*joint(self.body), ", where ", *joint(self.meaning))

    def holds(self, m: Any, env: Env) -> bool:
        return self.body.holds(m, env) and self.meaning.holds(m, env)


def joint(statement: Statement) -> Prose:
    """The words of a part of a sentence: conjunctions held by "and", conditions in brackets."""
    if type(statement) is Both:  # others lay themselves out
        out: list[str | Box] = []
        for part in statement.parts:
            out += ([" and "] if out else []) + list(joint(part))
        return tuple(out)
    if isinstance(opened(statement)[1], (If, Iff, Where)):
        return ("(", *statement.prose(), ")")
    return statement.prose()


@dataclass(frozen=True)
class Named(Statement):
    """A property by its name, said of an expression: ``R is symmetric``."""

    subject: Expr
    words: str

    def prose(self) -> Prose:
        return (self.subject.box(), f" {self.words}")


def _padded(values: tuple[Any, ...], size: int) -> tuple[Any, ...]:
    """A lone 0 stands for a zero of any shape."""
    return values * size if len(values) == 1 and values[0] == 0 else values


def opened(statement: Statement) -> tuple[tuple[Every, ...], Statement]:
    """The quantifiers around a statement, outermost first, and what stands inside."""
    around: list[Every] = []
    while isinstance(statement, Every):
        around.append(statement)
        statement = statement.body
    return tuple(around), statement


def closed(around: tuple[Every, ...], statement: Statement) -> Statement:
    """The quantifiers put around a statement again."""
    for quantifier in reversed(around):
        statement = type(quantifier)(quantifier.index, quantifier.over, statement)
    return statement


def relation(statement: Statement) -> Relation:
    """The relation inside the quantifiers."""
    inner = opened(statement)[1]
    if not isinstance(inner, Relation):
        raise DoesNotFollow(f"no relation: {statement.text}")
    return inner


class DoesNotFollow(Exception):
    """A rule was given premises that it does not apply to."""
