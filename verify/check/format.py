"""The checker's own reading of a certificate file: its grammar, its exact numbers, its parts.

Written apart from `certificates.write`, which writes the files.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from overspec.errors import InputError, OutOfReach
from overspec.exact import afford, exact
from overspec.verify.check.subject import Subject, subject
from overspec.verify.check.value import Orbit, TooCostly, sign_of

FORMAT = "overspec certificate 2"
DYADIC = re.compile(r"(0|-?[1-9][0-9]{0,2999})\*2\^(0|-?[1-9][0-9]{0,4})")
MOST_BITS = 20_000  # of an exponent
DECIMAL = re.compile(r"-?[0-9]{1,60}\.[0-9]{1,3000}")
RATIONAL = re.compile(r"[0-9]{1,3000}(/[0-9]{1,3000})?")
KEYS = {
    "format", "claim", "inputs", "engine", "parameters", "hypotheses", "statements", "unchecked",
    "sha256",
}  # fmt: skip

MODEL = [
    "the data are N(0, I) and the components N(R^j theta, I)",
    "the weights are positive and sum to 1",
]
LATTICE = [
    "0 < step <= 2 pi on every axis",
    "0 < height and height * spread < pi on every axis",
    "radius^2 >= dimension + 1",
    "the sum contains every node within the radius",
]
LAPLACE = [
    "the orbit of theta is a regular simplex",
    "0 < step",
    "0 < angle < pi/2 for every contour",
    "0 < power",
]
PAIRS = [
    "k = 4",
    "0 < spacing, 0 < slope <= 2",
    "0 < step <= 2 pi, 0 < height and height * a_1 < pi/2",
    "the last node is beyond 2",
]
LLOYD = [
    "the data are N(0, I) in dimension k - 1",
    "the centres are the vertices of a regular simplex around 0",
]

COMPARISON = [
    "x has the law of the moment: a mixture of N(mean, 1)",
    "the weights of every law are positive and sum to 1",
]

#: For each engine: what must be assumed, and which errors must be accounted for.
ENGINES: dict[str, tuple[list[str], list[str]]] = {
    "lattice": (MODEL + LATTICE, ["aliasing", "truncation", "rounding"]),
    "laplace": (
        MODEL + LAPLACE,
        [
            "inner aliasing", "inner truncation", "outer aliasing", "left tail", "right tail",
            "rounding",
        ],
    ),
    "pairs": (
        MODEL + PAIRS,
        ["images", "frequency tail", "aliasing", "node tail", "rounding"],
    ),
    "closed form": ([*MODEL, "theta = 0"], ["rounding"]),
    "line": (LLOYD, ["aliasing", "truncation", "rounding"]),
    "moments": (COMPARISON, ["enclosure"]),
}  # fmt: skip


class Rejected(Exception):
    """What is wrong with the certificate."""


class Unreadable(Exception):
    """Why it is no certificate."""


@dataclass(frozen=True)
class Statement:
    """One line of what is certified."""

    quantity: Subject
    lower: Fraction
    upper: Fraction
    centre: Fraction
    budget: dict[str, Fraction]
    multiplicity: int  # 0 where none is stated


def no_duplicates(items: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in items}) < len(items):
        raise Unreadable("a key occurs twice")
    return dict(items)


def no_constant(text: str) -> Any:
    raise Unreadable(f"{text} is no number")


def no_float(text: str) -> Any:
    raise Unreadable(f"the number {text[:40]} is not exact")


def sealed(content: object) -> dict[str, Any]:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise Unreadable("not an overspec certificate")
    body = {key: value for key, value in content.items() if key != "sha256"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    if content.get("sha256") != hashlib.sha256(text.encode()).hexdigest():
        raise Unreadable("the hash does not fit: the file was changed")
    if set(content) != KEYS:
        raise Rejected(f"keys {sorted(set(content) ^ KEYS)} are missing or unknown")
    if not isinstance(content["unchecked"], dict):
        raise Rejected("what is unchecked is an object")
    if content["claim"] not in ("evaluate", "lloyd", "radius", "comparison"):
        raise Rejected(f"unknown claim {str(content['claim'])[:40]!r}")
    return content


def read_weights(items: object, k: int) -> tuple[tuple[Fraction | str, int], ...]:
    weights = runs(items)
    if sum(n for _, n in weights) != k:
        raise Rejected(f"{k} weights are needed for k = {k}")
    if not all(sign_of(w) > 0 for w, _ in weights) or not _is_one(weights):
        raise Rejected("the hypothesis does not hold: the weights are positive and sum to 1")
    return weights


def read_point(inputs: object) -> Orbit:
    if not isinstance(inputs, dict) or set(inputs) != {"k", "weights", "energies"}:
        raise Rejected("inputs must be k, weights and energies")
    k = integer(inputs["k"], 2, 10**15)
    weights, energies = read_weights(inputs["weights"], k), runs(inputs["energies"])
    if sum(n for _, n in energies) != k // 2:
        raise Rejected(f"{k // 2} energies are needed for k = {k}")
    if any(sign_of(e) < 0 for e, _ in energies):
        raise Rejected("an energy is negative")
    return Orbit(k, weights, energies, _regular(k, energies))


def runs(items: object) -> tuple[tuple[Fraction | str, int], ...]:
    if not isinstance(items, list) or not items:
        raise Rejected("runs of exact numbers are missing")
    found = []
    if not all(isinstance(i, list) and len(i) == 2 and isinstance(i[0], str) for i in items):
        raise Rejected("a run is [number, count]")
    try:
        afford((text for text, _ in items), "the runs")
    except InputError as error:
        raise TooCostly(str(error)) from None
    for item in items:
        text = item[0]
        value: Fraction | str = text
        if RATIONAL.fullmatch(text):
            try:
                value = Fraction(text)
            except ZeroDivisionError:
                raise Rejected(f"{text} divides by zero") from None
        else:
            try:
                exact(text)
            except OutOfReach as error:
                raise TooCostly(str(error)) from None
            except InputError as error:
                raise Rejected(f"not an exact number: {error}") from None
        found.append((value, integer(item[1], 1, 10**15)))
    return tuple(found)


def _is_one(runs: tuple[tuple[Fraction | str, int], ...]) -> bool:
    return _sign_of_combination([(value, n) for value, n in runs], -1) == 0


def _sign_of_combination(terms: list[tuple[Fraction | str, int]], constant: int) -> int:
    """The sign of Σ n·value + constant, decided exactly."""
    if all(isinstance(value, Fraction) for value, _ in terms):
        total = sum((Fraction(value) * n for value, n in terms), Fraction(constant))
        return (total > 0) - (total < 0)
    from overspec.exact import exact, sign

    text = " + ".join(f"({value})*({n})" for value, n in terms)
    try:
        return sign(exact(f"{text} + ({constant})"))
    except OutOfReach as error:
        raise TooCostly(str(error)) from None


def _regular(k: int, energies: tuple[tuple[Fraction | str, int], ...]) -> bool:
    """Equal energies, half as much in frequency k/2."""
    total = sum(n for _, n in energies)
    first = energies[0][0]
    position = 0
    for value, count in energies:
        position += count
        if k % 2 == 0 and position == total and total > 1:
            if count > 1 or _sign_of_combination([(value, 2), (first, -1)], 0) != 0:
                return False
        elif _sign_of_combination([(value, 1), (first, -1)], 0) != 0:
            return False
    return True


def integer(value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Rejected(f"{str(value)[:40]!r} is not an integer from {low} to {high}")
    return value


def dyadic(text: object) -> Fraction:
    match = DYADIC.fullmatch(text) if isinstance(text, str) else None
    if not match or abs(int(match[2])) > MOST_BITS:
        raise Rejected(f"{str(text)[:40]!r} is not a number m*2^e")
    return Fraction(int(match[1])) * Fraction(2) ** int(match[2])


def read_parameters(given: object, engine: str) -> dict[str, Any]:
    kinds: dict[str, dict[str, str]] = {
        "lattice": {"steps": "list", "heights": "list", "radius": "dyadic", "bits": "count"},
        "laplace": {
            "step": "dyadic", "first": "integer", "last": "integer", "inner": "count",
            "angles inner": "list", "angle outer": "dyadic", "power": "dyadic", "bits": "count",
        },
        "pairs": {
            "spacing": "dyadic", "terms": "count", "alone": "count", "slope": "dyadic",
            "step": "dyadic", "reach": "integer", "height": "dyadic", "bits": "count",
        },
        "line": {
            "step": "dyadic", "count": "count", "height": "dyadic", "knee": "dyadic",
            "bits": "count", "cut": "count",
        },
        "closed form": {"bits": "count"},
        "moments": {"bits": "count", "verdicts": "words"},
    }  # fmt: skip
    if not isinstance(given, dict) or set(given) - {"hessian"} != set(kinds[engine]):
        raise Rejected(f"parameters of the {engine} engine are {sorted(kinds[engine])}")
    found: dict[str, Any] = {}
    for name, kind in kinds[engine].items():
        value = given[name]
        if kind == "dyadic":
            found[name] = dyadic(value)
        elif kind == "list":
            found[name] = [dyadic(v) for v in value] if isinstance(value, list) else []
        elif kind == "words":
            found[name] = value
        else:
            most = MOST_BITS if name == "bits" else 10**6
            found[name] = integer(value, 1 if kind == "count" else -most, most)
    if "hessian" in given:
        nested = given["hessian"]
        if (
            engine not in ("lattice", "laplace", "pairs")
            or not isinstance(nested, dict)
            or "hessian" in nested
        ):
            raise Rejected(f"no parameters of a Hessian with the {engine} engine")
        found["hessian"] = read_parameters(nested, engine)
    if engine == "laplace" and not found["last"] - found["first"] + 2 * found["inner"] < 10**6:
        raise TooCostly("the stated grid has more than a million points")
    return found


def read_statements(certificate: dict[str, Any], engine: str) -> list[Statement]:
    hypotheses, errors = ENGINES[engine]
    if certificate["hypotheses"] != hypotheses:
        raise Rejected(f"the hypotheses are not those that the {engine} engine needs")
    items = certificate["statements"]
    if not isinstance(items, list) or not items:
        raise Rejected("there is no statement")
    found = [_statement(item, engine, errors) for item in items]
    if len({s.quantity for s in found}) < len(found):
        raise Rejected("a quantity is stated twice")
    return found


def _statement(item: object, engine: str, errors: list[str]) -> Statement:
    keys = {"quantity", "lower", "upper", "decimal", "centre", "budget"}
    if not isinstance(item, dict) or set(item) - {"multiplicity"} != keys:
        raise Rejected(f"a statement has the keys {sorted(keys)}")
    name = item["quantity"]
    if not isinstance(name, str) or not isinstance(item["budget"], list):
        raise Rejected("a statement names its quantity and lists its budget")
    lines = [
        (line["error"], dyadic(line["bound"]))
        for line in item["budget"]
        if isinstance(line, dict) and set(line) == {"error", "bound"}
    ]
    needed = ["truncation", "rounding"] if name.startswith("eigenvalue") else errors
    if [error for error, _ in lines] != needed:
        raise Rejected(f"{name[:40]}: the error budget must have the lines {needed}")
    if any(bound < 0 for _, bound in lines):
        raise Rejected(f"{name}: a bound is negative")
    lower, upper, centre = (dyadic(item[key]) for key in ("lower", "upper", "centre"))
    radius = sum((bound for _, bound in lines), Fraction(0))
    if (lower, upper) != (centre - radius, centre + radius):
        raise Rejected(f"{name}: the endpoints are not centre ± the sum of the budget")
    _check_decimals(name, item["decimal"], lower, upper)
    multiplicity = integer(item["multiplicity"], 1, 10**30) if "multiplicity" in item else 0
    return Statement(subject(name), lower, upper, centre, dict(lines), multiplicity)


def _check_decimals(name: str, pair: object, lower: Fraction, upper: Fraction) -> None:
    """Exactly the endpoints rounded outward, at a place that costs at most a tenth of the width."""
    if (
        not isinstance(pair, list)
        or len(pair) != 2
        or not all(isinstance(text, str) and DECIMAL.fullmatch(text) for text in pair)
    ):
        raise Rejected(f"{name}: the decimals are not [lo, hi]")
    places = [len(text.partition(".")[2]) for text in pair]
    unit = Fraction(1, 10 ** places[0])
    low, high = Fraction(pair[0]), Fraction(pair[1])
    outward = low <= lower < low + unit and high - unit < upper <= high
    if places[0] != places[1] or not outward or (upper > lower and 10 * unit > upper - lower):
        raise Rejected(f"{name}: the decimals are not the endpoints rounded outward")


def frequency(name: Subject, k: int) -> int:
    if not isinstance(name, str) or not re.fullmatch(r"g[1-9][0-9]{0,15}", name):
        raise Rejected(f"unknown quantity {str(name)[:40]!r}")
    return integer(int(name[1:]), 1, k // 2)
