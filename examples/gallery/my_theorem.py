"""Your own theorem on your own EM: a verdict, a certificate, a row for TeX, and a test.

Damped EM goes half of each step, from theta to (theta + M(theta))/2. On a pair with weights
(1 ± rho)/2 and the truth N(0, 1) a step multiplies theta by (1 + E sech²(theta x + artanh rho))/2.
"""

import sys
from fractions import Fraction
from pathlib import Path

import overspec as ov

g = ov.gallery
f = g.formula


def check(at, c):
    theta, rho = at["theta"], at["rho"]
    true = (1 + f.moment(theta, f.atanh(rho), sech=2)) / 2
    where = f"theta = {theta}, rho = {rho}"
    return g.compare(true, "<=", 1 - c * rho**2, "factor of a damped step", where)


MINE = g.Entry(
    "mine_2026", "own", "Me", 2026, "Damped EM", "Damped EM on an unbalanced pair, truth N(0, 1).",
    (g.Parameter("theta", "where", Fraction(4, 5), Fraction(0), Fraction(9)),
     g.Parameter("rho", "difference of the weights", Fraction(4, 5), Fraction(0), Fraction(9, 10))),
    (g.Statement("damped factor", "A step multiplies theta by 1 - 2 rho^2/5 at most.",
                 g.Known.OWN, "my draft", Fraction(2, 5), check,
                 (g.Mutant("1 - rho^2/2", Fraction(1, 2)),)),),
)  # fmt: skip


def test_my_theorem():
    assert g.survivors(MINE) == ()  # true as it stands, and no mutant passes
    for theta in ("1/10", "2", "8"):
        assert all(f.verdict.accepts for f in g.audit(MINE, theta=theta).findings)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
    found = g.audit(MINE)
    print(found)
    print(g.tex(found))
    print(ov.check(ov.save_certificate(found, folder / "mine.json")).status)
    test_my_theorem()
