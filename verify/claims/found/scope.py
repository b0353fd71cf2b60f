"""Over which k, d, weights and θ a check ran, read off what it measured or derived.

Of a derivation: its letters, the conditions in its statement, its model and its hypotheses. The
regular representation of the cyclic group stands for every orthogonal R with R^k = I, and so for
every d (`overspec.proofs.machinery.symbolic`); hypotheses about regular simplices or about Lloyd's
data on the hyperplane narrow that, and so does a setting that names a dimension.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from overspec.action import Action
from overspec.evidence import ANY, Extent
from overspec.mixture import Energies
from overspec.proofs.identities.rotation import Shift
from overspec.proofs.language.analysis import At, Gradient
from overspec.proofs.language.derivation import Derivation, parts
from overspec.proofs.language.expression import ZERO, Node
from overspec.proofs.language.operators import PI, THETA, Hat, K
from overspec.proofs.language.statement import Every, If, Relation, Statement, opened
from overspec.proofs.rates.uniform import Uniform
from overspec.proofs.tied.operators import Origin
from overspec.proofs.weights.heat import IID
from overspec.weights import Weights

PLANE = "k − 1"
UNIFORM = "uniform"
SIMPLICES = "regular simplices"
#: Hypotheses of K1 and K2, about Gaussian data on the hyperplane where Lloyd's simplex lies.
LLOYD = ("symmetric law", "orthant")


def of_derivation(derivation: Derivation, ks: tuple[int, ...]) -> Extent:
    """What a derivation is about, re-checked for each k in ks.

    One that was built for every k at once (`every_k`) is about every k.

    >>> from overspec.proofs.catalogue import DERIVATIONS
    >>> print(of_derivation(DERIVATIONS["S6"](3), (2, 3)))
    k: 2, 3; d: any; weights: any; θ: any
    >>> print(of_derivation(DERIVATIONS["Q2u"](3), (3,)))
    k: 3; d: k − 1; weights: uniform; θ: regular simplices
    """
    names = {hypothesis.name for hypothesis in derivation.lemmas}
    lloyd = bool(names & set(LLOYD))
    simplices = lloyd or IID.name in names
    d = f"≥ {PLANE}" if simplices else ANY  # where they fit
    if lloyd or isinstance(derivation.model, Shift) or _says(derivation, f"d = {PLANE}"):
        d = PLANE
    moving = [part for part in parts(derivation.statement) if _valued(part)]
    still = "0" if moving and all(map(_at_zero, moving)) else ANY
    return Extent(
        ANY if derivation.every_k else ks,
        d,
        _weights_of(derivation),
        SIMPLICES if simplices else still,
    )


def _says(derivation: Derivation, words: str) -> bool:
    return any(words in said for said in derivation.setting)


def _weights_of(derivation: Derivation) -> str:
    """Rational where that is asked; uniform where nothing is said of other weights."""
    if _says(derivation, "weights are rational"):
        return "rational"
    about = [
        part for part in parts(derivation.statement) if part.has(PI) or _any(part, (Hat, Uniform))
    ]
    narrow = about and all(_any(part, (Uniform,)) or _only_if_uniform(part) for part in about)
    return UNIFORM if narrow else ANY


def _any(part: Node, kinds: tuple[type[Node], ...]) -> bool:
    return any(isinstance(node, kinds) for node in part.walk())


def _only_if_uniform(part: Statement) -> bool:
    inner = opened(part)[1]
    return isinstance(inner, If) and any(map(_is_uniform, _conjuncts(inner.condition)))


def _conjuncts(condition: Statement) -> tuple[Statement, ...]:
    return (condition, *getattr(condition, "parts", ()))


def _is_uniform(condition: Statement) -> bool:
    """``π_j = 1/k for every j``."""
    inner = opened(condition)[1]
    if not isinstance(condition, Every) or not isinstance(inner, Relation):
        return False
    return inner.kind == "=" and inner.lhs.has(PI) and inner.rhs == 1 / K


def _at_zero(part: Statement) -> bool:
    """Whether a statement speaks of derivatives or values at θ = 0 only."""
    inner = opened(part)[1]
    if isinstance(inner, If) and any(_is_zero(c) for c in _conjuncts(inner.condition)):
        return True
    nodes = list(part.walk())
    at = [node for node in nodes if isinstance(node, (At, Origin))]
    inside = sum(node == THETA for one in at for node in one.walk())
    return bool(at) and inside == sum(node == THETA for node in nodes)


def _valued(part: Statement) -> bool:
    """Whether θ occurs other than as what is differentiated by."""
    by = sum(isinstance(node, Gradient) and node.of == THETA for node in part.walk())
    return sum(node == THETA for node in part.walk()) > by


def _is_zero(condition: Statement) -> bool:
    return isinstance(condition, Relation) and (condition.lhs, condition.rhs) == (THETA, ZERO)


def of_measurement(
    measured: Any, ks: tuple[int, ...], free: Sequence[str] = (), theta: str = ""
) -> Extent:
    """What a check looked at: every mixture, action, weight vector and point in the measurement.

    Args:
        measured: what the claim measured.
        ks: the k of the scope, where the measurement names none.
        free: those of ``d``, ``π`` and ``θ`` that the statement does not mention.
        theta: the points in words, where the measurement keeps none of them.

    >>> from overspec.mixture import Mixture
    >>> facts = (Mixture.simplex(2, "9/10,1/10"), Mixture.simplex(3, "uniform"))
    >>> of_measurement(facts, (2, 3, 4)).weights
    ('9/10,1/10', '1/3,1/3,1/3')
    >>> print(of_measurement(facts, (2, 3, 4), ("θ",)))
    k: 2, 3; d: k − 1; weights: 2 vectors; θ: any
    >>> print(of_measurement((facts[0], Energies.regular_simplex(2, 3)), (2, 3)))
    k: 2; d: k − 1; weights: 1 vector; θ: regular simplices, |θ| = 3
    >>> of_measurement("no mixture", (2, 3))
    Extent(k=(2, 3), d='', weights=(), theta='')
    """
    seen = list(dict.fromkeys(_found(measured)))
    actions = [item for item in seen if isinstance(item, Action)]
    vectors = [item for item in seen if isinstance(item, Weights)]
    points = [item for item in seen if isinstance(item, Energies)]
    kept = tuple(sorted({*(a.k for a in actions), *(w.k for w in vectors)})) or ks
    return Extent(
        kept,
        ANY if "d" in free else _dimension(actions),
        ANY if "π" in free else _weights(vectors),
        ANY if "θ" in free else theta or _points(points),
    )


def _found(value: Any) -> Iterator[Action | Weights | Energies]:
    if isinstance(value, (Action, Weights, Energies)):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _found(key)
            yield from _found(part)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for part in value:
            yield from _found(part)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _found(getattr(value, field.name))


def _dimension(actions: list[Action]) -> str:
    if not actions:
        return ""
    if all(action.d == action.k - 1 for action in actions):
        return PLANE
    return ", ".join(map(str, sorted({action.d for action in actions})))


def _weights(vectors: list[Weights]) -> tuple[str, ...] | str:
    if vectors and all(len({value for value, _ in weights.runs}) == 1 for weights in vectors):
        return UNIFORM
    return tuple(map(str, vectors))


def _points(points: list[Energies]) -> str:
    """Which directions, and how far."""
    if not points:
        return ""
    norms = sorted({math.sqrt(point.norm_squared) for point in points})
    around = norms[0] if len(norms) == 1 else f"{norms[0]:.3g} to {norms[-1]:.3g}"
    size = f"{around:.3g}" if isinstance(around, float) else around
    simplices = all(point == Energies.regular_simplex(point.k, 1) for point in map(_unit, points))
    what = SIMPLICES if simplices else f"{len(points)} points"
    return f"{what}, |θ| = {size}"


def _unit(point: Energies) -> Energies:
    size = point.norm_squared
    runs = tuple((e / size if size else e, n) for e, n in point.runs)
    return Energies(point.k, runs)
