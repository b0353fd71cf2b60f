# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # Fifteen minutes with EM on too many Gaussians
#
# A mixture of k Gaussians with unit covariance is fitted by EM to data that come from *one*
# Gaussian, N(0, I). The fit has too many components. Usually EM then crawls: after t steps the
# error is still of order 1/t². A paper (arXiv 2506.11850) describes when it does not.
#
# This page checks its claims, one by one, with `overspec`. Every cell computes what it says and
# stops where the number is another one. Run it as a script, or open it as a notebook with jupytext.

# %%
from fractions import Fraction
from itertools import pairwise

import overspec as ov

# %% [markdown]
# ## 1. The model
#
# The k means are tied: they are the orbit θ, Rθ, R²θ, … of one vector θ under a rotation R with
# R^k = I, a regular simplex for instance. The weights π are fixed. Only θ is learned, and the best
# θ is 0. Weights are exact: 0.3 means 3/10.

# %%
mixture = ov.Mixture.simplex(4, weights="0.4,0.3,0.2,0.1")
print(mixture)
assert list(mixture.weights)[1] == Fraction(3, 10)

# %% [markdown]
# ## 2. EM is gradient descent with step 1
#
# One EM step is M(θ) = θ − ∇L(θ), L the KL divergence from the truth to the model. In the
# coordinates of R it does more: it multiplies the amplitude a_m of θ at each frequency m by
# 1 − g_m(θ). The two sides below are computed by different integrals.

# %%
point = ov.Energies.of_amplitudes(4, "1,1/2")
here = ov.evaluate(mixture, point)
for a, g, after in zip((1.0, 0.5), here.g[1:], here.map_amplitudes, strict=True):
    print(f"amplitude {a}: (1 - g) a = {(1 - g) * a:.12f}, EM gives {after:.12f}")
    assert abs((1 - g) * a - after) < 1e-12

# %% [markdown]
# That this holds for every θ and not just here is a derivation whose steps are checked by two
# methods. An empty tuple says that none of them failed; and false variants are rejected.

# %%
from overspec.proofs.identities.stein import stein_form  # noqa: E402

derivation = stein_form(3)
print(derivation.title)
assert derivation.recheck() == ()
assert all(wrong.recheck() for _, wrong in derivation.mutants())

# %% [markdown]
# ## 3. The condition is on the Fourier transform of the weights
#
# EM is exponentially fast exactly when no Fourier entry of the weights is 0. The paper says that
# uniform weights violate this "for k > 2". They violate it for k = 2 as well:

# %%
from overspec.proofs.machinery.cyclotomic import null_frequencies  # noqa: E402

