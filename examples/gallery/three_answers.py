"""How far from θ = 0 does EM keep nine tenths of its contraction? Proved, certified, estimated."""

from fractions import Fraction

import overspec as ov
from overspec.proofs.rates.radius_bound import radius_lower_bound
from overspec.verify.radius.bracket import certified_gamma

for k in (2, 3):
    mixture = ov.Mixture.simplex(k, "one-heavy:9/10")
    proved = radius_lower_bound(mixture, kind="factor", gap="9/10")
    certified = certified_gamma(mixture, "factor", gap="9/10", width=Fraction(1, 1000))
    estimate = ov.gamma(mixture, kind="factor", gap="9/10")
    print(f"k = {k}")
    print(f"  proved, every dimension   gamma >= {float(proved):.4f}  ({proved})")
    print(
        f"  certified, both ends      [{float(certified.lower):.5f}, {float(certified.upper):.5f}]"
    )
    print(f"  estimated by search       {estimate.lower:.6f} .. {estimate.upper:.6f}")
    assert proved < certified.lower <= Fraction(estimate.upper)
    assert Fraction(estimate.lower) <= certified.upper
