"""Your own theorem on your own EM: a verdict, a file of enclosures, a row for TeX, and a test.

Damped EM goes half of each step, from theta to (theta + M(theta))/2. On a pair with weights
(1 ± rho)/2 and the truth N(0, 1) a step multiplies theta by (1 + E sech²(theta x + artanh rho))/2.
"""

import sys
from fractions import Fraction
from pathlib import Path

import overspec as ov

g = ov.gallery
ball = g.line.ball


def factor(theta, rho):
    return (1 + g.line.tanh_moment(theta, rho.atanh(), g.line.STANDARD, sech=2)) / 2


def check(at, c):
    with g.line.precision():
        true = g.line.number(factor(ball(at["theta"]), ball(at["rho"])))
    published = g.line.number(ball(1 - c * at["rho"] ** 2))
    where = f"theta = {at['theta']}, rho = {at['rho']}"
    return g.Finding(g.at_most(true, published, where), published, true, "factor of a damped step")


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
    print("enclosures in", g.save(found, folder / "mine.json").name)
    test_my_theorem()
