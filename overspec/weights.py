"""Mixture weights π, exact and run-length encoded, so that k = 10^12 costs what k = 10 does."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from itertools import groupby

from overspec.errors import InputError, InputTypeError, OutOfReach
from overspec.exact import (
    MAX_ROOTS,
    MAX_TEXT,
    MOST_SECONDS,
    Exact,
    afford,
    exact,
    sign,
    text_of,
    whole,
)

MAX_LISTED = 10**6  # components that may be listed one by one
NORMALISE = "normalise"  # the word before a list to be divided by its sum
MAX_DISTINCT = 10**5  # components of a family whose weights are all different
MAX_BITS = 14_000  # of one weight of a family: 4200 decimal digits
QUOTIENT = 1.2e-4  # seconds for a weight over a sum with r square roots, times 12^r
MAX_COMMON = 10**6  # bits of the common denominator of listed weights
MAX_IRRATIONAL = 40  # components times terms of an irrational ratio
RUN = re.compile(r"\s*(\S.*?)\s*[×x]\s*([1-9]\d{0,14})\s*")


@dataclass(frozen=True)
class Weights:
    """The weights ``π_0 … π_{k-1}``: exact, positive, summing to 1 (math.md section 1).

    Stored as runs ``((value, count), …)`` in the order of the components; the order matters
    for k ≥ 4 (math.md T5). Use `Weights.of` rather than the constructor.

    Raises:
        InputError: fewer than two weights, a weight that is not exact or not positive, or
            weights that do not sum to 1 (decided exactly).

    >>> w = Weights.of("2/5,3/10,1/10,1/5")
    >>> w.k, w[0], list(w)[-1]
    (4, Fraction(2, 5), Fraction(1, 5))
    >>> Weights.of("one-heavy:1/2", k=10**12).runs
    ((Fraction(1, 2), 1), (Fraction(1, 1999999999998), 999999999999))
    """

    runs: tuple[tuple[Exact, int], ...]

    def __post_init__(self) -> None:
        if self.k < 2:
            raise InputError(f"k = {self.k}: a mixture needs at least two weights")
        for value, _ in self.runs:
            if sign(value) <= 0:
                raise InputError(
                    f"weight {text_of(value)} is not positive; every weight must be > 0 "
                    "(drop the component instead of giving it weight 0)"
                )
        total = _total(self.runs)
        if sign(total - 1) != 0:
            raise InputError(
                f"the weights sum to {_reduced(total)}, not to 1; '{NORMALISE}:' before a list "
                "divides it by its sum, exactly",
                normalise=True,
            )

    @classmethod
    def of(cls, weights: object, k: int | None = None) -> Weights:
        """Weights from text, from a family name, or from a sequence of exact numbers.

        Args:
            weights: ``"1/2,0.3,0.2"``, with runs as in ``"1/2,1/8×2,1/12×3"`` (× or x); a family:
                ``"uniform"``, ``"one-heavy:P"`` (P first, the rest equal), ``"geometric:Q"``
                (π_j ∝ Q^j), ``"linear"`` (π_j ∝ k − j), ``"random:SEED"`` (independent, uniform on
                (0, 1] before they are divided by their sum); ``"normalise:1,2,3"``, divided by
                their sum (`normalised`); or a sequence of numbers that `overspec.exact.exact`
                reads, as a list, a tuple or a NumPy array.
            k: the number of components; required for a family, checked otherwise.

        >>> Weights.of("1/2,1/8x2,1/12x3").k
        6
        >>> list(Weights.of("linear", k=4))
        [Fraction(2, 5), Fraction(3, 10), Fraction(1, 5), Fraction(1, 10)]
        >>> [round(float(weight), 4) for weight in Weights.of("random:1", k=4)]
        [0.2917, 0.0041, 0.5017, 0.2024]
        """
        if k is not None:
            k = check_k(k)
        if isinstance(weights, Weights):
            return _sized(weights, k)
        if isinstance(weights, str):
            name, _, parameter = weights.strip().partition(":")
            if name in FAMILIES:
                return _family(name, parameter, k)
            if name == NORMALISE:
                return _sized(cls.normalised(_split(parameter)), k)
            items: Sequence[object] = _split(weights)
        elif listed := getattr(weights, "tolist", None):  # a NumPy array of text or exact numbers
            items = _one_dimensional(listed(), weights)
        elif isinstance(weights, Sequence):
            items = weights
        else:
            raise InputTypeError(f"weights {weights!r}: give a comma list, a family or a sequence")
        return _sized(cls(_runs(items)), k)

    @classmethod
    def normalised(cls, values: Sequence[object]) -> Weights:
        """Positive exact numbers divided by their sum, exactly.

        >>> str(Weights.normalised(["0.33", "0.33", "0.33"]))
        '1/3,1/3,1/3'
        >>> str(Weights.of("normalise:2,1x2"))
        '1/2,1/4,1/4'
        """
        runs = _runs(values)
        roots = len(_roots([value for value, _ in runs if not isinstance(value, Fraction)]))
        if roots and len(runs) * QUOTIENT * 12**roots > MOST_SECONDS:
            raise OutOfReach(
                f"{len(runs)} weights with {roots} different square roots: dividing them by their "
                f"sum would take more than {MOST_SECONDS:.0f} s; write the quotients"
            )
        total: Exact = Fraction(0)
        for value, count in runs:
            total = total + value * count
        if sign(total) <= 0:
            raise InputError(f"the weights sum to {_reduced(total)}; give positive ones")
        return cls(tuple((value / total, count) for value, count in runs))

    @property
    def k(self) -> int:
        """The number of components."""
        return sum(count for _, count in self.runs)

    def __iter__(self) -> Iterator[Exact]:
        if self.k > MAX_LISTED:
            raise InputError(f"k = {self.k} weights are too many to list; use .runs")
        for value, count in self.runs:
            for _ in range(count):
                yield value

    def __getitem__(self, j: int) -> Exact:
        position = range(self.k)[j]
        for value, count in self.runs:
            if position < count:
                return value
            position -= count
        raise AssertionError("unreachable: position < k")

    @property
    def counts(self) -> dict[Exact, int]:
        """How many components have each value, wherever they stand; in order of appearance.

        >>> Weights.of("1/4,1/2,1/4").counts
        {Fraction(1, 4): 2, Fraction(1, 2): 1}
        """
        found: dict[Exact, int] = {}
        for value, count in self.runs:
            found[value] = found.get(value, 0) + count
        return found

    @property
    def alike(self) -> bool:
        """Whether all weights but at most one are equal, wherever the one stands.

        Then every permutation that fixes one component keeps the law of the responsibilities on a
        regular-simplex orbit: all g_m are equal, and the Hessian has at most three distinct
        eigenvalues.

        >>> Weights.of("1/4,1/2,1/4").alike, Weights.of("2/5,2/5,1/10,1/10").alike
        (True, False)
        """
        if len({value for value, _ in self.runs[:4]}) > 2:  # without a look at all of them
            return False
        counts = self.counts
        return len(counts) == 1 or (len(counts) == 2 and 1 in counts.values())

    @property
    def is_rational(self) -> bool:
        """Whether every weight is rational."""
        return all(isinstance(value, Fraction) for value, _ in self.runs)

    def __str__(self) -> str:
        if len(self.runs) <= 8 and self.k > 12:
            return ",".join(f"{text_of(v)}×{c}" if c > 1 else text_of(v) for v, c in self.runs)
        return ",".join(text_of(value) for value in self)


def _total(runs: Sequence[tuple[Exact, int]]) -> Exact:
    """The sum, over one denominator, which is found first: it may be too long to go on with."""
    rational = [(value, n) for value, n in runs if isinstance(value, Fraction)]
    common = 1
    for denominator in {value.denominator for value, _ in rational}:
        common = math.lcm(common, denominator)
        if common.bit_length() > MAX_COMMON:
            raise InputError(
                f"the weights have no common denominator of at most {MAX_COMMON} bits; "
                "write them over one denominator"
            )
    whole = sum(value.numerator * (common // value.denominator) * n for value, n in rational)
    total: Exact = Fraction(whole, common)
    irrational = [(value, n) for value, n in runs if not isinstance(value, Fraction)]
    if irrational:
        roots = _roots([value for value, _ in irrational])
        if len(roots) > MAX_ROOTS:
            raise InputError(
                f"{len(roots)} different square roots among the weights; at most {MAX_ROOTS} are"
                " read"
            )
        for value, count in irrational:
            total = total + value * count
    return total


def _roots(irrational: Sequence[Exact]) -> set[object]:
    """The different square roots in these numbers."""
    if not irrational:
        return set()
    import sympy

    powers = (a for value in irrational for a in value.atoms(sympy.Pow))  # type: ignore[union-attr]
    return {a for a in powers if not a.exp.is_Integer}


def check_k(k: object) -> int:
    """k as an `int`; raises `InputError` unless it is an integer ≥ 2."""
    count = whole(k, "k", "use k >= 2")
    if count < 2:
        raise InputError(f"k = {count}: a mixture needs at least two components; use k >= 2")
    return count


def _one_dimensional(items: object, weights: object) -> Sequence[object]:
    if not isinstance(items, list) or any(isinstance(item, list) for item in items):
        raise InputTypeError(f"weights {weights!r}: an array of weights has one dimension")
    return items


def _split(text: str) -> list[str]:
    """The items of a comma list; what else may separate them is said to be wrong."""
    _listable(text.count(",") + 1)
    parts = text.split()
    mark = next((name for sign, name in MARKS.items() if sign in text.strip()), None)
    if "," not in text and len(parts) > 1 and all(re.fullmatch(r"[\d./]+", p) for p in parts):
        mark = "spaces"
    if mark is not None:
        raise InputError(
            f"weights {text[:40]!r} with {mark}: separate them by commas, and write decimals with "
            "a point, as in 0.5,0.3,0.2"
        )
    return text.split(",")


MARKS = {";": "semicolons", "|": "bars", "[": "brackets", "\t": "tabs"}


def _runs(items: Sequence[object]) -> tuple[tuple[Exact, int], ...]:
    _listable(len(items))
    afford(items, "weights")
    return _merge(tuple(_run(item, j) for j, item in enumerate(items)))


def _listable(count: int) -> None:
    if count > MAX_LISTED:
        raise InputError(f"{count} weights; at most {MAX_LISTED} are listed one by one")


def _run(item: object, j: int) -> tuple[Exact, int]:
    """A number, or ``value×count`` for a run of equal weights."""
    is_run = isinstance(item, str) and len(item) <= MAX_TEXT and ("×" in item or "x" in item)
    found = RUN.fullmatch(str(item)) if is_run else None
    if found is None:
        return exact(item, f"weight {j}"), 1
    return exact(found[1], f"weight {j}"), int(found[2])


def _encode(values: Sequence[Exact]) -> tuple[tuple[Exact, int], ...]:
    return tuple((value, len(list(run))) for value, run in groupby(values))


def _sized(weights: Weights, k: int | None) -> Weights:
    if k is not None and weights.k != k:
        raise InputError(f"{weights.k} weights for k = {k} components; give exactly {k}")
    return weights


def _reduced(total: Exact) -> str:
    if isinstance(total, Fraction):
        text = text_of(total)
        if len(text) <= 60:
            return text
        about = Decimal(total.numerator) / Decimal(total.denominator)  # beyond doubles, too
        return f"{about:.17g} (not exactly 1)"
    return f"{text_of(total)} ≈ {total.evalf(15)}"


def _parameter(name: str, text: str) -> Exact:
    if not text:
        raise InputError(f"family {name!r} needs a parameter, for example {name}:1/2")
    return exact(text, f"parameter of {name}")


def _uniform(k: int, text: str) -> tuple[tuple[Exact, int], ...]:
    if text:
        raise InputError("family 'uniform' takes no parameter")
    return ((Fraction(1, k), k),)


def _one_heavy(k: int, text: str) -> tuple[tuple[Exact, int], ...]:
    p = _parameter("one-heavy", text)
    if sign(p) <= 0 or sign(p - 1) >= 0:
        raise InputError(f"one-heavy:{text}: the heavy weight must lie strictly in (0, 1)")
    rest: Exact = (1 - p) / (k - 1)
    return _encode([p, rest]) if k == 2 else _merge(((p, 1), (rest, k - 1)))


def _merge(runs: tuple[tuple[Exact, int], ...]) -> tuple[tuple[Exact, int], ...]:
    merged: list[tuple[Exact, int]] = []
    for value, count in runs:
        if merged and merged[-1][0] == value:
            merged[-1] = (value, merged[-1][1] + count)
        else:
            merged.append((value, count))
    return tuple(merged)


def _geometric(k: int, text: str) -> tuple[tuple[Exact, int], ...]:
    q = _parameter("geometric", text)
    if sign(q) <= 0:
        raise InputError(f"geometric:{text}: the ratio must be > 0")
    if k > 2_000:
        raise InputError(f"geometric weights at k = {k}: exact powers are kept up to k = 2000")
    if not isinstance(q, Fraction):
        if k * len(q.as_ordered_terms()) > MAX_IRRATIONAL:
            raise InputError(f"geometric:{text} at k = {k}: too many powers of an irrational ratio")
    elif k * (max(q.numerator, q.denominator).bit_length() - 1) > MAX_BITS:
        raise InputError(f"geometric:{text} at k = {k}: weights of more than {MAX_BITS} bits")
    return _normalised([q**j for j in range(k)])


def _linear(k: int, text: str) -> tuple[tuple[Exact, int], ...]:
    if text:
        raise InputError("family 'linear' takes no parameter")
    if k > MAX_DISTINCT:
        raise InputError(f"linear weights at k = {k}: at most {MAX_DISTINCT} are listed")
    total = k * (k + 1)
    return tuple((Fraction(2 * (k - j), total), 1) for j in range(k))


def _random(k: int, text: str) -> tuple[tuple[Exact, int], ...]:
    if not text.isascii() or not text.isdecimal():
        raise InputError(f"random:{text}: the seed must be a whole number, for example random:1")
    if k > MAX_DISTINCT:
        raise InputError(f"random weights at k = {k}: at most {MAX_DISTINCT} are listed")
    # 32 bits of a hash for each: the same numbers on every machine and version of Python
    digests = (sha256(f"{text} {j}".encode()).digest() for j in range(k))
    numbers = [int.from_bytes(d[:4], "big") + 1 for d in digests]
    total = sum(numbers)
    return _encode([Fraction(number, total) for number in numbers])


def _normalised(values: Sequence[Exact]) -> tuple[tuple[Exact, int], ...]:
    total: Exact = sum(values[1:], start=values[0])
    return _encode([value / total for value in values])


#: The weight families of the command line: name → (k, parameter text) → runs.
FAMILIES: dict[str, Callable[[int, str], tuple[tuple[Exact, int], ...]]] = {
    "uniform": _uniform,
    "one-heavy": _one_heavy,
    "geometric": _geometric,
    "linear": _linear,
    "random": _random,
}


def _family(name: str, parameter: str, k: int | None) -> Weights:
    if k is None:
        raise InputError(f"weights {name!r}: a family needs k")
    return Weights(FAMILIES[name](k, parameter.strip()))
