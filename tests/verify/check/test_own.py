"""The checker's own enclosures hold the truth, at the width asked for, by either method."""

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from sizes import slow_but

from overspec import Energies, Mixture
from overspec.decimals import Number
from overspec.verify.check import bounds, lattice
from overspec.verify.check import lloyd as checker
from overspec.verify.check.laplace import sums as laplace
from overspec.verify.check.laplace import turns
from overspec.verify.check.laplace.tables import Line, Moments
from overspec.verify.check.value import Enclosure, Orbit, Purse, Sector, TooCostly
from overspec.verify.enclosures.evaluate import certified_evaluation
from overspec.verify.enclosures.hessian import CertifiedHessian
from overspec.verify.enclosures.laplace_hessian import SingledHessian

PLENTY = 10**12


def known(mixture: Mixture, energies: Energies, digits: int) -> dict[str, Number]:
    """By the producer: FLINT's balls."""
    found = certified_evaluation(mixture, energies, digits, hessian=True)
    numbers = {name: n for name, n in found.quantities.items() if isinstance(n, Number)}
    if isinstance(found.hessian, SingledHessian):
        numbers |= {"hessian radial": found.hessian.radial, "hessian even": found.hessian.even}  # type: ignore[dict-item]
    elif isinstance(found.hessian, CertifiedHessian):
        numbers |= {f"hessian {m} {n}": e for (m, n), e in found.hessian.entries.items()}  # type: ignore[misc]
    return numbers


def held(own: dict[str, Enclosure], truth: dict[str, Number], digits: int) -> None:
    """Every enclosure holds the truth, of which so many more digits are known."""
    assert own
    for name, (low, high) in own.items():
        number = truth[name]
        assert number.error < Fraction(1, 10 ** (digits + 2))
        assert low <= number.lower, name
        assert number.upper <= high, name
        assert high - low < Fraction(40, 10**digits), name


def case(seed: int) -> tuple[Mixture, Fraction, random.Random]:
    rng = random.Random(seed)
    k = rng.choice([2, 3, 4, 5, 8])
    if rng.random() < 0.4:
        mixture = Mixture.simplex(k, f"one-heavy:{rng.randint(2, 95)}/100")
    else:
        shares = [Fraction(rng.randint(1, 10 ** rng.choice((1, 3)))) for _ in range(k)]
        mixture = Mixture.simplex(k, [share / sum(shares) for share in shares])
    return mixture, Fraction(rng.randint(5, 200), 60), rng


