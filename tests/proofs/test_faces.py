"""The faces on which weights fail: counts, vertices and dimensions by other means."""

from fractions import Fraction
from itertools import product
from math import gcd

import pytest
import sympy
from sizes import slow_but

from overspec import InputError, Weights
from overspec.proofs.machinery.cyclotomic import is_zero_sum, null_frequencies, null_orders
from overspec.proofs.weights.faces import Face, degenerate_faces, failing_orders, real_vertices


def faces(k: int) -> dict[tuple[int, ...], Face]:
    return {face.orders: face for face in degenerate_faces(k)}


@pytest.mark.parametrize("k", [2, 3, 5, 7, 11])
def test_for_prime_k_only_uniform_weights_fail(k: int) -> None:
    (face,) = degenerate_faces(k)
    assert (face.dimension, face.vertices) == (0, ((Fraction(1, k),) * k,))


@pytest.mark.parametrize("k", slow_but([4, 6, 8, 9, 10, 12], quick=[4, 6, 8, 9]))
def test_every_set_of_orders_is_the_failure_of_some_positive_weights(k: int) -> None:
    divisors = [n for n in range(2, k + 1) if k % n == 0]
    found = faces(k)
    assert len(found) == 2 ** len(divisors) - 1
    for orders, face in found.items():
        assert face.dimension == k - 1 - sum(sympy.totient(n) for n in orders)
        weights = Weights.of(list(face.generic))  # positive, or it would not be weights
        assert null_orders(weights) == orders == failing_orders(k, face.generic)
        assert null_frequencies(weights) == face.frequencies
        for vertex in face.vertices:
            assert set(orders) <= set(failing_orders(k, vertex))
            for m in face.frequencies:
                terms = {(m * j) % k: Fraction(0) for j in range(k)}
                for j, value in enumerate(vertex):
                    terms[(m * j) % k] += value
                assert is_zero_sum(k, dict(terms))


@pytest.mark.parametrize("k", slow_but([4, 6, 8, 9, 10, 12], quick=[4, 6, 8, 9]))
def test_at_the_highest_order_the_vertices_are_the_prime_polygons(k: int) -> None:
    """Lam and Leung: so it is whenever the order has at most two prime factors."""
    face = faces(k)[(k,)]
    expected = {
        tuple(Fraction(int(j % (k // p) == r), p) for j in range(k))
        for p in map(int, sympy.primefactors(k))
        for r in range(k // p)
    }
    assert set(face.vertices) == expected
    assert face.polygons


@pytest.mark.parametrize("k", slow_but([6, 8, 9, 12], quick=[6, 8, 9]))
def test_at_a_lower_order_the_polygons_are_lifted(k: int) -> None:
    """Order n sees the sums over residues mod n: one component from the fibre of each corner."""
    for n in (n for n in range(2, k) if k % n == 0):
        expected = set()
        for p in map(int, sympy.primefactors(n)):
            for r in range(n // p):
                fibres = [range(r + i * n // p, k, n) for i in range(p)]
                for corners in product(*fibres):
                    expected.add(tuple(Fraction(int(j in corners), p) for j in range(k)))
        assert set(faces(k)[(n,)].vertices) == expected


@pytest.mark.parametrize("n", range(2, 31))
def test_real_vertices_in_number(n: int) -> None:
    """Acute triangles among the corners of a regular n-gon, and diameters, by closed formulas."""
    expected = n * (n**2 - 1) // 24 if n % 2 else n * (n - 2) * (n - 4) // 24 + n // 2
    assert len(real_vertices(n)) == expected
    assert all(gcd(n, 2) == 2 for support in real_vertices(n) if len(support) == 2)


def test_bad_sizes() -> None:
    with pytest.raises(InputError, match="from 2 to 12"):
        degenerate_faces(13)
    with pytest.raises(InputError, match="at least 2"):
        real_vertices(1)
