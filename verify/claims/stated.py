"""Claims that a user states about a mixture, in TOML; no Python is read from it.

    [mixture]
    k = 4
    weights = "2/5,3/10,1/5,1/10"     # as on the command line
    frequencies = { 1 = 1, 2 = 1 }    # optional; the simplex action when left out

    [[claim]]
    name = "fast"
    kind = "rate"                     # 1 − min|π̂_m|², exact
    equals = "24/25"

Kinds: ``invertible`` (equals = true or false), ``rate``, ``eigenvalue`` (|π̂_m|², takes
frequency), all exact; ``radius`` (γ; gap, of = jacobian|factor|convexity) and ``bound`` (quantity =
kl|g1|g2|…, at amplitudes or radius), measured. Relations: ``equals``, ``at_least``, ``at_most``;
``equals`` of a measured number needs ``tolerance``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from overspec.errors import InputError
from overspec.evidence import Evidence, Outcome
from overspec.exact import Exact, afford, exact, sign, text_of
from overspec.files import parse_toml
from overspec.mixture import Energies, Mixture
from overspec.proofs.identities.circulant import invertible, local_rate
from overspec.proofs.machinery.cyclotomic import dft_energy
from overspec.results.text import exact_decimal
from overspec.verify.engines.evaluate import evaluate
from overspec.verify.engines.spectrum import to_float
from overspec.verify.radius.search import gamma

LARGEST = 10**300  # measured numbers are doubles
SHORT_TEXT, LONG_TEXT = 12, 60  # characters of a fraction that say enough, and too much
RELATIONS = ("equals", "at_least", "at_most")
OPTIONS: dict[str, tuple[str, ...]] = {
    "invertible": (),
    "rate": (),
    "eigenvalue": ("frequency",),
    "radius": ("gap", "of"),
    "bound": ("quantity", "amplitudes", "radius"),
}


@dataclass(frozen=True)
class Verdict:
    """Holds, refuted or inconclusive, with the computed value beside the stated one."""

    outcome: Outcome
    evidence: Evidence
    margin: str
    words: str


@dataclass(frozen=True)
class Statement:
    """One stated claim."""

    name: str
    kind: str
    mixture: Mixture
    relation: str
    stated: Any
    tolerance: Exact
    options: Mapping[str, Any]

    def check(self) -> Verdict:
        """Compute the value and compare it with the stated one.

        Raises:
            InputError: options out of range; the message says what is right.
        """
        if self.kind == "invertible":
            found = invertible(self.mixture)
            outcome = Outcome.HOLDS if found == self.stated else Outcome.REFUTED
            said = f"computed {str(found).lower()}, stated {str(self.stated).lower()}"
            return Verdict(outcome, Evidence.PROVED, "exact", said)
        return _EXACT[self.kind](self) if self.kind in _EXACT else _measured(self)


def _exact_verdict(statement: Statement, value: Exact) -> Verdict:
    gap = sign(value - statement.stated)
    holds = {"equals": gap == 0, "at_least": gap >= 0, "at_most": gap <= 0}[statement.relation]
    words = f"computed {text_of(value)}, stated {_words(statement)}"
    return Verdict(Outcome.HOLDS if holds else Outcome.REFUTED, Evidence.PROVED, "exact", words)


def _rate(statement: Statement) -> Verdict:
    return _exact_verdict(statement, exact(local_rate(statement.mixture)))


def _eigenvalue(statement: Statement) -> Verdict:
    m = statement.options.get("frequency")
    if (
        isinstance(m, bool)
        or not isinstance(m, int)
        or not statement.mixture.action.multiplicity(m)
    ):
        listed = ", ".join(map(str, statement.mixture.action.frequencies))
        raise InputError(f"{statement.name}: frequency {m!r}; choose {listed}")
    return _exact_verdict(statement, exact(dft_energy(statement.mixture.weights, m)))


_EXACT: dict[str, Callable[[Statement], Verdict]] = {"rate": _rate, "eigenvalue": _eigenvalue}


def _measured(statement: Statement) -> Verdict:
    low, high = (_radius if statement.kind == "radius" else _bound)(statement)
    stated, slack = to_float(statement.stated), to_float(statement.tolerance)
    inside = {"at_least": low - stated, "at_most": stated - high,
              "equals": slack - max(high - stated, stated - low)}[statement.relation]  # fmt: skip
    outside = {"at_least": stated - high, "at_most": low - stated,
               "equals": max(low - stated, stated - high) - slack}[statement.relation]  # fmt: skip
    outcome = Outcome.INCONCLUSIVE
    if inside >= 0:
        outcome = Outcome.HOLDS
    elif outside > 0:
        outcome = Outcome.REFUTED
    digits = _telling(low, high, stated)
    computed = f"{low:.{digits}g} … {high:.{digits}g}"
    words = f"computed {computed} (an estimate), stated {_words(statement, digits)}"
    return Verdict(outcome, Evidence.MEASURED, f"{inside:.3g}", words)


def _telling(low: float, high: float, stated: float) -> int:
    """Digits at which both ends read unlike the stated number, 9 at least and 17 at most."""
    for digits in range(9, 17):
        if f"{stated:.{digits}g}" not in (f"{low:.{digits}g}", f"{high:.{digits}g}"):
            return digits
    return 17


def _radius(statement: Statement) -> tuple[float, float]:
    gap, kind = statement.options.get("gap", "1/2"), statement.options.get("of", "jacobian")
    found = gamma(statement.mixture, kind=kind, gap=gap)
    return found.lower, found.upper


def _bound(statement: Statement) -> tuple[float, float]:
    options, k = statement.options, statement.mixture.k
    if ("amplitudes" in options) == ("radius" in options):
        raise InputError(f"{statement.name}: give either amplitudes or radius")
    if "amplitudes" in options:
        point = Energies.of_amplitudes(k, options["amplitudes"])
    else:
        point = Energies.regular_simplex(k, options["radius"])
    value = evaluate(statement.mixture, point)
    numbers = {"kl": value.kl, **{f"g{m}": g for m, g in enumerate(value.g)}}
    name = options.get("quantity")
    if name not in numbers:
        raise InputError(f"{statement.name}: quantity {name!r}; choose {', '.join(numbers)}")
    number, error = float(numbers[name]), float(value.error)
    return number - error, number + error


def _words(statement: Statement, digits: int = 15) -> str:
    """What was stated; a long fraction as a decimal, too, with the tolerance where there is one."""
    relation, text = statement.relation.replace("_", " "), text_of(statement.stated)
    if len(text) > LONG_TEXT:
        text = f"{text[:LONG_TEXT]}... ≈ {exact_decimal(statement.stated, digits)}"
    elif len(text) > SHORT_TEXT:
        text += f" ≈ {exact_decimal(statement.stated, digits)}"
    within = f" to within {text_of(statement.tolerance)}" if sign(statement.tolerance) else ""
    return f"{relation} {text}{within}"


def parse(text: str) -> tuple[Statement, ...]:
    """The claims that a file states.

    Raises:
        InputError: not TOML, or outside the grammar; the message names the claim and the key.
        OutOfReach: beyond the budget of `overspec.files`, or numbers that take long to read.

    >>> mixture = '[mixture]\\nk = 2\\nweights = "4/5,1/5"\\n'
    >>> parse(mixture + '[[claim]]\\nkind = "rate"\\nequals = "16/25"')[0].check().words
    'computed 16/25, stated equals 16/25'
    """
    data = parse_toml(text, "the file")
    _only(data, ("mixture", "claim"), "the file")
    mixture, rows = _mixture(data.get("mixture")), data.get("claim")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InputError("state at least one [[claim]]")
    afford(_numbers(rows), "the claims")
    statements = tuple(_statement(row, n, mixture) for n, row in enumerate(rows, start=1))
    for name, count in Counter(statement.name for statement in statements).items():
        if count > 1:
            raise InputError(f"two claims are named {name!r}; give each its own name")
    return statements


def _numbers(rows: list[dict[str, Any]]) -> Iterator[object]:
    """What will be read as exact numbers."""
    for row in rows:
        for value in row.values():
            parts = value if isinstance(value, list) else [value]
            for part in parts:
                yield from part.split(",") if isinstance(part, str) else [part]


def _mixture(table: Any) -> Mixture:
    if not isinstance(table, dict):
        raise InputError("[mixture] is missing: give k and weights")
    _only(table, ("k", "d", "weights", "frequencies"), "[mixture]")
    k, weights = table.get("k"), table.get("weights")
    if isinstance(k, bool) or not isinstance(k, int) or not isinstance(weights, str):
        raise InputError('[mixture]: write k = 3 and weights = "1/2,3/10,1/5"')
    if "frequencies" not in table:
        return Mixture.simplex(k, weights, table.get("d"))
    frequencies = table["frequencies"]
    if not isinstance(frequencies, dict) or not all(
        key.isascii() and key.isdecimal() and len(key) < 16 for key in frequencies
    ):
        raise InputError("[mixture] frequencies: write { 1 = 1, 2 = 1 }, frequency = multiplicity")
    return Mixture.of(k, weights, {int(key): count for key, count in frequencies.items()})


def _statement(row: dict[str, Any], number: int, mixture: Mixture) -> Statement:
    kind = row.get("kind")
    name = row.get("name", f"{kind}-{number}")
    if not isinstance(name, str) or not name:
        raise InputError(f"claim {number}: name must be text")
    if not isinstance(kind, str) or kind not in OPTIONS:
        raise InputError(f"claim {name!r}: kind {kind!r}; choose {', '.join(OPTIONS)}")
    _only(row, ("name", "kind", "tolerance", *RELATIONS, *OPTIONS[kind]), f"claim {name!r}")
    relations = [relation for relation in RELATIONS if relation in row]
    if len(relations) != 1:
        raise InputError(f"claim {name!r}: give exactly one of {', '.join(RELATIONS)}")
    (relation,) = relations
    if kind == "invertible":
        if relation != "equals" or not isinstance(row[relation], bool):
            raise InputError(f"claim {name!r}: write equals = true or equals = false")
        return Statement(name, kind, mixture, relation, row[relation], Fraction(0), {})
    needs = kind in ("radius", "bound") and relation == "equals"
    if needs != ("tolerance" in row):
        raise InputError(f"claim {name!r}: tolerance goes with equals of a measured number")
    stated = exact(_text(row[relation], name), relation)
    tolerance = exact(_text(row.get("tolerance", "0"), name), "tolerance")
    if sign(tolerance) < 0:
        raise InputError(f"claim {name!r}: tolerance {row['tolerance']}: use a number >= 0")
    if kind not in _EXACT and any(sign(abs(x) - LARGEST) > 0 for x in (stated, tolerance)):
        raise InputError(f"claim {name!r}: measured numbers are doubles; state one below 1e300")
    options = {key: _option(key, row[key], name) for key in OPTIONS[kind] if key in row}
    return Statement(name, kind, mixture, relation, stated, tolerance, options)


def _option(key: str, value: Any, name: str) -> Any:
    """An option as it is meant: numbers as text or whole numbers, words as text."""
    if key == "frequency":
        return value  # judged where the action is known
    if key in ("of", "quantity") and not isinstance(value, str):
        raise InputError(f"claim {name!r}: {key} = {value!r}: write it as text")
    if key == "amplitudes":
        parts = value if isinstance(value, list) else [value]
        return ",".join(str(_text(part, name)) for part in parts)
    return _text(value, name)


def _text(value: Any, name: str) -> str | int:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise InputError(f'claim {name!r}: write the number as text, such as "1/2" or "0.3"')
    return value


def _only(table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in keys:
            raise InputError(f"{where}: unknown key {key!r}; choose {', '.join(keys)}")
