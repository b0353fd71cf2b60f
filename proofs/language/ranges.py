"""What an index runs over, and sums over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from overspec.proofs.language.expression import (
    ONE,
    PREFIX,
    PRODUCT,
    ZERO,
    Env,
    Expr,
    Node,
    Sym,
    Unevaluable,
    added,
    bracketed,
    whole,
)
from overspec.proofs.language.render import Box, Fence, Row, Script, joined, letter, number, sign


@dataclass(frozen=True)
class Family(Expr):
    """The tuple of ``body`` for every index of a range."""

    index: Sym
    body: Expr
    over: Node

    def value(self, m: Any, env: Env) -> Any:
        indices = self.over.values(m, env)  # type: ignore[attr-defined]
        return tuple(self.body.value(m, {**env, self.index.name: i}) for i in indices)

    def box(self) -> Box:
        return self.body.box()


@dataclass(frozen=True)
class Range(Node):
    """What an index runs over: a name, and the values for k components."""

    name: str
    start: Expr = ZERO
    stop: Expr = ZERO  # included

    def values(self, m: Any, env: Env) -> Sequence[int]:
        """The indices for the k of the model, or for its action where it has one of its own."""
        named = m.indices(self.name) if self.name and hasattr(m, "indices") else None
        if named is not None:
            return tuple(named)
        return range(whole(self.start, m, env), whole(self.stop, m, env) + 1)

    def again(self, m: Any, env: Env) -> list[int]:
        """The indices once more, by code that `values` does not run (`reading`)."""
        raise Unevaluable(type(self).__name__)

    def box(self) -> Box:
        if self.name:
            return _SETS.get(self.name) or letter(self.name)
        return Row(
            (
                self.start.box(),
                sign(",", ", "),
                sign(r"\dots", "…"),
                sign(",", ", "),
                self.stop.box(),
            )
        )


@dataclass(frozen=True)
class Half(Expr):
    """``⌊k/2⌋``."""

    def value(self, m: Any, env: Env) -> Any:
        return m.k // 2

    def box(self) -> Box:
        half = Row((letter("k"), sign("/"), number(2)))
        return Fence(sign(r"\lfloor", "⌊"), half, sign(r"\rfloor", "⌋"))


_SETS: dict[str, Box] = {
    "Z/k": Row((letter("Z"), sign("/"), letter("k"))),
    "F(R)": Row((letter("F"), bracketed(letter("R")))),
    "F(R)*": Row(
        (
            letter("F"),
            bracketed(letter("R")),
            sign(r"\setminus", "∖"),
            sign(r"\{", "{"),
            number(0),
            sign(r"\}", "}"),
        )
    ),
}


@dataclass(frozen=True)
class Sum(Expr):
    """``Σ_{index ∈ over} body``."""

    index: Sym
    body: Expr
    over: Range
    level: ClassVar[int] = PREFIX

    def value(self, m: Any, env: Env) -> Any:
        values = [self.body.value(m, {**env, self.index.name: i}) for i in self.over.values(m, env)]
        return added(values) if values else 0

    def box(self) -> Box:
        indices, body = [self.index.box()], self.body
        while isinstance(body, Sum) and body.over == self.over and self.over.name == "Z/k":
            indices.append(body.index.box())
            body = body.body
        low: Box = joined(indices, sign(","))
        high = None
        if self.over.name not in ("Z/k", "F(R)"):
            low = (
                Row((low, sign("="), self.over.start.box()))
                if not self.over.name
                else Row((low, sign(r"\in", "∈"), self.over.box()))
            )
            high = None if self.over.name else self.over.stop.box()
        return Row((Script(sign(r"\sum", "Σ"), low, high), sign(r"\,", " "), body.held(PRODUCT)))


Z_K = Range("Z/k", ZERO, Sym("k") - 1)  # components, and all frequencies


F_R = Range("F(R)", ZERO, Half())  # the frequencies that an orthogonal R can have


PLANES = Range("F(R)*", ONE, Half())


NONZERO = Range("", ONE, Sym("k") - 1)  # all components, or frequencies, but 0


def below(index: Sym) -> Range:
    """All components before one."""
    return Range("", ZERO, index - 1)
