"""The expectations at one state that every number is made of, over a rule.

With ``μ_j = T_jθ + c_j``, ``w_j ∝ π_j exp((⟨x, μ_j⟩ − |μ_j|²/2)/v)``, ``W_j = E w_j``:

    G = Σ_j W_j T_jᵀT_j,  b = E Σ_j w_j T_jᵀ(x − c_j),  θ' = G⁻¹b,  π' = W,
    v' = (E Σ_j w_j |x − c_j|² − ⟨θ', b⟩)/d.

The scores are ``s_j = ∇ log(π_j N(x; μ_j, vI))`` in (θ, π, v), ``s̄ = Σ_j w_j s_j``, so
``∂w_j = w_j (s_j − s̄)ᵀ``. With ``y_j = x − c_j − T_jθ'`` the derivative of the EM map is

    ∂(θ', π', v') = E Σ_j w_j ρ_j (s_j − s̄)ᵀ,  ρ_j = (G⁻¹T_jᵀy_j, e_j, |y_j|²/d).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overspec.errors import InputError, OutOfReach
from overspec.exact import exact
from overspec.models.model import Model
from overspec.verify.engines.rounding import pairwise
from overspec.verify.models.rule import Rule

Array = NDArray[np.float64]

LARGEST = 1e100  # of an entry of θ, whose squares are taken
CHUNK = 400_000  # numbers held at a time


@dataclass(frozen=True, eq=False)
class State:
    """Where EM stands, in doubles: θ (p,), the weights (k,) and v."""

    theta: Array
    weights: Array
    variance: float = 1.0


@dataclass(frozen=True, eq=False)
class Maps:
    """A model in doubles: T (k, d, p) and c (k, d)."""

    model: Model
    maps: Array
    shifts: Array

    @property
    def free(self) -> tuple[int, int, int]:
        """How many entries θ, the learned weights and the learned variance have."""
        model = self.model
        return model.p, model.k * model.learns_weights, int(model.learns_variance)

    def means(self, theta: Array) -> Array:
        """μ_j, shape (k, d)."""
        found: Array = self.maps @ theta + self.shifts
        return found

    def metric(self, shares: Array) -> Array:
        """``Σ_j W_j T_jᵀT_j``."""
        found: Array = np.einsum("j,jda,jdb->ab", shares, self.maps, self.maps)
        return found

    @property
    def largest(self) -> float:
        """``max_j |T_j|``, the norms by the entries."""
        return float(np.sqrt((self.maps**2).sum(axis=(1, 2)).max()))


def in_doubles(model: Model) -> Maps:
    """The maps and shifts of a model, each entry the nearest double."""
    maps = [[[float(a) for a in row] for row in t] for t in model.maps]
    return Maps(model, np.array(maps), np.array([[float(a) for a in c] for c in model.shifts]))


def state(model: Model, theta: object, weights: object = None, variance: object = 1) -> State:
    """A state from numbers: floats, or whatever is exact.

    Args:
        model: the model.
        theta: p numbers, or one where p = 1.
        weights: k numbers where the weights are learned; uniform unless given.
        variance: v > 0 where it is learned.

    Raises:
        InputError: another number of entries, weights that are not positive or do not sum to 1
            within 10⁻¹², v ≤ 0, or weights and v of a model that does not learn them.

    >>> state(Model.pairs(1), "1/2").theta
    array([0.5])
    """
    at = _floats(theta, "theta", model.p)
    if model.weights is not None:
        if weights is not None:
            raise InputError("weights: this model has fixed weights; leave them out")
        pi = np.array([float(w) for w in model.weights])
    elif weights is None:
        pi = np.full(model.k, 1 / model.k)
    else:
        pi = _floats(weights, "weights", model.k)
        if not (pi > 0).all() or abs(math.fsum(pi) - 1) > 1e-12:
            raise InputError(f"weights {pi.tolist()}: use positive ones with sum 1")
    v = float(_floats(variance, "variance", 1)[0])
    if v <= 0 or (v != 1 and not model.learns_variance):
        raise InputError(
            f"variance {v:g}: use one > 0"
            if model.learns_variance
            else f"variance {v:g}: this model has covariance I; leave it out"
        )
    return State(at, pi, v)


def _floats(values: object, name: str, size: int) -> Array:
    if isinstance(values, str):
        values = values.split(",")
    listed = values if isinstance(values, (list, tuple, np.ndarray)) else [values]
    found = [
        float(x) if isinstance(x, (float, np.floating)) else float(exact(x, name)) for x in listed
    ]
    if len(found) != size:
        raise InputError(f"{name} has {len(found)} entries, not {size}; give exactly {size}")
    if not all(map(math.isfinite, found)):
        raise InputError(f"{name} {found}: use finite numbers")
    if any(abs(x) > LARGEST for x in found):
        raise OutOfReach(f"{name} {found}: numbers up to {LARGEST:.0e} are reached")
    return np.array(found)


@dataclass(frozen=True, eq=False)
class First:
    """What one E-step gives: W, b, G, ``E Σ w_j|x − c_j|²``, and ``E log P/p_θ``."""

    shares: Array
    pulled: Array
    metric: Array
    squares: float
    kl: float


def first(maps: Maps, at: State, rule: Rule) -> First:
    """One pass over the nodes: the E-step."""
    sums = []
    d = maps.model.d
    for part in _chunks(len(rule.points), maps.model.k * (d + 1)):
        x, q = rule.points[part], rule.masses[part]
        w, log_density = posterior(maps, at, x)
        away = x[:, None, :] - maps.shifts
        pulled = np.einsum("nj,njd,jda->na", w, away, maps.maps)
        squares = (w * (away**2).sum(axis=2)).sum(axis=1)
        ratio = rule.log_density[part] - log_density
        row = np.concatenate([w, pulled, squares[:, None], ratio[:, None]], axis=1)
        sums.append(pairwise(row * q[:, None]))
    total = pairwise(np.stack(sums))
    k = maps.model.k
    shares = total[:k]
    return First(shares, total[k:-2], maps.metric(shares), float(total[-2]), float(total[-1]))


def posterior(maps: Maps, at: State, x: Array) -> tuple[Array, Array]:
    """w_j(x), shape (n, k), and ``log p_θ(x)``, shape (n,)."""
    means, v, d = maps.means(at.theta), at.variance, maps.model.d
    with np.errstate(divide="ignore"):  # a learned weight may underflow to 0
        offsets = np.log(at.weights) - (means**2).sum(axis=1) / (2 * v)
    exponents = x @ means.T / v + offsets
    top = exponents.max(axis=1)
    w = np.exp(exponents - top[:, None])
    total = w.sum(axis=1)
    constant = -d / 2 * math.log(2 * math.pi * v)
    return w / total[:, None], np.log(total) + top - (x**2).sum(axis=1) / (2 * v) + constant


def step(maps: Maps, at: State, found: First) -> State:
    """One EM step from its expectations: θ', and π' and v' where they are learned."""
    model = maps.model
    theta: Array = np.linalg.solve(found.metric, found.pulled).astype(np.float64)
    weights = found.shares / found.shares.sum() if model.learns_weights else at.weights
    variance = at.variance
    if model.learns_variance:
        variance = (found.squares - float(theta @ found.pulled)) / model.d
        if not variance > 0:
            raise InputError("the variance came out as 0: one mean for each point; use more data")
    return State(theta, weights, variance)