@pytest.mark.parametrize("seed", slow_but(range(60), quick=range(8)))
def test_both_methods_hold_the_truth(seed: int) -> None:
    mixture, radius, rng = case(seed)
    k, digits = mixture.k, rng.choice([3, 6, 11])
    energies = Energies.regular_simplex(k, radius)
    point = Orbit(k, mixture.weights.runs, energies.runs, True)  # type: ignore[arg-type]
    truth = known(mixture, energies, digits + 4)
    wanted = list(range(1, k // 2 + 1))
    found = laplace.enclose(point, wanted, digits, Purse(PLENTY), True)
    held({str(name): ends for name, ends in found.items()}, truth, digits)
    if k <= 3 or (k == 4 and digits < 7):
        sums = lattice.enclose(point, digits, Purse(PLENTY))
        assert sums.log is not None
        own = {"log_partition": sums.log}
        own |= {f"g{m}": ends for m, ends in enumerate(sums.factors, start=1)}
        if "hessian radial" not in truth:
            own |= {str(name): ends for name, ends in sums.entries.items()}
        held(own, truth, digits)


@pytest.mark.parametrize("turn", [Fraction(0), Fraction(1), Fraction(1, 3)])
def test_a_place_in_the_sector_is_the_point_it_says(turn: Fraction) -> None:
    """q = 0, 1: one amplitude; q = 1/3: r (cos 30°, sin 30°)."""
    mixture = Mixture.simplex(4, "2/5,3/10,1/5,1/10")
    square = {Fraction(0): ("1", "0"), Fraction(1): ("0", "1"), Fraction(1, 3): ("3/4", "1/4")}
    energies = Energies(4, tuple((Fraction(e), 1) for e in square[turn]))
    place = Sector(4, mixture.weights.runs, Fraction(1), turn)  # type: ignore[arg-type]
    sums = lattice.enclose(place, 6, Purse(PLENTY), log=False)
    own = {f"g{m}": ends for m, ends in enumerate(sums.factors, start=1)}
    own |= {str(name): ends for name, ends in sums.entries.items()}
    held(own, known(mixture, energies, 10), 6)
    assert len(sums.entries) == (3 if turn == Fraction(1, 3) else 1)


@pytest.mark.slow
def test_doubles_and_mpfr_hold_the_same() -> None:
    """Eight digits in doubles; the same numbers to eleven, in MPFR."""
    place = Sector(4, ((Fraction(2, 5), 1), (Fraction(1, 5), 3)), Fraction(1), Fraction(1, 3))
    few, many = (lattice.enclose(place, d, Purse(PLENTY), log=d < 10) for d in (8, 11))
    for (a, b), (c, d) in zip(few.factors, many.factors, strict=True):
        assert a < c < d < b
    for name, (c, d) in many.entries.items():
        assert few.entries[name][0] < c < d < few.entries[name][1]


def test_every_purse_is_asked_before_the_work() -> None:
    point = Orbit(3, ((Fraction(1, 2), 1), (Fraction(1, 4), 2)), ((Fraction(1), 1),), True)
    for ask in (
        lambda purse: lattice.enclose(point, 20, purse),
        lambda purse: laplace.enclose(point, [1], 20, purse, True),
        lambda purse: checker.enclose(5, 20, purse),
    ):
        with pytest.raises(TooCostly, match="budget"):
            ask(Purse(100))


def test_the_tables_are_exact_sums_of_rounded_terms() -> None:
    """P_0 against the definition, at a node; the rounding that is claimed covers the difference."""
    import gmpy2

    with gmpy2.context(gmpy2.get_context(), precision=140):
        c, step = gmpy2.mpfr(1), gmpy2.mpfr("0.25")
        line = Line(step, -8, 8, 40)
        point = Orbit(2, ((Fraction(1, 2), 2),), ((Fraction(1), 1),), True)
        moments = Moments(point, c, line, [1])
        for a in range(3):
            for node in (0, 8, 16):
                total = gmpy2.mpfr(0)
                for n in range(-40, 41):
                    u = gmpy2.exp((node - 8 + n) * step) / 2
                    bell = gmpy2.exp(-((n * step) ** 2) / 2) / gmpy2.sqrt(2 * gmpy2.const_pi())
                    total += step * bell * u**a * gmpy2.exp(-u)
                assert abs(moments.tables[0][a][node] - total) < moments.rounding
        assert moments.rounding < gmpy2.exp2(-90)


RUNS = [
    (6, [(Fraction(2, 21) - Fraction(i, 63), 1) for i in range(5)], range(1, 4)),
    (2000, [(Fraction(3, 4000), 1000), (Fraction(1, 4000), 1000)], (1, 3, 500, 1000)),
]


@pytest.mark.parametrize(("k", "runs", "wanted"), RUNS)
def test_sums_in_whole_units_are_those_of_the_quotients(k: int, runs: Any, wanted: Any) -> None:
    """The factors from the same tables, term by term in 400 bits."""
    import gmpy2

    point = Orbit(k, tuple(runs), ((Fraction(1), k - 1),), True)
    bits = 64
    with gmpy2.context(gmpy2.get_context(), precision=bits):
        line = Line(gmpy2.mpfr("0.25"), -16, 12, 40)
        moments = Moments(point, gmpy2.mpfr(1), line, list(wanted))
        ratios = [rows[1] / rows[0] for rows in moments.tables]
        density, total = (
            moments.product(moments.tables),
            sum(q * n for q, (_, n) in zip(ratios, moments.parts, strict=True)),
        )
        squares = list(turns.squares(point, ratios, wanted, len(density) * line.step))
        by_pairs = turns.apart(point, ratios, line.step * density, wanted)
        farthest = turns.farthest_apart(point, ratios, line.step * density, wanted)
    with gmpy2.context(gmpy2.get_context(), precision=400):
        size = line.step * density.sum() + line.step * (density * total**2).sum()
        exact = turns.sums(k, point.weights, list(wanted))
        for at, square in enumerate(squares):
            sums = [turned[at] for turned in exact]
            turned = sum(q * b.real for q, b in zip(ratios, sums, strict=True)) ** 2
            turned += sum(q * b.imag for q, b in zip(ratios, sums, strict=True)) ** 2
            off = line.step * (density * abs(square - turned)).sum()
            assert off < size * gmpy2.exp2(1 - bits)  # one more for the square's own rounding
            plain = line.step * (density * (total**2 - turned)).sum()
            assert abs(by_pairs[at] - plain) < size * gmpy2.exp2(4 - bits)
        assert farthest == max(by_pairs)


def test_sums_of_roots_are_those_of_their_terms() -> None:
    """Every root by itself; runs that meet again, a frequency that k divides, single components."""
    import gmpy2

    half, third, rest = Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)
    weights = ((half, 3), (third, 1), (half, 5), (rest, 1), (third, 7))
    wanted = list(range(36))
    with gmpy2.context(gmpy2.get_context(), precision=100):
        found = turns.sums(17, weights, wanted)
        for name, row in zip((half, third, rest), found, strict=True):
            every = [w for w, n in weights for _ in range(n)]
            for m, value in zip(wanted, row, strict=True):
                angles = [
                    2 * gmpy2.const_pi() * m * i / 17 for i, w in enumerate(every) if w == name
                ]
                truth = gmpy2.mpc(sum(map(gmpy2.cos, angles)), sum(map(gmpy2.sin, angles)))
                assert abs(value - truth) < gmpy2.exp2(-85)


def test_pairs_of_weights_are_less_than_two_units_apart() -> None:
    """Beside the sums in many more bits, where the denominators cancel most."""
    import gmpy2

    weights, wanted, bits = ((Fraction(3, 4000), 1000), (Fraction(1, 4000), 1000)), (1, 2, 999), 128
    held = turns._apart(2000, weights, wanted, bits)
    found = [gmpy2.unpack(pair, held.slot) for pair in held.chunks[0]]
    with gmpy2.context(gmpy2.get_context(), precision=400):
        one, two = turns.sums(2000, weights, wanted)
        for at, (b, c) in enumerate(zip(one, two, strict=True)):
            for row, (x, y) in zip(found, ((b, b), (b, c), (c, c)), strict=True):
                truth = (10**6 - x.real * y.real - x.imag * y.imag) * gmpy2.exp2(bits)
                assert abs(row[at] - truth) < 2


def test_integrals_beyond_the_slot_are_refused() -> None:
    import gmpy2

    point = Orbit(5, ((Fraction(1, 5), 5),), ((Fraction(1), 4),), True)
    ones = np.array([gmpy2.mpfr(1)] * 3, object)
    assert list(map(float, turns.apart(point, [ones * 2**26], ones, [1, 2]))) == [75 * 2.0**52] * 2
    with pytest.raises(TooCostly, match="whole numbers"):
        turns.apart(point, [ones * 2**28], ones, [1, 2])


def test_chunks_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frequencies in chunks, the last one short; multiples of k, whose zeros end a chunk."""
    import gmpy2

    point = Orbit(9, ((Fraction(1, 5), 2), (Fraction(3, 35), 7)), ((Fraction(1), 8),), True)
    wanted = [1, 2, 9, 3, 4, 18]
    with gmpy2.context(gmpy2.get_context(), precision=80):
        line = Line(gmpy2.mpfr("0.25"), -16, 12, 40)
        together = Moments(point, gmpy2.mpfr(1), line, wanted)
        whole = together.departures(together.tables)
        monkeypatch.setattr(turns, "CHUNK", 3)
        turns._apart.cache_clear()
        assert together.departures(together.tables) == whole
        assert together.farthest(together.tables) == max(whole)
        turns._apart.cache_clear()
        assert max(abs(whole[2]), abs(whole[5])) < gmpy2.exp2(-70)
        assert min(whole[0], whole[1], whole[3], whole[4]) > gmpy2.mpfr("0.01")


def test_the_unit_is_small_enough_for_many_components() -> None:
    """Quotients that a unit of 2^-62 would round to either side, of opposite sums of 1000 roots."""
    import gmpy2

    k, runs, _ = RUNS[1]
    point = Orbit(k, tuple(runs), ((Fraction(1), k - 1),), True)
    with gmpy2.context(gmpy2.get_context(), precision=60):
        line = Line(gmpy2.mpfr("0.25"), -1, 0, 1)
        unit = gmpy2.exp2(-62)
        ratios = [np.array([(n + gmpy2.mpfr(part) / 64) * unit] * 2, object)
                  for n, part in ((2**52, 31), (2**42, 33))]  # fmt: skip
        (square,) = turns.squares(point, ratios, [1], 2 * line.step)
    with gmpy2.context(gmpy2.get_context(), precision=400):
        sums = [turned for (turned,) in turns.sums(k, point.weights, [1])]
        turned = sum(q * b.real for q, b in zip(ratios, sums, strict=True)) ** 2
        turned += sum(q * b.imag for q, b in zip(ratios, sums, strict=True)) ** 2
    assert max(abs(square - turned)) < gmpy2.exp2(-60)


def test_large_theta_and_many_components() -> None:
    for k, radius, digits in ((5, 9, 8), (10**9, 3, 8), (10**12, 1, 12)):
        mixture, energies = Mixture.simplex(k, "one-heavy:1/2"), Energies.regular_simplex(k, radius)
        point = Orbit(k, mixture.weights.runs, energies.runs, True)  # type: ignore[arg-type]
        found = laplace.enclose(point, [1], digits, Purse(PLENTY), False)
        truth = known(mixture, energies, digits + 4)
        held({str(name): ends for name, ends in found.items()}, truth, digits)


@pytest.mark.parametrize("change", ["inner", "step", "first", "last"])
def test_what_a_coarse_grid_leaves_out_is_in_the_error(change: str) -> None:
    """The centre is off by far more than rounding, and the enclosure holds the truth still."""
    mixture, energies = Mixture.simplex(4, "2/5,3/10,1/5,1/10"), Energies.regular_simplex(4, 1)
    point = Orbit(4, mixture.weights.runs, energies.runs, True)  # type: ignore[arg-type]
    given, precision = laplace._grid(point, 4 / 3, 25.0, True)
    if change == "step":
        given["step"] *= 2
        given |= {n: given[n] // 2 for n in ("inner", "first", "last")}
    else:
        given[change] = given[change] * 6 // 10
    found, _ = laplace._enclose(point, [1, 2], given, precision, True)
    truth = known(mixture, energies, 15)
    off = Fraction(0)
    for name, (low, high) in found.items():
        assert low <= truth[str(name)].lower <= truth[str(name)].upper <= high
        off = max(off, abs((low + high) / 2 - truth[str(name)].value) / (high - low))
    assert off > Fraction(1, 10**4)


@pytest.mark.parametrize("change", ["steps", "radius"])
def test_what_a_coarse_lattice_leaves_out_is_in_the_error(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixture, energies = Mixture.simplex(3, "2/5,2/5,1/5"), Energies.regular_simplex(3, 1)
    point = Orbit(3, mixture.weights.runs, energies.runs, True)  # type: ignore[arg-type]

    def coarse(
        axes: list[Any], size: Fraction, digits: int, log: bool, hessian: bool
    ) -> tuple[dict[str, Any], dict[str, Fraction]]:
        grid = fine(axes, size, digits, log, hessian)[0]
        if change == "steps":
            grid["steps"] = [h * 2 for h in grid["steps"]]
        else:
            grid["radius"] = grid["radius"] * 6 / 10
        columns = [list(axis.means) for axis in axes]
        _, on_log, on_factor = bounds.lattice_of(columns, size, grid)
        _, on_entry = bounds.lattice_second(columns, grid)
        named = {"log": on_log, "factor": on_factor, "hessian": on_entry}
        return grid, {name: sum(lines.values(), Fraction(0)) for name, lines in named.items()}

    fine = lattice._grid
    monkeypatch.setattr(lattice, "_grid", coarse)
    sums = lattice.enclose(point, 12, Purse(PLENTY))
    truth = known(mixture, energies, 15)
    assert sums.log is not None
    own = {"log_partition": sums.log, "g1": sums.factors[0]}
    own |= {str(name): ends for name, ends in sums.entries.items()}
    off = Fraction(0)
    for name, (low, high) in own.items():
        assert low <= truth[name].lower <= truth[name].upper <= high
        off = max(off, abs((low + high) / 2 - truth[name].value) / (high - low))
    assert off > Fraction(1, 10**6)


def test_intervals_enclose() -> None:
    a, b = checker.Ends(Fraction(-1), Fraction(2)), checker.Ends(Fraction(3), Fraction(4))
    assert -a == checker.Ends(Fraction(-2), Fraction(1))
    assert a - b == checker.Ends(Fraction(-5), Fraction(-1))
    assert a * b == checker.Ends(Fraction(-4), Fraction(8))
    assert a / b == checker.Ends(Fraction(-1, 3), Fraction(2, 3))
    third = checker.Ends.of(Fraction(1, 3)).rounded(4)
    assert third.low < Fraction(1, 3) < third.high
    with pytest.raises(TooCostly):
        b / a
