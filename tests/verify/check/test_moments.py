"""Comparisons of formulas: the checker's moments, what it refuses, and the way from the gallery."""

import copy
import json
import math
import operator
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import mpmath
import pytest
from made import certificate, resealed

import overspec as ov
from overspec import cli
from overspec.results.schema import schema
from overspec.verify.check.decide import shown
from overspec.verify.check.format import Rejected, Statement
from overspec.verify.check.moments import enclose as quadrature
from overspec.verify.check.moments import proof
from overspec.verify.check.moments.enclose import enclose
from overspec.verify.check.moments.rounded import Rounded, Span
from overspec.verify.check.moments.tree import Moment, Power, Reader, exactly, words
from overspec.verify.check.value import Purse
from overspec.verify.check.verdict import confirm

Certificate = dict[str, Any]
MIXED = [["2/3", "1/2"], ["1/3", "-2"]]


@pytest.mark.parametrize(
    "tree",
    [
        ["E", 2, 2, 1, "3", "1/4", MIXED],
        ["E", 4, 0, 3, "1/3", "-1", MIXED],
        ["E", 0, 8, 0, "9", "0", [["1", "0"]]],
        ["E", 3, 0, 0, "0", "0", MIXED],
        ["E", 1, 0, 1, ["E", 1, 0, 1, "1/2", ["atanh", "1/2"], MIXED], "0", MIXED],
    ],
)
def test_moments_against_another_quadrature(tree: list[Any]) -> None:
    with mpmath.workdps(25):
        value = by_mpmath(tree)
        for digits in (4, 12, 17):
            low, high = enclose(Reader().read(tree), digits, Purse(10**9))
            assert high - low < Fraction(1, 10**digits)
            assert mpmath.mpf(low.numerator) / low.denominator <= value
            assert value <= mpmath.mpf(high.numerator) / high.denominator


def by_mpmath(tree: Any) -> Any:
    if isinstance(tree, str):
        return mpmath.mpf(Fraction(tree).numerator) / Fraction(tree).denominator
    if tree[0] == "atanh":
        return mpmath.atanh(by_mpmath(tree[1]))
    _, p, m, n, slope, shift, law = tree
    s, b = by_mpmath(slope), by_mpmath(shift)

    def f(x: Any) -> Any:
        y = s * x + b
        density = sum(by_mpmath(w) * mpmath.npdf(x, by_mpmath(mean), 1) for w, mean in law)
        return x**p * mpmath.sech(y) ** m * mpmath.tanh(y) ** n * density

    return mpmath.quad(f, [-14, -5, -2, 0, 2, 5, 12])


@pytest.mark.parametrize(
    ("operation", "function"),
    [("exp", "exp"), ("log", "log"), ("root", "sqrt"), ("atanh", "atanh"), ("erf", "erf"),
     ("tanh", "tanh"), ("sech", "sech")],
)  # fmt: skip
def test_every_end_is_rounded_outward(operation: str, function: str) -> None:
    at = Rounded(24)
    with mpmath.workdps(40):
        for n in range(1, 20):
            span = at.of(Fraction(n, 21))
            low, high = at.ends(getattr(at, operation)(span))
            a, b = (mpmath.mpf(end.numerator) / end.denominator for end in at.ends(span))
            values = sorted(getattr(mpmath, function)(x) for x in (a, b))
            assert mpmath.mpf(low.numerator) / low.denominator < values[0]
            assert values[1] < mpmath.mpf(high.numerator) / high.denominator


@pytest.mark.parametrize("seed", range(20))
def test_arithmetic_is_rounded_outward(seed: int) -> None:
    """The exact results of the ends, in twelve bits: rounded, and by less than 2^-10 of them."""
    rng, at = random.Random(seed), Rounded(12)
    ends = [sorted(Fraction(rng.randint(-999, 999), 7 * n) for _ in "ab") for n in (1, 3)]
    spans = [Span(at.of(low).low, at.of(high).high) for low, high in ends]
    (a, b), (c, d) = map(at.ends, spans)
    assert a <= ends[0][0] <= ends[0][1] <= b
    operations = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}
    if not c <= 0 <= d:
        operations["div"] = operator.truediv
    cases = [
        ([exact(x, y) for x in (a, b) for y in (c, d)], getattr(at, name)(*spans))
        for name, exact in operations.items()
    ]
    for n in (2, 3):
        values = [x**n for x in (a, b)] + [Fraction(0)] * (n == 2 and a < 0 < b)
        cases.append((values, at.power(spans[0], n)))
    sizes = [abs(x) for x in (a, b)] + [Fraction(0)] * (a < 0 < b)
    for values, found in (*cases, (sizes, at.size(spans[0]))):
        low, high = at.ends(found)
        assert low <= min(values) <= low + abs(low) / 2**10
        assert high - abs(high) / 2**10 <= max(values) <= high