def second(maps: Maps, at: State, new: State, metric: Array, rule: Rule) -> tuple[Array, Array]:
    """The Jacobian of the EM map in (θ, π, v) as learned, and ``E Cov_w(u_j)`` in θ."""
    model, v = maps.model, at.variance
    p, many, one = maps.free
    size, k = p + many + one, model.k
    inverse = np.linalg.inv(metric)
    # both depend on x through a few matrices: u_j and ρ_j are linear in x but for the squares
    moved, here = maps.means(new.theta), maps.means(at.theta)
    jacobians, spreads = [], []
    for part in _chunks(len(rule.points), 2 * k * size + size * size):
        x, q = rule.points[part], rule.masses[part]
        w, _ = posterior(maps, at, x)
        scores = np.zeros((len(x), k, size))
        away = x[:, None, :] - here
        scores[:, :, :p] = np.einsum("njd,jda->nja", away, maps.maps) / v
        found = np.zeros((len(x), k, size))
        gone = x[:, None, :] - moved
        found[:, :, :p] = np.einsum("njd,jda,ab->njb", gone, maps.maps, inverse)
        if many:
            scores[:, range(k), range(p, p + k)] = 1 / at.weights
            found[:, range(k), range(p, p + k)] = 1
        if one:
            scores[:, :, -1] = (away**2).sum(axis=2) / (2 * v * v) - model.d / (2 * v)
            found[:, :, -1] = (gone**2).sum(axis=2) / model.d
        centred = scores - np.einsum("nj,nja->na", w, scores)[:, None, :]
        weighted = w[:, :, None] * centred
        jacobians.append(pairwise(np.einsum("nja,njb->nab", found, weighted) * q[:, None, None]))
        theta = scores[:, :, :p]
        spread = np.einsum("nja,njb->nab", theta, weighted[:, :, :p])
        spreads.append(pairwise(spread * q[:, None, None]))
    return pairwise(np.stack(jacobians)), pairwise(np.stack(spreads))


def _chunks(n: int, width: int) -> Iterator[slice]:
    size = max(1, CHUNK // max(width, 1))
    for start in range(0, n, size):
        yield slice(start, start + size)
