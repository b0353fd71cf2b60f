"""Rigorous enclosures: they contain the truth, overlap, and fail without any of their bounds."""

import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

import flint
import pytest
from flint import arb
from sizes import slow_but

from overspec import Energies, InputError, Mixture
from overspec.decimals import Number
from overspec.verify.check import lattice as checker_lattice
from overspec.verify.check.laplace import sums as checker_laplace
from overspec.verify.check.value import Orbit, Purse
from overspec.verify.enclosures import laplace as enclosure_laplace
from overspec.verify.enclosures import lattice as enclosure_lattice
from overspec.verify.enclosures.ball import Inconclusive, to_ball
from overspec.verify.enclosures.evaluate import CertifiedEvaluation, certified_evaluation
from overspec.verify.engines import lattice_digits
from overspec.verify.engines.laplace import digits as laplace_digits

# math.md section 5; not computed by this project
REFERENCE = Fraction("0.39516094436343875531758576434283420666294862840443572420261")

K2 = Mixture.simplex(2, "7/10,3/10"), Energies.of_amplitudes(2, "1")
K3 = Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1")
HUGE = Mixture.simplex(10**6, "one-heavy:1/2"), Energies.regular_simplex(10**6, "1")


@pytest.fixture(autouse=True)
def untouched_ball_precision() -> Any:
    before = flint.ctx.prec
    yield
    assert flint.ctx.prec == before


def enclosed(result: CertifiedEvaluation, name: str) -> Number:
    found = result.quantities[name]
    assert isinstance(found, Number)
    return found


def exactly(value: Any) -> Fraction:
    """The exact value of an mpmath number."""
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


@pytest.mark.parametrize("engine", ["lattice", "laplace"])
@pytest.mark.parametrize("digits", [1, 6, 15, 30, 50])
def test_the_reference_value(engine: str, digits: int) -> None:
    result = certified_evaluation(*K3, digits, engine)
    assert REFERENCE in enclosed(result, "log_partition")
    assert Fraction(1, 2) - REFERENCE in enclosed(result, "kl")
    assert result.conclusive


# --- random cases


def random_case(rng: random.Random) -> tuple[Mixture, Energies]:
    """A mixture and a point with k ≤ 5 where both engines apply."""
    k = rng.randint(2, 5)
    parts = [Fraction(rng.randint(1, 10 ** rng.choice((1, 2, 4)))) for _ in range(k)]
    mixture = Mixture.simplex(k, [part / sum(parts) for part in parts])
    return mixture, Energies.regular_simplex(k, Fraction(rng.randint(5, 160), 80))


