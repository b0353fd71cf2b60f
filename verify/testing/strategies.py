"""Hypothesis strategies for exact weights, actions, mixtures, amplitudes and data; they shrink to
small integers over small denominators. Needs ``pip install "overspec[pytest]"``.

Profiles: `register_profiles` adds ``overspec-quick`` and ``overspec-thorough``.
"""

from __future__ import annotations

from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st

from overspec.action import Action
from overspec.exact import as_fraction
from overspec.mixture import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.weights import Weights

LARGEST_PART = 20
KS = (2, 3, 4, 5, 6)


def register_profiles() -> None:
    """Add the profiles ``overspec-quick`` (15 examples) and ``overspec-thorough`` (300)."""
    settings.register_profile("overspec-quick", deadline=None, max_examples=15)
    settings.register_profile("overspec-thorough", deadline=None, max_examples=300)


def _weights(parts: list[int]) -> Weights:
    return Weights.of([Fraction(part, sum(parts)) for part in parts])


def weights(k: int) -> st.SearchStrategy[Weights]:
    """Any weights: integers 1 … 20 over their sum. Shrinks to uniform."""
    parts = st.lists(st.integers(1, LARGEST_PART), min_size=k, max_size=k)
    return parts.map(_weights)


def regular_weights(k: int) -> st.SearchStrategy[Weights]:
    """Weights without a null frequency, decided exactly. Shrinks to one heavy component."""
    return weights(k).filter(lambda found: not null_frequencies(found))


@st.composite
def degenerate_weights(draw: st.DrawFn, k: int) -> Weights:
    """Weights with a null frequency: a sum of cosets of subgroups of Z/k. Shrinks to uniform.

    The weights ``π_j`` that are constant along a subgroup of order p vanish at every frequency
    that is not a multiple of p; frequency 1 is always null.
    """
    primes = [p for p in range(2, k + 1) if k % p == 0 and all(p % q for q in range(2, p))]
    parts = [0] * k
    for p in primes:
        heights = draw(st.lists(st.integers(0, 5), min_size=k // p, max_size=k // p))
        parts = [part + heights[j % (k // p)] for j, part in enumerate(parts)]
    return _weights([part + 1 for part in parts])


@st.composite
def nearly_degenerate_weights(draw: st.DrawFn, k: int) -> Weights:
    """Degenerate weights moved by 10^-n on one component, 1 ≤ n ≤ 30: regular, but barely."""
    base = list(draw(degenerate_weights(k)))
    shift = Fraction(1, 10 ** draw(st.integers(1, 30)))
    place = draw(st.integers(0, k - 1))
    moved = [as_fraction(w) + (shift if j == place else 0) for j, w in enumerate(base)]
    return Weights.of([w / (1 + shift) for w in moved])


@st.composite
def face_weights(draw: st.DrawFn, k: int) -> Weights:
    """Weights near a face of the simplex: some components have weight below 10^-6 (never 0)."""
    parts = draw(st.lists(st.integers(1, LARGEST_PART), min_size=k, max_size=k))
    small = draw(st.sets(st.integers(0, k - 1), min_size=1, max_size=k - 1))
    return _weights([1 if j in small else part * k * 10**6 for j, part in enumerate(parts)])


def ks(largest: int = 6) -> st.SearchStrategy[int]:
    """Numbers of components 2 … largest."""
    return st.integers(2, largest)


@st.composite
def actions(draw: st.DrawFn, k: int) -> Action:
    """Any action: some frequencies 0 … ⌊k/2⌋ with multiplicities 1 … 3."""
    chosen = draw(st.sets(st.integers(0, k // 2), min_size=1))
    return Action.of(k, {m: draw(st.integers(1, 3)) for m in sorted(chosen)})


@st.composite
def mixtures(draw: st.DrawFn, largest: int = 6, simplex: bool = True) -> Mixture:
    """Mixtures with the simplex action, or with any."""
    k = draw(ks(largest))
    found = draw(weights(k))
    action = Action.simplex(k) if simplex else draw(actions(k))
    return Mixture(k, action.d, found, action)


def amplitudes(k: int, largest: int = 2) -> st.SearchStrategy[Energies]:
    """θ by its amplitudes: tenths from 0 to `largest`, one for each frequency."""
    tenths = st.integers(0, 10 * largest).map(lambda n: Fraction(n, 10))
    listed = st.lists(tenths, min_size=k // 2, max_size=k // 2)
    return listed.map(lambda values: Energies.of_amplitudes(k, values))


@st.composite
def data_sets(draw: st.DrawFn, d: int, largest: int = 6) -> tuple[tuple[Fraction, ...], ...]:
    """1 … largest points with coordinates in halves from −3 to 3. Shrinks to the origin."""
    halves = st.integers(-6, 6).map(lambda n: Fraction(n, 2))
    point = st.lists(halves, min_size=d, max_size=d).map(tuple)
    return tuple(draw(st.lists(point, min_size=1, max_size=largest)))
