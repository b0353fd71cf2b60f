"""One heavy weight among a million: the slowest place is neither at 0 nor at infinity."""

from fractions import Fraction

import overspec as ov

k = 10**6
mixture = ov.Mixture.simplex(k, "one-heavy:1/2")
least, where = 1.0, Fraction(0)
for n in range(1, 61):
    radius = Fraction(n, 10)
    g = ov.evaluate(mixture, ov.Energies.regular_simplex(k, radius), 9, modes=1).g[1]
    least, where = min((least, where), (g, radius))
    if n % 10 == 0:
        print(f"r = {n // 10}: one EM step takes off {g:.4f} of the distance")
print(f"least at r = {float(where)}: {least:.4f}; at r = 0 it is 0.2500")

assert abs(least - 0.0445) < 1e-3
assert Fraction(3) < where < Fraction(4)  # near sqrt(log k) = 3.7
