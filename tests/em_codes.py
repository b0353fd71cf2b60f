"""EM codes for the tests of the protocol: right ones, and one for each kind of fault met in public.

All are small codes of ours. `em` is put together of parts, each of which a fault replaces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from overspec.verify.testing.adapters import EmCode, of_free_means, of_tied_means
from overspec.verify.testing.posterior import expanded, orbit, reduced, turn_of

Fn = Callable[..., Any]


# --- the parts of a right code


def log_normal(x: Any, mean: Any, covariance: Any) -> Any:
    apart = x - mean
    squares = np.einsum("ia,ab,ib->i", apart, np.linalg.inv(covariance), apart)
    return -(squares + np.log(np.linalg.det(2 * np.pi * covariance))) / 2


def joint(means: Any, weights: Any, x: Any, spread: Any, density: Fn = log_normal) -> Any:
    parts = zip(means, weights, spread, strict=True)
    return np.array([np.log(w) + density(x, m, s) for m, w, s in parts]).T


def softmax(logs: Any) -> Any:
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def maximised(shares: Any, x: Any, means: Any) -> tuple[Any, Any, Any]:
    counts = shares.sum(axis=0)
    new = shares.T @ x / counts[:, None]
    apart = x[:, None] - new
    scatter = np.einsum("ij,ija,ijb->jab", shares, apart, apart) / counts[:, None, None]
    return counts / len(x), new, scatter


def log_likelihood(means: Any, weights: Any, x: Any, spread: Any) -> Any:
    logs = joint(means, weights, x, spread)
    top = logs.max(axis=1)
    return np.mean(top + np.log(np.exp(logs - top[:, None]).sum(axis=1)))


def made(
    kind: str = "full",
    *,
    logs: Fn = joint,
    shared: Fn = softmax,
    maximise: Fn = maximised,
    likelihood: Fn = log_likelihood,
    **options: Any,
) -> EmCode:
    """An EM code with covariances of a kind; None for Σ = I."""

    def spread(means: Any, extra: Any) -> Any:
        k, d = means.shape
        return expanded(kind, extra[0], k, d) if extra else np.broadcast_to(np.eye(d), (k, d, d))

    def update(means: Any, weights: Any, data: Any, *extra: Any) -> Any:
        shares = shared(logs(means, weights, data, spread(means, extra)))
        masses, new, scatter = maximise(shares, data, means)
        return (masses, new, reduced(kind, scatter, masses)) if extra else (masses, new)

    def value(means: Any, weights: Any, data: Any, *extra: Any) -> Any:
        return likelihood(means, weights, data, spread(means, extra))

    options = {"covariance": kind or None, "log_likelihood": value, **options}
    return of_free_means(update, **options)


def tied(
    theta: Any,
    weights: Any,
    data: Any,
    variance: Any = 1.0,
    *,
    back: int = 1,
    shared: Fn = softmax,
    scale: float = 1.0,
) -> Any:
    k, d = len(weights), theta.size
    spread = np.broadcast_to(variance * np.eye(d), (k, d, d))
    shares = shared(joint(orbit(theta, k), weights, data, spread))
    turn = turn_of(k, d)
    moved = (shares[:, j] @ data @ np.linalg.matrix_power(turn, back * j) for j in range(k))
    return scale * sum(moved) / len(data)


def spherical(
    theta: Any, weights: Any, data: Any, variance: Any, *, about: str = "new", per: int = 0
) -> Any:
    """θ and v; about the new means, the old ones or 0, per coordinate or per another number."""
    k, d = len(weights), theta.size
    spread = np.broadcast_to(variance * np.eye(d), (k, d, d))
    shares = softmax(joint(orbit(theta, k), weights, data, spread))
    moved = tied(theta, weights, data, variance)
    centres = orbit({"new": moved, "old": theta, "zero": 0 * theta}[about], k)
    squares = ((data[:, None] - centres) ** 2).sum(axis=2)
    return moved, (shares * squares).sum() / len(data) / (per or d)


def elliptical(
    theta: Any,
    weights: Any,
    data: Any,
    covariance: Any,
    *,
    about: str = "new",
    mean: str = "solved",
    times: int = 1,
) -> Any:
    """θ and Σ; θ solved for, the plain mean of R^-j x, or with Σ for its inverse."""
    k, d = len(weights), theta.size
    spread = np.broadcast_to(np.asarray(covariance), (k, d, d))
    shares = softmax(joint(orbit(theta, k), weights, data, spread))
    turn = turn_of(k, d)
    powers = [np.linalg.matrix_power(turn, j) for j in range(k)]
    scatter = covariance
    for _ in range(times):
        inverse = scatter if mean == "not inverted" else np.linalg.inv(scatter)
        inner = np.eye(d) if mean == "plain" else inverse
        left = sum(shares[:, j].sum() * powers[j].T @ inner @ powers[j] for j in range(k))
        right = sum(powers[j].T @ inner @ (data.T @ shares[:, j]) for j in range(k))
        moved = np.linalg.solve(left, right)
        centres = orbit({"new": moved, "old": theta}[about], k)
        apart = data[:, None] - centres
        scatter = np.einsum("ij,ija,ijb->ab", shares, apart, apart) / len(data)
    return moved, scatter


def _changed(change: Fn) -> Fn:
    """A right step at Σ = I with masses and means changed at the end."""

    def update(means: Any, weights: Any, data: Any) -> Any:
        return change(*made("").step(means, weights, data)[:2])

    return update


def _returning(kind: str, change: Fn) -> EmCode:
    """A right step whose covariances come back in another form."""

    def update(means: Any, weights: Any, data: Any, covariances: Any) -> Any:
        masses, moved, spread = made(kind).step(means, weights, data, covariances)
        return masses, moved, change(spread)

    return of_free_means(update, covariance=kind)


# --- right codes


def single(means: Any, weights: Any, data: Any, covariances: Any) -> Any:
    """In single precision throughout."""
    given = [np.asarray(a, dtype=np.float32) for a in (means, weights, data, covariances)]
    found = made().step(*given)
    return tuple(np.asarray(part, dtype=np.float32) for part in found)


def strict(theta: Any, weights: Any, data: Any) -> Any:
    """Refuses weights that do not sum to 1, and fewer rows than components."""
    if abs(weights.sum() - 1) > 1e-6 or len(data) < len(weights):
        raise ValueError("weights must sum to 1, n be at least k")
    return tied(theta, weights, data)


def as_lists(means: Any, weights: Any, data: Any) -> Any:
    return [part.tolist() for part in made("").step(means, weights, data)]


def as_fractions(theta: Any, weights: Any, data: Any) -> Any:
    return [Fraction(float(value)) for value in tied(theta, weights, data)]


def guarded(shares: Any, x: Any, means: Any) -> Any:
    """Divides by counts and ten units in the last place, as scikit-learn does."""
    counts = shares.sum(axis=0) + 10 * np.finfo(shares.dtype).eps
    _, _, scatter = maximised(shares, x, means)
    return counts / counts.sum(), shares.T @ x / counts[:, None], scatter


def in_batches(shares: Any, x: Any, means: Any) -> Any:
    """Sums over batches of 1024 rows."""
    rows = [slice(i, i + 1024) for i in range(0, len(x), 1024)]
    counts = sum(shares[r].sum(axis=0) for r in rows)
    new = sum(shares[r].T @ x[r] for r in rows) / counts[:, None]
    return counts / len(x), new, maximised(shares, x, means)[2]


def summed(means: Any, weights: Any, x: Any, spread: Any) -> Any:
    return len(x) * log_likelihood(means, weights, x, spread)


def by_rows(means: Any, weights: Any, x: Any, spread: Any) -> Any:
    return np.array([log_likelihood(means, weights, row[None], spread) for row in x])


def counting(shares: Any, x: Any, means: Any) -> Any:
    masses, new, scatter = maximised(shares, x, means)
    return len(x) * masses, new, scatter


def holding(means: Any, weights: Any, data: Any) -> Any:
    return weights, made("").step(means, weights, data)[1]


RIGHT: dict[str, EmCode] = {
    **{f"free, {kind or 'I'}": made(kind) for kind in ("", "spherical", "diag", "tied", "full")},
    "tied": of_tied_means(tied),
    "tied, with a variance": of_tied_means(tied, variance=True),
    "tied, variance estimated": of_tied_means(spherical, variance="estimated"),
    "tied, with a covariance": of_tied_means(lambda *a: elliptical(*a)[0], covariance=True),
    "tied, covariance estimated": of_tied_means(elliptical, covariance="estimated"),
    "single precision": of_free_means(single, covariance="full"),
    "validates": of_tied_means(strict),
    "lists": of_free_means(as_lists),
    "fractions": of_tied_means(as_fractions),
    "guarded": made(maximise=guarded),
    "in batches": made(maximise=in_batches),
    "log-likelihood as a sum": made(likelihood=summed),
    "log-likelihood by rows": made("", likelihood=by_rows),
    "counts, said so": made("", maximise=counting, masses="counts"),
    "fixed weights, said so": of_free_means(holding, masses="fixed"),
}


# --- faults


@dataclass(frozen=True)
class Faulty:
    """A code with a fault; `fails` must be named, and `passes` must not, by the checks."""

    make: Callable[[], EmCode]
    fails: set[str]
    passes: set[str]
    hint: str = ""


def _shared_denominator(shares: Any, x: Any, means: Any) -> Any:
    counts = shares.sum(axis=0) + 5
    return counts / len(x), shares.T @ x / counts[:, None], maximised(shares, x, means)[2]


def _with_det(x: Any, mean: Any, covariance: Any) -> Any:
    return log_normal(x, mean, covariance) - np.log(np.linalg.det(covariance)) / 2


def _root_precision(x: Any, mean: Any, covariance: Any) -> Any:
    d = len(mean)
    v = covariance[0, 0]
    return -((x - mean) ** 2).sum(axis=1) / (2 * np.sqrt(v)) - d * np.log(2 * np.pi * v) / 2


def _not_inverted(x: Any, mean: Any, covariance: Any) -> Any:
    squares = np.einsum("ia,ab,ib->i", x - mean, covariance, x - mean)
    return -(squares + np.log(np.linalg.det(2 * np.pi * covariance))) / 2


def _diagonal_only(x: Any, mean: Any, covariance: Any) -> Any:
    return log_normal(x, mean, np.diag(np.diag(covariance)))


def _no_half(x: Any, mean: Any, covariance: Any) -> Any:
    return -((x - mean) ** 2).sum(axis=1)


def _no_norm(x: Any, mean: Any, covariance: Any) -> Any:
    return log_normal(x, mean, covariance) + np.log(np.linalg.det(covariance)) / 2


def _log(density: Fn) -> Fn:
    return lambda means, weights, x, spread: joint(means, weights, x, spread, density)


def _raises(shares: Any, x: Any, means: Any) -> Any:
    raise NotImplementedError("no M-step")


def _hard(logs: Any) -> Any:
    return np.eye(logs.shape[1])[logs.argmax(axis=1)]


def _swapped(logs: Any) -> Any:
    return np.roll(softmax(logs), 1, axis=1)


def _forgotten(means: Any, weights: Any, x: Any, spread: Any) -> Any:
    return joint(means, np.ones_like(weights), x, spread)


def _squared(means: Any, weights: Any, x: Any, spread: Any) -> Any:
    return joint(means, weights**2, x, spread)


def _wrong_axis(logs: Any) -> Any:
    return np.exp(logs) / np.exp(logs).sum(axis=0)


def _densities(logs: Any) -> Any:
    return np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)


def _floored(logs: Any) -> Any:
    return np.exp(logs) / (np.exp(logs).sum(axis=1, keepdims=True) + 1e-300)


def _overwritten(shares: Any, x: Any, means: Any) -> Any:
    for start in range(0, len(x), 1024):
        found = maximised(shares[start : start + 1024], x[start : start + 1024], means)
    return found


def _rest_dropped(shares: Any, x: Any, means: Any) -> Any:
    whole = len(x) // 256 * 256 or len(x)
    return maximised(shares[:whole], x[:whole], means)


def _old_means(shares: Any, x: Any, means: Any) -> Any:
    masses, new, _ = maximised(shares, x, means)
    apart = x[:, None] - means
    scatter = np.einsum("ij,ija,ijb->jab", shares, apart, apart)
    return masses, new, scatter / shares.sum(axis=0)[:, None, None]


def _over_n(shares: Any, x: Any, means: Any) -> Any:
    masses, new, scatter = maximised(shares, x, means)
    return masses, new, scatter * masses[:, None, None]


def _regularised(shares: Any, x: Any, means: Any) -> Any:
    masses, new, scatter = maximised(shares, x, means)
    return masses, new, scatter + 1e-6 * np.eye(x.shape[1])


def _less_one(shares: Any, x: Any, means: Any) -> Any:
    masses, new, scatter = maximised(shares, x, means)
    counts = len(x) * masses
    return masses, new, scatter * (counts / (counts - 1))[:, None, None]


def _undivided(shares: Any, x: Any, means: Any) -> Any:
    masses, new, scatter = maximised(shares, x, means)
    return masses, masses[:, None] * new, scatter


def _returned(means: Any, weights: Any, data: Any) -> Any:
    return weights, made("").step(means, weights, data)[1]


def _rounded(shares: Any, x: Any, means: Any) -> Any:
    masses, new, scatter = maximised(shares, x, means)
    return masses.round(3), new.round(3), scatter.round(3)


def _one_by_one(means: Any, weights: Any, data: Any) -> Any:
    new, masses = means.copy(), weights.copy()
    for j in range(len(weights)):
        shares = softmax(joint(new, weights, data, np.array([np.eye(data.shape[1])] * len(new))))
        masses[j] = shares[:, j].mean()
        new[j] = shares[:, j] @ data / shares[:, j].sum()
    return masses, new


def _squeezed(means: Any, weights: Any, data: Any) -> Any:
    masses, new = made("").step(means, weights, data)
    return masses, new.squeeze()


def _half_precision(means: Any, weights: Any, data: Any) -> Any:
    given = [np.asarray(a, dtype=np.float16).astype(np.float32) for a in (means, weights, data)]
    return tuple(p.astype(np.float16).astype(np.float32) for p in made("").step(*given))


def _jitter() -> EmCode:
    random = np.random.default_rng(0)
    plain = made("")

    def update(means: Any, weights: Any, data: Any) -> Any:
        return plain.step(means + 1e-3 * random.standard_normal(means.shape), weights, data)

    return of_free_means(update)


def _momentum() -> EmCode:
    last: list[Any] = []

    def step(theta: Any, weights: Any, data: Any) -> Any:
        found = tied(theta, weights, data)
        if last and last[-1].shape == found.shape:
            found = 0.9 * found + 0.1 * last[-1]
        last.append(found)
        return found

    return of_tied_means(step)


def _cached() -> EmCode:
    """Posteriors are kept while the parameters stay the same: whatever the data are."""
    kept: dict[bytes, Any] = {}

    def update(means: Any, weights: Any, data: Any) -> Any:
        key = b"".join(np.asarray(a).tobytes() for a in (means, weights)) + bytes(len(data) % 256)
        if key not in kept:
            k, d = means.shape
            kept[key] = softmax(joint(means, weights, data, np.array([np.eye(d)] * k)))
        return maximised(kept[key], data, means)[:2]

    return of_free_means(update)


def _buffer() -> EmCode:
    """Every result is the same array, filled anew."""
    kept: dict[Any, Any] = {}

    def step(theta: Any, weights: Any, data: Any) -> Any:
        held = kept.setdefault(theta.shape, np.empty(theta.shape))
        held[...] = tied(theta, weights, data)
        return held

    return of_tied_means(step)


def _centring(means: Any, weights: Any, data: Any) -> Any:
    centre = data.mean(axis=0)
    data -= centre
    masses, new = made("").step(means - centre, weights, data)
    return masses, new + centre


def _before() -> EmCode:
    """The log-likelihood is that of the call before."""
    last = [0.0]

    def value(means: Any, weights: Any, x: Any, spread: Any) -> Any:
        last.append(float(log_likelihood(means, weights, x, spread)))
        return last[-2]

    return made("", likelihood=value)


def _of_posteriors(means: Any, weights: Any, x: Any, spread: Any) -> Any:
    return np.mean(np.log(softmax(joint(means, weights, x, spread)).sum(axis=1)))


def _of_logs(means: Any, weights: Any, x: Any, spread: Any) -> Any:
    parts = zip(means, weights, spread, strict=True)
    return np.mean(sum(w * log_normal(x, m, s) for m, w, s in parts))


def _no_constant(means: Any, weights: Any, x: Any, spread: Any) -> Any:
    return log_likelihood(means, weights, x, spread) + x.shape[1] * np.log(2 * np.pi) / 2


def _naive_log(means: Any, weights: Any, x: Any, spread: Any) -> Any:
    return np.mean(np.log(np.exp(joint(means, weights, x, spread)).sum(axis=1)))


FREE = {"masses", "means"}
FAULTS: dict[str, Faulty] = {
    "N_k + 5 in both denominators": Faulty(
        lambda: made("", maximise=_shared_denominator), FREE, {"total_mean"}),
    "determinant for its root": Faulty(
        lambda: made(logs=_log(_with_det)), {"masses_other_covariances", "masses_gradient"}, FREE),
    "precision 1/√v": Faulty(
        lambda: made("spherical", logs=_log(_root_precision)),
        {"masses_other_covariances", "means_other_covariances"}, FREE),
    "covariance not inverted": Faulty(
        lambda: made(logs=_log(_not_inverted)), {"masses_other_covariances"}, FREE),
    "off-diagonal entries forgotten": Faulty(
        lambda: made(logs=_log(_diagonal_only)), {"masses_other_covariances"}, FREE),
    "no determinant at all": Faulty(
        lambda: made("diag", logs=_log(_no_norm)), {"masses_other_covariances"}, FREE),
    "distance without 1/2": Faulty(lambda: made("", logs=_log(_no_half)), FREE, {"total_mean"}),
    "no M-step": Faulty(lambda: made("", maximise=_raises), {"means", "total_mean"}, set()),
    "hard assignment": Faulty(lambda: made("", shared=_hard), FREE, {"inputs_kept"}),
    "labels moved on": Faulty(
        lambda: made("", shared=_swapped), {*FREE, "means_gradient"}, {"total_mean", "mirror"},
        "of other components"),
    "weights forgotten": Faulty(lambda: made("", logs=_forgotten), FREE, {"total_mean"}),
    "weights twice": Faulty(lambda: made("", logs=_squared), FREE, {"total_mean"}),
    "posteriors normalised over the rows": Faulty(
        lambda: made("", shared=_wrong_axis), {"masses", "total_mean"}, set()),
    "densities underflow": Faulty(
        lambda: made("", shared=_densities), {"masses_far", "means_far"}, {*FREE, "translation"}),
    "floor under the densities": Faulty(
        lambda: made("", shared=_floored), {"masses_far", "means_far"}, FREE),
    "M-step overwritten by each batch": Faulty(
        lambda: made("", maximise=_overwritten),
        {"masses_many_rows", "means_many_rows", "rows_reversed"}, FREE),
    "last rows dropped": Faulty(
        lambda: made("", maximise=_rest_dropped), {"means_many_rows"}, FREE),
    "scatter about the old means": Faulty(
        lambda: made("diag", maximise=_old_means), {"covariances", "total_scatter"}, FREE),
    "scatter over n": Faulty(
        lambda: made(maximise=_over_n), {"covariances", "total_scatter"}, FREE),
    "variances regularised": Faulty(
        lambda: made("tied", maximise=_regularised), {"covariances", "total_scatter"}, FREE,
        "1e-06 is added"),
    "scatter over N_k − 1": Faulty(
        lambda: made(maximise=_less_one), {"covariances", "rows_doubled"}, FREE),
    "sums for means": Faulty(
        lambda: made("", maximise=_undivided), {"means", "translation"}, {"masses"}, "not divided"),
    "counts for masses": Faulty(
        lambda: made("", maximise=counting), {"masses", "rows_doubled"}, {"means"},
        'masses="counts"'),
    "weights come back as given": Faulty(
        lambda: of_free_means(_returned), {"masses", "total_mean"}, {"means"}, 'masses="fixed"'),
    "means moved one by one": Faulty(
        lambda: of_free_means(_one_by_one), {*FREE, "component_order"}, {"repeatable"}),
    "three decimals": Faulty(lambda: made("", maximise=_rounded), FREE, {"rows_doubled"}),
    "one axis squeezed away": Faulty(lambda: of_free_means(_squeezed), {"means"}, set()),
    "half precision inside": Faulty(
        lambda: of_free_means(_half_precision), {"means", "total_mean"}, {"repeatable"}),
    "random jitter": Faulty(_jitter, {"repeatable", *FREE}, {"inputs_kept"}),
    "momentum": Faulty(_momentum, {"stateless", "repeatable"}, {"inputs_kept"}),
    "posteriors kept from other data": Faulty(_cached, {"rows_reversed"}, {"repeatable"}),
    "one buffer for all results": Faulty(_buffer, {"stateless"}, {"tied_step", "repeatable"}),
    "data centred in place": Faulty(
        lambda: of_free_means(_centring), {"inputs_kept"}, {*FREE, "repeatable"}),
    "log-likelihood of the call before": Faulty(_before, {"log_likelihood"}, FREE),
    "logarithm of posteriors": Faulty(
        lambda: made("", likelihood=_of_posteriors), {"log_likelihood"}, FREE, "sum to 1"),
    "mean of logarithms": Faulty(
        lambda: made("", likelihood=_of_logs), {"log_likelihood"}, FREE),
    "constant of the density left out": Faulty(
        lambda: made("", likelihood=_no_constant), {"log_likelihood"}, FREE, "log 2π"),
    "logarithm of 0": Faulty(
        lambda: made("", likelihood=_naive_log), {"log_likelihood_far"}, {"log_likelihood"}),
    "R for its inverse": Faulty(
        lambda: of_tied_means(lambda t, w, x: tied(t, w, x, back=-1)),
        {"tied_step", "tied_gradient", "step_from_zero"}, {"rotation"}),
    "unnormalised posteriors": Faulty(
        lambda: of_tied_means(lambda t, w, x: tied(t, w, x, shared=np.exp)),
        {"tied_step", "weights_rescaled"}, {"rows_doubled"}),
    "half a step": Faulty(
        lambda: of_tied_means(lambda t, w, x: (t + tied(t, w, x)) / 2),
        {"tied_step", "tied_gradient", "step_from_zero"}, {"rotation"}),
    "variance forgotten": Faulty(
        lambda: of_tied_means(lambda t, w, x, v: tied(t, w, x), variance=True),
        {"tied_step_other_variance"}, {"tied_step"}),
    "variance about the old means": Faulty(
        lambda: of_tied_means(partial(spherical, about="old"), variance="estimated"),
        {"variance", "variance_other", "variance_gradient"}, {"tied_step"}),
    "variance about 0": Faulty(
        lambda: of_tied_means(partial(spherical, about="zero"), variance="estimated"),
        {"variance", "variance_gradient"}, {"tied_step_other_variance"}),
    "variance not per coordinate": Faulty(
        lambda: of_tied_means(partial(spherical, per=1), variance="estimated"),
        {"variance", "variance_gradient"}, {"tied_step", "rows_doubled"}),
    "variance kept": Faulty(
        lambda: of_tied_means(lambda t, w, x, v: (tied(t, w, x, v), v), variance="estimated"),
        {"variance", "variance_other", "variance_gradient"}, {"tied_step_other_variance"}),
    "tied means averaged at any covariance": Faulty(
        lambda: of_tied_means(partial(elliptical, mean="plain"), covariance="estimated"),
        {"tied_step_other_covariance", "tied_covariance_other"}, {"tied_step", "tied_covariance"}),
    "tied means, covariance for its inverse": Faulty(
        lambda: of_tied_means(partial(elliptical, mean="not inverted"), covariance="estimated"),
        {"tied_step_other_covariance", "tied_gradient"}, {"tied_step", "rotation"}),
    "tied covariance about the old means": Faulty(
        lambda: of_tied_means(partial(elliptical, about="old"), covariance="estimated"),
        {"tied_covariance", "tied_covariance_other", "tied_covariance_gradient"}, {"tied_step"}),
    "tied means and covariance maximised at once": Faulty(
        lambda: of_tied_means(partial(elliptical, times=50), covariance="estimated"),
        {"tied_step_other_covariance", "tied_covariance_other"}, {"rotation", "rows_doubled"},
        "the most likely θ and Σ at once"),
    "tied covariance regularised": Faulty(
        lambda: of_tied_means(
            lambda *a: (elliptical(*a)[0], elliptical(*a)[1] + 1e-3 * np.eye(len(a[0]))),
            covariance="estimated"),
        {"tied_covariance", "tied_covariance_other", "tied_covariance_gradient"},
        {"tied_step", "tied_step_other_covariance"}, "0.001 is added to every variance"),
    "masses held at 1/20 at least": Faulty(
        lambda: of_free_means(_changed(lambda m, mu: (np.clip(m, 0.05, 1), mu))),
        {"masses_faint"}, {"masses", "means_faint", "masses_far"}),
    "faint components dropped": Faulty(
        lambda: of_free_means(_changed(lambda m, mu: (m[m > 0.01], mu[m > 0.01]))),
        {"masses_faint", "means_faint"}, {"masses", "means"}),
    "logarithms of masses": Faulty(
        lambda: of_free_means(_changed(lambda m, mu: (np.log(m), mu))),
        {"masses", "total_mean"}, {"means"}, "these are the logarithms of the masses"),
    "weights taken for logarithms": Faulty(
        lambda: of_free_means(lambda m, w, x: made("").step(m, np.exp(w), x)),
        {"masses", "means"}, {"total_mean"}, "taken for their logarithms"),
    "components sorted": Faulty(
        lambda: of_free_means(
            _changed(lambda m, mu: (m[np.argsort(mu[:, 0])], mu[np.argsort(mu[:, 0])]))),
        {"masses", "means", "component_order"}, {"translation", "rows_doubled"}),
    "precisions taken": Faulty(
        lambda: of_free_means(
            lambda m, w, x, c: made().step(m, w, x, np.linalg.inv(c)), covariance="full"),
        {"masses_other_covariances", "means_other_covariances", "covariances_other"},
        {"masses", "means", "covariances"}, "taken for their inverses, precisions"),
    "standard deviations taken": Faulty(
        lambda: of_free_means(
            lambda m, w, x, c: made("diag").step(m, w, x, c**2), covariance="diag"),
        {"masses_other_covariances"}, {"masses"}, "Cholesky factors, or standard deviations"),
    "precisions returned": Faulty(
        lambda: _returning("diag", lambda c: 1 / c), {"covariances"}, {"masses", "means"},
        "these are the inverses of the covariances"),
    "standard deviations returned": Faulty(
        lambda: _returning("spherical", np.sqrt), {"covariances"}, {"masses", "means"},
        "these are standard deviations"),
    "logarithms of variances returned": Faulty(
        lambda: _returning("diag", np.log), {"covariances"}, {"masses", "means"},
        "these are the logarithms of the variances"),
    "whole numbers": Faulty(
        lambda: of_free_means(_changed(lambda m, mu: (m, np.round(mu).astype(int)))),
        {"means"}, {"masses"}, "an integer type somewhere?"),
}  # fmt: skip
