"""The limit of g_m at infinity: exact, against the engine at a large radius."""

import pytest
import sympy

from overspec import Energies, InputError, Mixture, Weights
from overspec.proofs.machinery.cyclotomic import dft_energy
from overspec.proofs.rates.coset_limit import coset_limit
from overspec.verify.engines.evaluate import evaluate

WEIGHTS = ["2/5,3/10,1/10,1/5", "2/5,3/10,1/5,1/10", "7/10,1/10,1/10,1/10"]


@pytest.mark.parametrize("weights", WEIGHTS)
def test_the_engine_tends_to_it(weights: str) -> None:
    """θ in block 2 of k = 4 is fixed by R²: two cosets; the gap closes like 1/r."""
    mixture = Mixture.simplex(4, weights)
    limit = float(coset_limit(mixture.weights, 2, 1))
    gaps = [
        abs(float(evaluate(mixture, Energies.of_amplitudes(4, f"0,{r}")).g[1]) - limit)
        for r in (4, 8, 16)
    ]
    # tolerance: e^{-r²/2} is nothing; the cosets meet in a strip of width 1/r
    assert gaps[0] > gaps[1] > gaps[2] or gaps[0] < 1e-9
    assert gaps[2] < 0.02


@pytest.mark.parametrize("k", [4, 6, 8, 9, 12])
def test_the_lower_bound(k: int) -> None:
    weights = Weights.of("geometric:2/3", k)
    for n in (n for n in range(1, k + 1) if k % n == 0):
        masses = [sum(weights[j] for j in range(c, k, n)) for c in range(n)]
        spread = n * sum(q * q for q in masses)
        for m in range(1, k // 2 + 1):
            bound = dft_energy(weights, m) / sympy.Rational(*spread.as_integer_ratio())
            limit = coset_limit(weights, n, m)
            assert (limit - bound).evalf(30) > -sympy.Rational(1, 10**25)
            if m * n % k == 0:  # R^n acts as the identity on this block
                assert limit == 1 or (limit - 1).evalf(30, chop=True) == 0


def test_it_can_be_positive_where_the_entry_vanishes() -> None:
    weights = Weights.of("2/5,3/10,1/10,1/5")
    assert dft_energy(weights, 2) == 0
    assert coset_limit(weights, 4, 2) == 1
    assert coset_limit(weights, 1, 2) == 0


def test_bad_index() -> None:
    with pytest.raises(InputError, match="does not divide"):
        coset_limit(Weights.of("uniform", 4), 3, 1)
