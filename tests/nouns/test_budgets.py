"""Inputs that would take minutes or all memory are refused at once, in a sentence, with exit 2.

Nothing is timed: a refusal comes before the work, so that the numbers that would be worked on are
never made. What is accepted at the limits is shown to be so.
"""

from fractions import Fraction

import pytest

from overspec import InputError, cli
from overspec.exact import MAX_BITS, MAX_ROOTS, exact, text_of
from overspec.weights import Weights


def nested(depth: int) -> str:
    text = "1/3"
    for n in range(depth):
        text = f"sqrt({text}+{n + 2})"
    return text


TOWER = "((((2**64)**64)**64)**64)**64"
NUMBERS = {
    "ten nested roots": (nested(10), "square roots"),
    "six roots side by side": (
        "+".join(f"sqrt({p})" for p in (2, 3, 5, 7, 11, 13)),
        "square roots",
    ),
    "a root divided by again and again": ("1" + "/sqrt(2)" * 200, "square roots"),
    "a power tower": (TOWER, "bits"),
    "a power tower of a decimal": ("(1e-900)**64", "bits"),
    "a product that grows": ("*".join(["1e900"] * 9), "bits"),
    "powers of sums of roots": ("(1+sqrt(2)+sqrt(3)+sqrt(5)+sqrt(7)+sqrt(11))**64", "terms"),
    "1e-5000": ("1e-5000", "exponents"),
    "1e999999999": ("1e999999999", "exponents"),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_beyond_the_limits_is_refused(name: str) -> None:
    text, word = NUMBERS[name]
    with pytest.raises(InputError, match=word):
        exact(text)


def test_numbers_at_the_limits_are_read_and_written() -> None:
    small = exact("1e-1000")
    assert isinstance(small, Fraction)
    assert len(text_of(small * small)) == 2003  # squares can be written too
    assert exact("2**64*2**64") == 2**128
    assert (
        text_of(exact("+".join(f"sqrt({p})" for p in (2, 3, 5, 7, 11)))).count("sqrt") == MAX_ROOTS
    )
    assert exact(text_of(exact(nested(3)))) == exact(nested(3))
    with pytest.raises(InputError, match=f"{MAX_BITS} are read"):
        exact(2 ** (MAX_BITS + 1))


FAMILIES = [
    ("geometric:1e300", 2000),
    ("geometric:sqrt(2)+0.31e5000", 3),
    ("geometric:sqrt(2)-1/3", 2000),
    (f"geometric:{nested(10)}", 3),
    (f"one-heavy:{nested(10)}", 3),
    (f"one-heavy:1/{TOWER}", 3),
    ("linear", 10**6),
    ("random:1", 10**6),
]


@pytest.mark.parametrize(("weights", "k"), FAMILIES)
def test_a_family_beyond_the_limits_is_refused(
    weights: str, k: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", "--k", str(k), "--weights", weights, "--radius", "1"]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "weights",
    [
        "1e-5000,1-1e-5000",
        f"{TOWER},1/2",
        f"{nested(10)}/9,1-{nested(10)}/9",
        ",".join(f"sqrt({p})/100" for p in (2, 3, 5, 7, 11, 13)),
    ],
)
def test_listed_weights_beyond_the_limits_are_refused(
    weights: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", "--weights", weights, "--radius", "1"]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("radius", ["1e-5000", TOWER, nested(10)])
def test_a_radius_beyond_the_limits_is_refused(radius: str) -> None:
    assert cli.main(["evaluate", "--weights", "1/2,3/10,1/5", "--radius", radius]) == 2


@pytest.mark.parametrize("large", ["1e999,1/2", "1e999,1e999"])
def test_a_sum_beyond_doubles_is_named(large: str) -> None:
    with pytest.raises(InputError, match=r"sum to [12](\.0+5?)?e\+999 \(not exactly 1\)"):
        Weights.of(large)


@pytest.mark.slow
def test_weights_without_a_common_denominator_are_refused() -> None:
    """The sum of 1/n over many n has a denominator of about as many bits as there are terms."""
    primes = [n for n in range(10**5, 2 * 10**6) if pow(2, n - 1, n) == 1][:60_000]
    with pytest.raises(InputError, match="common denominator"):
        Weights.of([Fraction(1, p) for p in primes])


def test_quotients_that_take_long_are_refused() -> None:
    """Eight of them, √2 … √9, took more than 25 s and 3 GB."""
    roots = ",".join(f"sqrt({n})" for n in range(2, 10))
    with pytest.raises(InputError, match="8 weights with 5 different square roots"):
        Weights.of(f"normalise:{roots}")
    assert Weights.of("normalise:1,sqrt(2),1").k == 3
