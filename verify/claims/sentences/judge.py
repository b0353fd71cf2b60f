"""What a measurement says of a sentence: true, false, or not to be told.

A sentence passes if it is true in every case of the measurement and no sentence that says more at
one place is (``=`` or ``<`` for ``≤``, every for some, iff for if, a bound that is 5 % tighter),
and if it speaks of all that was measured; a clause speaks of the cases that have its letters. So a
sentence that is merely implied by what was seen does not pass for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from overspec.evidence import Evidence
from overspec.proofs.language.alterations import FIVE, Alteration, stronger
from overspec.proofs.language.expression import (
    ZERO,
    Env,
    Expr,
    Meaningless,
    Mul,
    Num,
    Unevaluable,
    flat,
    product,
)
from overspec.proofs.language.statement import (
    Both,
    Either,
    Every,
    If,
    Iff,
    Relation,
    Some,
    Statement,
)
from overspec.verify.claims.claim import Finding, Form
from overspec.verify.claims.sentences.estimate import Estimate, Real, estimate
from overspec.verify.claims.sentences.letters import Distinction, Given, Instance, Seen, Within

ROUNDING = 1e-13  # of doubles that a formula makes of exact numbers, relative
UNKNOWN = None  # what the measurement cannot tell
Slack = Real | None  # positive: true; negative: false


def form(statement: Statement) -> Form:
    """A form of a claim whose words are printed from what its judge takes."""
    return Form(statement.text, statement)


def slack(statement: Statement, m: Instance, env: Env | None = None) -> Slack:
    """How far a sentence is from failing in a case: 1 is far, 0 the edge; negative, it fails.

    An equation holds up to the error of its sides: 1 less the ratio of difference and error. A
    strict inequality holds by what is left of the difference after the error.
    """
    env = env or {}
    match statement:
        case Relation():
            return _relation(statement, m, env)
        case Some(index, over, body) | Every(index, over, body):
            if over is None:
                return slack(body, m, env)
            found = [slack(body, m, {**env, index.name: i}) for i in over.values(m, env)]
            return _any(found) if isinstance(statement, Some) else _all(found)
        case Distinction(parts) if not any(_applies(part, m, env) for part in parts):
            raise Meaningless("no clause for this case")
        case Both(parts):
            return _all([slack(part, m, env) for part in parts])
        case Either(parts):
            return _any([slack(part, m, env) for part in parts])
        case If(condition, then):
            return _any([_not(slack(condition, m, env)), slack(then, m, env)])
        case Within(x, low, high):
            return _within(*(each.value(m, env) for each in (x, low, high)))
        case Iff(one, other):
            a, b = slack(one, m, env), slack(other, m, env)
            if a is None or b is None:
                return UNKNOWN
            return min(abs(a), abs(b)) * (1 if (a > 0) == (b > 0) else -1)
        case _:
            try:
                return 1.0 if statement.holds(m, env) else -1.0
            except Meaningless:
                raise
            except Unevaluable:
                return UNKNOWN


def _within(x: Any, low: Any, high: Any) -> Slack:
    outside = max(low - x.value, x.value - high, 0)
    return 1 - float(outside) / float(x.error)


def _applies(part: Statement, m: Instance, env: Env) -> bool:
    condition = getattr(part, "condition", getattr(part, "one", None))
    return condition is None or (slack(condition, m, env) or 0) > 0


def _not(found: Slack) -> Slack:
    return UNKNOWN if found is None else -found


def _all(found: Sequence[Slack]) -> Slack:
    known = [each for each in found if each is not None]
    if known and min(known) <= 0:
        return min(known)
    return UNKNOWN if len(known) < len(found) else min(known, default=1.0)


def _any(found: Sequence[Slack]) -> Slack:
    return _not(_all([_not(each) for each in found]))


def _relation(r: Relation, m: Instance, env: Env) -> Slack:
    try:
        left, right = flat(r.lhs.value(m, env)), flat(r.rhs.value(m, env))
    except Meaningless:
        raise
    except (Unevaluable, OverflowError):
        return UNKNOWN
    if len(left) != len(right) or (len(left) > 1 and r.kind not in ("=", "!=", "to")):
        raise Meaningless("vectors of different shapes, or in an order")
    pairs = [_compared(a, "=" if r.kind == "!=" else r.kind, b)
             for a, b in zip(left, right, strict=True)]  # fmt: skip
    return _not(_all(pairs)) if r.kind == "!=" else _all(pairs)


def _compared(a: Any, kind: str, b: Any) -> Slack:
    if isinstance(a, complex) or isinstance(b, complex):
        if any(abs(x.imag) > ROUNDING for x in (a, b) if isinstance(x, complex)):
            if kind not in ("=", "to", "!="):
                raise Meaningless("complex numbers have no order")
            return 1.0 if kind == "!=" else -1.0
        a, b = (x.real if isinstance(x, complex) else x for x in (a, b))
    if kind in ("!=", ">", ">="):
        return _not(_compared(a, {"!=": "=", ">": "<=", ">=": "<"}[kind], b))
    if isinstance(a, Estimate) or isinstance(b, Estimate):
        return _estimated(estimate(a), kind, estimate(b))
    gap = b - a
    if isinstance(gap, float) and abs(gap) <= ROUNDING * max(abs(a), abs(b)):
        gap = 0
    return 1.0 if {"=": gap == 0, "to": gap == 0, "<": gap > 0, "<=": gap >= 0}[kind] else -1.0


def _estimated(a: Estimate, kind: str, b: Estimate) -> Slack:
    if math.isinf(a.value) and a.error == 0:  # a limit that is none
        return math.inf if kind in ("<", "<=") and a.value < 0 else -math.inf
    gap, bounded = b - a, a.bounded or b.bounded
    error = gap.error + (0 if bounded else ROUNDING * abs(b.value))
    if math.isinf(error) or math.isnan(gap.value):
        return UNKNOWN
    agree = abs(gap.value) <= error
    if agree and bounded:
        return UNKNOWN
    near = 1 - abs(gap.value) / error if error else 1.0 if agree else -math.inf
    if kind in ("=", "to"):
        return near
    if agree:  # equal, as far as is seen
        return near if kind == "<=" else -near
    return gap.value - error if gap.value > 0 else gap.value + error


@dataclass(frozen=True)
class Case:
    """A sentence in one case."""

    slack: Slack
    where: str


def cases(statement: Statement, instances: Sequence[Instance]) -> list[Case]:
    """What every case says of a sentence."""
    return [Case(_whole(statement, m), m.where) for m in instances]


def _whole(statement: Statement, m: Instance) -> Slack:
    """Of several clauses, those with letters that this case has."""
    if type(statement) is not Both:
        return slack(statement, m)
    spoken = [part for part in statement.parts if _letters(part) <= set(m.seen)]
    return _all([slack(part, m) for part in spoken]) if spoken else UNKNOWN


def _letters(statement: Statement) -> set[str]:
    nodes = (node for node in statement.walk() if isinstance(node, (Seen, Given)))
    return {node.name for node in nodes if node.name}


def judge(
    statement: Statement,
    instances: Sequence[Instance],
    evidence: Evidence = Evidence.MEASURED,
    values: tuple[tuple[str, str], ...] = (),
    exact: bool = False,
) -> Finding:
    """What a measurement says of a sentence, with the case that decides.

    Args:
        exact: every case is decided exactly, so that there is no margin.
    """
    try:
        found = cases(statement, instances)
    except (Meaningless, ZeroDivisionError) as error:
        return Finding(False, evidence, worst_at=f"no sentence: {error}", values=values)
    known = [case for case in found if case.slack is not None]
    worst = min(known, key=lambda case: case.slack or 0.0, default=None)
    if worst is not None and worst.slack is not None and worst.slack <= 0:
        return Finding(False, evidence, None if exact else _down(worst.slack), worst.where, values)
    less = _unsaid(statement, instances)
    if less:
        return Finding(False, evidence, None if exact else 0.0, less, values)
    unknown = next((case for case in found if case.slack is None), None)
    if unknown is not None or worst is None:
        where = unknown.where if unknown else "nothing"
        return Finding(None, evidence, worst_at=f"{where}: not to be told", values=values)
    more = says_less(statement, instances)
    if more:
        return Finding(False, evidence, None if exact else 0.0, more, values)
    margin, where = (None, "") if exact else (_down(worst.slack or 0), worst.where)
    return Finding(True, evidence, margin, where, values)


def _down(margin: Real) -> float:
    """A double that is not above it."""
    return math.nextafter(float(margin), -math.inf) if isinstance(margin, Fraction) else margin


def says_less(statement: Statement, instances: Sequence[Instance]) -> str:
    """What more was seen: empty where the sentence says all of it."""
    for other in (*stronger(statement), *_tighter(statement, instances)):
        if _told(other.statement, instances):
            return f"more was seen: {other.statement.text}"
    return ""


def _unsaid(statement: Statement, instances: Sequence[Instance]) -> str:
    said = _letters(statement)
    for name in dict.fromkeys(name for m in instances for name in m.seen):
        if name not in said:
            return f"{name} was measured and nothing is said of it"
    return ""


def _tighter(statement: Statement, instances: Sequence[Instance]) -> Iterator[Alteration]:
    """The sentences with a bound by a number, or by a multiple of what was seen, 5 % tighter."""
    for node in statement.walk():
        if isinstance(node, Relation) and node.kind in ("<", "<="):
            for side, shrinks in ((node.rhs, True), (node.lhs, False)):
                tight = _scaled(side, shrinks, instances)
                if tight is not None:
                    yield Alteration("a tighter bound", statement.put({side: tight}))


def _scaled(side: Expr, shrinks: bool, instances: Sequence[Instance]) -> Expr | None:
    """c, or c·x with x ≥ 0 in every case that has it: with a smaller or a larger c."""
    rest: tuple[Expr, ...] = ()
    match side:
        case Num():
            number = side
        case Mul(factors) if isinstance(factors[0], Num):
            number, rest = factors[0], factors[1:]
        case _:
            return None
    c = number.number
    if c == 0 or (not rest and (c < 0 or not shrinks)) or not _positive(rest, instances):
        return None
    scale = 1 / (1 + FIVE) if (c > 0) == shrinks else 1 + FIVE
    return product(Num(c * scale), *rest)


def _positive(factors: Sequence[Expr], instances: Sequence[Instance]) -> bool:
    """Every factor is a letter that was seen, and positive wherever it was."""
    return all(
        isinstance(x, Seen)
        and all((slack(Relation(ZERO, "<", x), m) or 0) > 0 for m in instances if x.name in m.seen)
        for x in factors
    )


def _told(statement: Statement, instances: Sequence[Instance]) -> bool:
    try:
        found = [_whole(statement, m) for m in instances]
    except (Meaningless, ZeroDivisionError):
        return False
    return all(each is not None and each > 0 for each in found)