for k in (2, 3, 4, 5):
    uniform = ov.Weights.of("uniform", k)
    print(k, "uniform: null at", null_frequencies(uniform))
    assert null_frequencies(uniform) == tuple(range(1, k // 2 + 1))

# %% [markdown]
# And weights that are not uniform can violate it: the *order* decides. The same four numbers:

# %%
good = ov.Mixture.simplex(4, "0.4,0.3,0.2,0.1")
bad = ov.Mixture.simplex(4, "0.4,0.3,0.1,0.2")
print("0.4,0.3,0.2,0.1 null at", null_frequencies(good.weights))
print("0.4,0.3,0.1,0.2 null at", null_frequencies(bad.weights))
assert null_frequencies(good.weights) == ()
assert null_frequencies(bad.weights) == (2,)

# %% [markdown]
# ## 4. Exponential, or not
#
# With the good order KL shrinks by a constant factor a step, (1 − σ)² with σ the smallest squared
# Fourier entry: the square of what the paper's argument gives. With the bad order t² KL tends to a
# constant, which is known exactly.

# %%
start = ov.Energies.regular_simplex(4, 1)
fast = ov.trajectory(good, start, 150)
print("measured factor", fast.rate_measured, "predicted", fast.rate_predicted)
assert abs(fast.rate_measured - fast.rate_predicted) < 1e-4
assert fast.rate_predicted == (1 - 0.04) ** 2

# %%
from overspec.proofs.rates.null_law import null_law  # noqa: E402

slow = ov.trajectory(bad, start, 400, digits=10)
limit = null_law(bad).divergence_limit
print("t^2 KL after 400 steps", slow.t2_kl, "limit", limit)
assert limit == Fraction(1, 16)
assert abs(slow.t2_kl - float(limit)) < 0.002

# %% [markdown]
# The two orders in one picture, drawn with characters. On this scale an exponential is a line.

# %%
from overspec.figure import FigureData, Series  # noqa: E402
from overspec.reports.figures.terminal import sketch  # noqa: E402

curves = [
    Series.of(order, "line", range(1, 151), run.kl[1:151])
    for order, run in (("0.4,0.3,0.2,0.1", fast), ("0.4,0.3,0.1,0.2", slow))
]
made = ov.Provenance("python examples/tour.py", ov.__version__)
axes = ("step t", "KL")
print(sketch(FigureData.of("orders", "KL along EM", "", axes, curves, made, log="y")))
assert fast.kl[150] < slow.kl[150] / 500

# %% [markdown]
# ## 5. Starting far away
#
# The paper asks for a start within a radius γ and warns of divergence beyond. There is none: from
# any start EM converges to 0, because every g_m is positive everywhere. Only the guaranteed factor
# depends on the distance.

# %%
for radius in (1, 3, 5):
    run = ov.trajectory(good, ov.Energies.regular_simplex(4, radius), 60, digits=8)
    norms = [step.norm for step in run.steps]
    print(f"from {radius}: after 60 steps |theta| = {norms[-1]:.4f}")
    assert all(after < before for before, after in pairwise(norms))
    assert norms[-1] < 0.05

# %% [markdown]
# ## 6. The simplex is not kept
#
# "Iterates keep their simplex geometry": only for special weights. On a regular simplex of four
# points the two energies are 2 : 1. One heavy weight keeps that; four different weights do not.

# %%
heavy = ov.Mixture.simplex(4, "one-heavy:7/10")
for name, one in (("one heavy weight", heavy), ("0.4,0.3,0.2,0.1", good)):
    a, b = ov.trajectory(one, start, 10).steps[-1].amplitudes
    print(f"{name}: energies after 10 steps 2 : {2 * b * b / (a * a):.4f}")
a, b = ov.trajectory(heavy, start, 10).steps[-1].amplitudes
assert abs(b * b / (a * a) - 0.5) < 1e-9
a, b = ov.trajectory(good, start, 10).steps[-1].amplitudes
assert abs(b * b / (a * a) - 0.5) > 0.05

# %% [markdown]
# ## 7. How far? γ as a number
#
# The paper proves that some radius γ exists. Three answers: a bound in closed form, proved; an
# estimate by search; and a certified bracket, each end with a proof.

# %%
from overspec.proofs.rates.radius_bound import radius_lower_bound  # noqa: E402
from overspec.verify.radius.bracket import certified_gamma  # noqa: E402

pair = ov.Mixture.simplex(2, "9/10,1/10")
bound = radius_lower_bound(pair, kind="factor", gap="9/10")
estimate = ov.gamma(pair, kind="factor", gap="9/10")
bracket = certified_gamma(pair, kind="factor", gap="9/10", width=Fraction(1, 1000))
print("proved bound", bound, "=", float(bound))
print("search      ", estimate.lower, estimate.upper, estimate.evidence.value)
print("bracket     ", float(bracket.lower), float(bracket.upper), bracket.evidence.value)
assert float(bound) < bracket.lower <= Fraction(estimate.upper)
assert Fraction(estimate.lower) <= bracket.upper

# %% [markdown]
# ## 8. A million components
#
# With one heavy weight γ tends to a finite limit as k grows.

# %%
from overspec.verify.radius.scaling import limit_radius  # noqa: E402

for k in (10, 1000, 10**6):
    found = ov.gamma(ov.Mixture.simplex(k, "one-heavy:9/10"), "factor", "9/10", "simplex")
    print(f"k = {k}: gamma = {found.lower:.5f}")
assert abs(found.lower - limit_radius(0.9, 0.9, "factor")) < 1e-4

# %% [markdown]
# ## 9. Data
#
# From n points EM ends at distance about sqrt(1/n Σ 1/|π̂_m|²) from 0, in each of its d directions.

# %%
import numpy as np  # noqa: E402

from overspec.verify.engines.spectrum import spectrum  # noqa: E402

n, repeats = 4000, 40
generator = np.random.default_rng(1)
trio = ov.Mixture.simplex(3, "7/10,2/10,1/10")
ends = [
    ov.sample_em(generator.standard_normal((n, 2)), trio, [1.0, 0.0], 40).steps[-1].norm
    for _ in range(repeats)
]
scaled = n * np.mean(np.square(ends))
predicted = 2 / spectrum(trio)[1]  # one frequency, a plane: two directions
spread = n * np.std(np.square(ends)) / np.sqrt(repeats)
print(f"n E|theta|^2 = {scaled:.2f} +- {spread:.2f} (sampled), predicted {predicted:.2f}")
assert abs(scaled - predicted) < 4 * spread

# %% [markdown]
# ## 10. All claims at once
#
# `overspec verify` does this for every claim, with mutants: false variants that the same check must
# reject, or it counts for nothing.

# %%
from overspec.verify.claims.run import run as run_ledger  # noqa: E402

ledger = run_ledger((2, 3), ("P1", "S6"))
for certificate in ledger.certificates:
    print(certificate.claim, certificate.outcome.value, certificate.evidence.value)
outcomes = {c.claim: c.outcome for c in ledger.certificates}
assert outcomes["P1"] is ov.Outcome.AMENDED  # false for k = 2 as stated
assert outcomes["S6"] is ov.Outcome.HOLDS

# %% [markdown]
# Where to go on: `overspec probe` shows all this in the browser and lets you drag it about;
# `examples/gallery` has five short programs; `overspec report` writes the ledger as a document.
