"""What the strategies draw is what they promise, and shrinks to small cases."""

from fractions import Fraction

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from sizes import slow_but

from overspec import Energies, Mixture
from overspec.proofs.machinery.cyclotomic import null_frequencies
from overspec.verify.testing import strategies as ours

pytestmark = pytest.mark.quick


@given(st.data())
def test_regular_degenerate_and_nearly_degenerate(data: st.DataObject) -> None:
    k = data.draw(ours.ks())
    assert not null_frequencies(data.draw(ours.regular_weights(k)))
    assert 1 in null_frequencies(data.draw(ours.degenerate_weights(k)))
    assert not null_frequencies(data.draw(ours.nearly_degenerate_weights(k)))
    assert min(map(Fraction, data.draw(ours.face_weights(k)))) < Fraction(1, 10**6)


@given(st.data())
def test_mixtures_points_and_data_are_valid(data: st.DataObject) -> None:
    mixture = data.draw(ours.mixtures(simplex=False))
    assert isinstance(mixture, Mixture)
    assert isinstance(data.draw(ours.amplitudes(mixture.k)), Energies)
    points = data.draw(ours.data_sets(mixture.d))
    assert {len(x) for x in points} == {mixture.d}


def test_the_profiles_are_there_and_differ() -> None:
    ours.register_profiles()
    quick, thorough = (settings.get_profile(f"overspec-{p}") for p in ("quick", "thorough"))
    assert quick.max_examples < thorough.max_examples
    assert quick.deadline is thorough.deadline is None


@pytest.mark.parametrize("k", slow_but([2, 4], quick=[2]))
def test_failures_shrink_to_small_weights(k: int) -> None:
    assert find(ours.weights(k), lambda found: True).runs == ((Fraction(1, k), k),)
    regular = find(ours.regular_weights(k), lambda found: True)
    assert max(w.denominator for w in map(Fraction, regular)) <= k + 1