def test_pi_and_rational_numbers_lie_between() -> None:
    at = Rounded(12)
    low, high = at.ends(at.pi())
    assert (
        low
        < Fraction(314159265, 10**8)
        < Fraction(314159266, 10**8)
        < high
        < low + Fraction(1, 512)
    )
    low, high = at.ends(at.of(Fraction(1, 3)))
    assert low < Fraction(1, 3) < high < low + Fraction(1, 4096)


def test_the_strip_is_as_wide_as_the_slope_admits() -> None:
    assert quadrature._strip(Fraction(0)) == quadrature._strip(Fraction(1, 5)) == 5
    for steepest in (Fraction(201, 1000), Fraction(3), Fraction(10**6, 7)):
        assert 1 - Fraction(1, 10**6) < steepest * quadrature._strip(steepest) <= 1


NODE = Moment(3, 2, 1, Fraction(1, 2), Fraction(0), ((Fraction(1), Fraction(2)),))


def test_the_sum_has_all_nodes_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what lies beyond begins at the next one."""
    seen: list[Fraction] = []
    density = quadrature._density

    def looked(x: Span, at: Rounded) -> Span:
        seen.append(at.ends(x)[0])
        return density(x, at)

    monkeypatch.setattr(quadrature, "_density", looked)
    enclose(NODE, 4, Purse(10**9))
    step = min(abs(x) for x in seen if x)
    last = round(-min(seen) / step)
    assert last > 5
    assert sorted(round(x / step) for x in seen) == list(range(-last, last + 3))


@pytest.mark.parametrize(("last", "y", "step"), [(2, 1.5, 0.5), (9, 1.5, 0.5), (5, 0.5, 1.0)])
def test_what_a_sum_of_a_moment_misses(last: int, y: float, step: float) -> None:
    """``2M/(e^{2πy/h} − 1)`` and the geometric series, in doubles."""
    far, at = 2.0, Rounded(80)
    found = quadrature._missed(
        NODE, Fraction(y), Fraction(step), last, Fraction(far), at
    )  # fmt: skip
    large = 1.9**2 * 1.6 * math.exp(y * y / 2) * (8 * (3 + (far + y) ** 4)) ** (3 / 4)
    between = 2 * large / math.expm1(2 * math.pi * y / step)
    one, two = ((far + e) ** 3 * math.exp(-e * e / 2) / math.sqrt(2 * math.pi)
                for e in ((last + 1) * step, (last + 2) * step))  # fmt: skip
    expected = between + 2 * step * one / (1 - two / one)
    low, high = at.ends(found)
    assert low < high
    assert float(low) == pytest.approx(expected, rel=1e-12)


def test_what_is_missed_is_in_both_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    before = enclose(NODE, 8, Purse(10**9))
    missed = quadrature._missed
    more = Fraction(1, 8)
    monkeypatch.setattr(
        quadrature,
        "_missed",
        lambda *args: args[-1].add(missed(*args), Span(0, args[-1].of(more).high)),
    )
    after = enclose(NODE, 8, Purse(10**9))
    assert after[0] == pytest.approx(before[0] - more, abs=1e-12)
    assert after[1] == pytest.approx(before[1] + more, abs=1e-12)


def side(low: str, high: str) -> Statement:
    ends = Fraction(low), Fraction(high)
    return Statement("left 1", *ends, sum(ends) / 2, {}, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("small", "large", "kind"),
    [
        (("1", "2"), ("2", "3"), "holds"),
        (("1", "2"), ("2.5", "3"), "loose"),
        (("1", "2"), ("2.0019", "3"), "holds"),
        (("1", "2"), ("2.0021", "3"), "loose"),
        (("1", "1.0001"), ("1.0002", "1.001"), "sharp"),
        (("1", "1.0001"), ("1.0002", "1.0011"), "holds"),
        (("-1", "2"), ("3", "4"), "holds"),
        (("0", "2"), ("3", "4"), "holds"),
        (("3", "4"), ("1", "2.9"), "refuted"),
        (("3", "4"), ("1", "3.1"), None),
        (("1", "2.1"), ("2", "3"), None),
    ],
)
def test_what_follows_from_two_intervals(
    small: tuple[str, str], large: tuple[str, str], kind: str | None
) -> None:
    for relation, pair in (
        ("<=", (side(*small), side(*large))),
        (">=", (side(*large), side(*small))),
    ):
        if kind is None:
            with pytest.raises(Rejected, match="overlap"):
                proof._kind(*pair, relation)
            continue
        assert proof._kind(*pair, relation) == kind
        if kind == "loose":
            low, high = (Fraction(large[n]) / Fraction(small[1 - n]) for n in (0, 1))
            assert proof._factor(*pair, relation, kind) == f" by a factor in {shown(low, high)}"


def test_weights_that_are_formulas_are_computed_exactly() -> None:
    for tree, value in {
        "/": Fraction(2, 9), "*": Fraction(2), "+": Fraction(11, 3), "-": Fraction(-7, 3)
    }.items():  # fmt: skip
        assert exactly(Reader().read([tree, "2/3", "3"])) == value
    assert exactly(Power(Fraction(2, 3), 2)) == Fraction(4, 9)
    assert exactly(Fraction(2, 3)) == Fraction(2, 3)


def change(*path: Any, value: Any) -> Callable[[Certificate], None]:
    def changed(c: Certificate) -> None:
        place: Any = c
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return changed


LEFT = ("inputs", "comparisons", 0, "left")


@pytest.mark.parametrize(
    ("forge", "status"),
    [
        (change("parameters", "verdicts", 0, value="sharp"), "false"),
        (change("parameters", "verdicts", 1, value="holds"), "false"),
        (change("inputs", "comparisons", 1, "relation", value="<="), "false"),
        (change(*LEFT, value=["E", 0, 2, 0, "4/5", "0", [["1/2", "0"], ["1/3", "0"]]]), "false"),
        (change(*LEFT, value=["E", 5, 0, 0, "1", "0", [["1", "0"]]]), "false"),
        (change(*LEFT, value=["open", "1"]), "false"),
        (change(*LEFT, value=["+", "1"]), "false"),
        (change(*LEFT, value="sqrt(2)"), "false"),
        (change(*LEFT, value="1/0"), "false"),
        (change(*LEFT, value=7), "false"),
        (change(*LEFT, value=["/", "1", "0"]), "not decided"),
        (change(*LEFT, value=["sqrt", "-1"]), "not decided"),
        (change(*LEFT, value=["log", "0"]), "not decided"),
        (change(*LEFT, value=["atanh", "1"]), "not decided"),
        (change(*LEFT, value=["exp", ["exp", "99"]]), "not decided"),
        (change(*LEFT, value=["E", 0, 2, 0, "9" * 40, "0", [["1", "0"]]]), "not decided"),
        (change(*LEFT, value=["E", 0, 2, 0, "1", "0", [[["exp", "0"], "0"]]]), "not decided"),
        (change("inputs", "programs", value=-1), "false"),
        (change("inputs", "comparisons", value=[]), "false"),
        (change("engine", value="lattice"), "false"),
    ],
)
def test_a_forged_comparison_is_not_proved(
    forge: Callable[[Certificate], None], status: str
) -> None:
    forged = copy.deepcopy(certificate("comparison"))
    forge(forged)
    assert confirm(resealed(forged)).status == status


def test_a_law_has_mass_one() -> None:
    for law in ([["1/2", "0"], ["1/3", "0"]], [["3/2", "0"], ["-1/2", "0"]], [["0", "0"]]):
        with pytest.raises(Rejected, match="positive and sum to 1"):
            Reader().read(["E", 0, 2, 0, "1", "0", law])


def test_a_formula_too_deep_is_not_decided() -> None:
    deep: Any = "1/3"
    for _ in range(150):
        deep = ["exp", ["-", "0", deep]]
    forged = copy.deepcopy(certificate("comparison"))
    forged["inputs"]["comparisons"][0]["left"] = deep
    assert confirm(resealed(forged)).status == "not decided"


def test_what_is_proved_is_said_from_the_formula() -> None:
    verdict = confirm(certificate("comparison"))
    assert verdict.status == "proved again"
    assert "E[sech(1 x + 0)^2; x ~ N(0, 1)], in [0.6057055096021588" in verdict.statement[6]
    assert verdict.statement[7:9] == ("<= (303/500)", "this is sharp")
    assert "this is refuted" in verdict.statement
    assert words(Reader().read(["^", ["pi"], 3])) == "pi^3"


@pytest.mark.parametrize(
    ("paper", "options", "code", "left_out"),
    [
        pytest.param("1609.00368", ["--theta", "2/5"], 0, "proved", marks=pytest.mark.slow),
        ("weinberger_2022", [], 3, "1 more statements of the paper rest on programs"),
    ],
)
def test_from_the_gallery_to_the_checker(
    paper: str,
    options: list[str],
    code: int,
    left_out: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ten steps at 0.4 fail, proved twice; a paper of which only a part has formulas."""
    file = tmp_path / f"{paper}.json"
    assert cli.main(["gallery", paper, *options, "--certificate", str(file)]) == 0
    made = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema("certificate")).validate(made)
    capsys.readouterr()
    assert cli.main(["check", str(file)]) == code
    found = " ".join(capsys.readouterr().out.split())
    assert "this is refuted" in found
    assert left_out in found


def test_nothing_to_state_is_said(tmp_path: Path) -> None:
    file = tmp_path / "none.json"
    with pytest.raises(ov.InputError, match="no statement compares two formulas"):
        ov.save_certificate(ov.gallery.mallik_2026(), file)
    assert not file.exists()
    with pytest.raises(ov.InputError, match="relation '<'"):
        ov.gallery.compare(ov.gallery.formula.number(1), "<", 2, "", "")
    with pytest.raises(ov.InputError, match="degree = 5"):
        ov.gallery.formula.moment(1, 0, degree=5)
    with pytest.raises(ov.InputError):
        ov.gallery.formula.number(0.5)
    with pytest.raises(ov.InputError, match="power 9"):
        ov.gallery.formula.number(2) ** 9