def truth(mixture: Mixture, energies: Energies, digits: int) -> dict[str, Fraction]:
    """Values to so many digits: mpmath numbers up to k = 3, the checker's quadrature beyond."""
    modes = range(1, mixture.k // 2 + 1)
    if mixture.k <= 3:
        moments = lattice_digits.moments(mixture, energies, digits, jacobian=False)
        found = {f"g{m}": exactly(moments.g[m]) for m in modes}
        return {"log_partition": exactly(moments.log_partition), **found}
    point = Orbit(mixture.k, mixture.weights.runs, energies.runs, True)  # type: ignore[arg-type]
    found = checker_laplace.enclose(point, list(modes), digits, Purse(10**12), False)
    return {str(name): (low + high) / 2 for name, (low, high) in found.items()}


def sixty_digits(mixture: Mixture, energies: Energies) -> dict[str, Fraction]:
    """mpmath numbers of the many-digit Laplace engine, whose error is an estimate."""
    moments = laplace_digits.moments(mixture, energies, 60, hessian=False)
    found = {f"g{m}": exactly(moments.g[m]) for m in range(1, mixture.k // 2 + 1)}
    return {"log_partition": exactly(moments.log_partition), **found}


def agree(seed: int, sharp: bool) -> None:
    rng = random.Random(seed)
    mixture, energies = random_case(rng)
    aim = rng.choice((3, 6, 10) if mixture.k > 3 else (4, 12, 25))
    if mixture.k == 5:
        aim = min(aim, 4)
    lattice, laplace = (
        certified_evaluation(mixture, energies, aim, e) for e in ("lattice", "laplace")
    )
    known = sixty_digits(mixture, energies) if sharp else truth(mixture, energies, 34)
    for name, value in known.items():
        one, other = enclosed(lattice, name), enclosed(laplace, name)
        assert one.overlaps(other), (mixture, energies, name)
        assert value in one, (mixture, energies, name)
        assert value in other, (mixture, energies, name)
        assert max(one.error, other.error) <= Fraction(1, 10**aim)


@pytest.mark.parametrize("seed", slow_but(range(24), quick=[0, 2, 4, 5]))
def test_engines_overlap_and_contain_the_truth(seed: int) -> None:
    agree(seed, sharp=False)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100))
def test_engines_overlap_and_contain_the_truth_at_60_digits(seed: int) -> None:
    """A hundred random cases, two minutes: 300 passed, and more would be five."""
    agree(seed, sharp=True)


@pytest.mark.parametrize(
    ("k", "amplitudes", "digits", "engine"),
    [
        pytest.param(4, "1,1/2", 9, "lattice", marks=pytest.mark.slow),
        (4, "0,3/2", 20, "lattice"),
        (4, "1,1/2", 5, "pairs"),
        (4, "0,3/2", 20, "pairs"),
        (4, "2,0", 12, "pairs"),
        pytest.param(5, "1,2/5", 2, "lattice", marks=pytest.mark.slow),
        (6, "0,0,2", 9, "lattice"),
    ],
)
def test_irregular_points_contain_the_checkers_value(
    k: int, amplitudes: str, digits: int, engine: str
) -> None:
    mixture, energies = Mixture.simplex(k, "linear"), Energies.of_amplitudes(k, amplitudes)
    if (k == 4) == (engine == "pairs"):
        assert certified_evaluation(mixture, energies, digits).engine == engine
    result = certified_evaluation(mixture, energies, digits, engine)
    point = Orbit(k, mixture.weights.runs, energies.runs, False)  # type: ignore[arg-type]
    own = checker_lattice.enclose(point, digits + 2, Purse(10**12), hessian=False)
    assert own.log is not None
    half = energies.norm_squared / 2
    assert isinstance(half, Fraction)
    values = {"log_partition": own.log, "kl": (half - own.log[1], half - own.log[0])}
    values |= {f"g{m}": ends for m, ends in enumerate(own.factors, start=1)}
    assert set(values) == set(result.quantities)
    for name, (low, high) in values.items():
        assert low in enclosed(result, name)
        assert high in enclosed(result, name)


# --- every line of the budget is needed


def perturbed(
    case: Any, engine: str, **changes: Any
) -> tuple[CertifiedEvaluation, CertifiedEvaluation]:
    """Enclosures with coarsened parameters, and sharp ones."""
    base = certified_evaluation(*case, 15, engine)
    assert base.grid is not None
    return certified_evaluation(
        *case, 15, engine, grid=replace(base.grid, **changes)
    ), certified_evaluation(*case, 30, engine)


def coarse(case: Any) -> dict[str, Any]:
    """A step of 3/5 on the same interval of τ."""
    grid = certified_evaluation(*case, 15, "laplace").grid
    assert isinstance(grid, enclosure_laplace.LogGrid)
    ratio = float(grid.step) / 0.6
    ends = {name: int(getattr(grid, name) * ratio) for name in ("first", "last", "inner")}
    return {"step": Fraction(3, 5), **ends}


NEEDED = [
    (K3, "lattice", {"steps": (Fraction(1), Fraction(1))}, {"aliasing"}),
    (K2, "lattice", {"steps": (Fraction(3, 2),)}, {"aliasing"}),
    (K3, "lattice", {"radius": Fraction(3)}, {"truncation"}),
    (K2, "lattice", {"radius": Fraction(3)}, {"truncation"}),
    (K3, "laplace", coarse, {"inner aliasing", "outer aliasing"}),
    (K3, "laplace", {"inner": 25}, {"inner truncation"}),
    (K3, "laplace", {"first": -60}, {"left tail"}),
    (K3, "laplace", {"last": 25}, {"right tail"}),
]


@pytest.mark.parametrize(("case", "engine", "changes", "dropped"), NEEDED)
@pytest.mark.parametrize("name", ["log_partition", "g1"])
def test_an_enclosure_fails_without_the_bound(
    case: Any, engine: str, changes: Any, dropped: set[str], name: str
) -> None:
    changes = changes(case) if callable(changes) else changes
    rough, sharp = (enclosed(result, name) for result in perturbed(case, engine, **changes))
    assert sharp.overlaps(rough)
    assert sharp.value in rough
    mutant = Number(rough.value, tuple(line for line in rough.budget if line[0] not in dropped))
    assert {name for name, _ in rough.budget} > dropped
    assert not mutant.overlaps(sharp)


@pytest.mark.parametrize(
    ("case", "changes", "halved", "name"),
    [
        (K3, {"inner": 25}, "inner truncation", "log_partition"),
        (K3, {"first": -60}, "left tail", "log_partition"),
        (K3, {"first": -60}, "left tail", "g1"),
        (K2, {"first": -60}, "left tail", "g1"),
        (HUGE, {"inner": 60}, "inner truncation", "g1"),
    ],
)
def test_sharp_bounds_cannot_be_halved(
    case: Any, changes: dict[str, Any], halved: str, name: str
) -> None:
    rough, sharp = (enclosed(result, name) for result in perturbed(case, "laplace", **changes))
    assert sharp.value in rough
    lines = tuple((error, bound / (2 if error == halved else 1)) for error, bound in rough.budget)
    assert not Number(rough.value, lines).overlaps(sharp)


def test_broken_hypotheses_give_no_enclosure() -> None:
    for engine, changes in [
        ("lattice", {"heights": (Fraction(2), Fraction(2))}),  # beyond the tube
        ("lattice", {"steps": (Fraction(7), Fraction(1))}),
        ("lattice", {"radius": Fraction(1)}),
        ("laplace", {"angle_outer": Fraction(8, 5)}),
        ("laplace", {"angle_inner": (Fraction(8, 5), Fraction(1))}),
        ("laplace", {"power": Fraction(0)}),
    ]:
        rough, _ = perturbed(K3, engine, **changes)
        assert all(isinstance(q, Inconclusive) for q in rough.quantities.values()), changes
        assert not rough.conclusive


# --- balls


def test_a_ball_of_points_contains_each_of_them() -> None:
    weights = [to_ball(w) for w in K3[0].weights]  # type: ignore[arg-type]
    wide = enclosure_lattice.enclose(weights, [arb(1, 1e-6)], [1], 12)
    assert isinstance(wide.log_partition, Number)
    assert 1e-7 < wide.log_partition.error < 1e-4
    for amplitude in ("999999/1000000", "1", "1000001/1000000"):
        point = certified_evaluation(K3[0], Energies.of_amplitudes(3, amplitude), 12)
        for name, ball in (("log_partition", wide.log_partition), ("g1", wide.factors[1])):
            assert isinstance(ball, Number)
            assert enclosed(point, name).value in ball


def test_a_ball_too_wide_is_inconclusive() -> None:
    weights = [to_ball(w) for w in K3[0].weights]  # type: ignore[arg-type]
    grid = enclosure_lattice.plan(enclosure_lattice.orbit(3, [arb(1)]), 10)
    wide = enclosure_lattice.enclose(weights, [arb(1, 1e3)], [1], 10, grid)
    assert isinstance(wide.log_partition, Inconclusive)


def test_irrational_weights() -> None:
    mixture = Mixture.simplex(2, "sqrt(2)/2,1-sqrt(2)/2")
    results = [
        certified_evaluation(mixture, Energies.of_amplitudes(2, "1"), 20, e)
        for e in ("lattice", "laplace")
    ]
    assert enclosed(results[0], "g1").overlaps(enclosed(results[1], "g1"))


def test_at_the_optimum() -> None:
    result = certified_evaluation(
        Mixture.simplex(4, "2/5,3/10,1/10,1/5"), Energies.of_amplitudes(4, "0,0")
    )
    assert (enclosed(result, "kl").value, enclosed(result, "kl").error) == (0, 0)
    assert Fraction(1, 10) in enclosed(result, "g1")
    assert 0 in enclosed(result, "g2")


@pytest.mark.parametrize("k", [10, 10**6, 10**12])
def test_cost_does_not_depend_on_k(k: int) -> None:
    result = certified_evaluation(
        Mixture.simplex(k, "one-heavy:1/2"), Energies.regular_simplex(k, "1"), 12
    )
    assert result.conclusive
    assert enclosed(result, "g1").overlaps(enclosed(result, f"g{min(k // 2, 12)}"))


@pytest.mark.parametrize(
    ("k", "point", "engine", "words"),
    [
        (4, Energies.of_amplitudes(4, "1,1"), "laplace", "regular-simplex"),
        (7, Energies.regular_simplex(7, "1"), "lattice", "reaches k = 6"),
        (7, Energies.of_amplitudes(7, "1,0,0"), "auto", "reaches k = 6"),
        (4, Energies.of_amplitudes(4, "1,1"), "sampling", "certified are"),
        (3, Energies.of_amplitudes(3, "3000"), "lattice", "nodes"),
    ],
)
def test_what_cannot_be_done_is_said(k: int, point: Energies, engine: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        certified_evaluation(Mixture.simplex(k, "linear"), point, 15, engine)
