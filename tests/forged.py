"""What forgers do to certificates: by hand, and at random."""

import copy
import json
import math
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from functools import cache
from typing import Any
from unittest.mock import patch

from flint import arb, ctx
from made import (
    CASES,
    MADE,
    certificate,
    parts,
    radius_certificate,
    rebuilt,
    resealed,
)

from overspec import Energies, Mixture
from overspec.decimals import Number
from overspec.exact import exact
from overspec.verify.alone import check_radius as alone
from overspec.verify.certificates.write import dyadic_text, of_evaluation, of_lloyd
from overspec.verify.check import lattice, radius_proof
from overspec.verify.check.format import Rejected, dyadic
from overspec.verify.check.laplace import sums as laplace
from overspec.verify.check.pairs import sums as pairs
from overspec.verify.check.radius import read
from overspec.verify.check.radius_proof import enclosed
from overspec.verify.check.value import Purse
from overspec.verify.check.verdict import confirm
from overspec.verify.enclosures.ball import dyadic as ball_end
from overspec.verify.enclosures.evaluate import certified_evaluation
from overspec.verify.gallery import formula
from overspec.verify.lloyd import radius as lloyd
from overspec.verify.lloyd import stability
from overspec.verify.radius.bracket import CertifiedRadius, certified_gamma

Certificate = dict[str, Any]


def near(value: Fraction, bits: int = 160) -> Fraction:
    return Fraction(round(value * 2**bits), 2**bits)


def shifted(text: str, by: Fraction) -> str:
    return dyadic_text(dyadic(text) + near(by, 220))


def upper_end(value: str) -> Callable[[Certificate], None]:
    def change(c: Certificate) -> None:
        c["parameters"]["upper"] = value

    return change


def upper_end_with_its_point(c: Certificate) -> None:
    """Below the lower end, where the inequality holds."""
    c["parameters"]["upper"] = "1*2^-4"
    c["parameters"]["worst"] = ["1*2^-4"]


def value_above_the_truth(c: Certificate) -> None:
    """By 1.5e-11, at one of the points."""
    stated = read(c)
    point = max(stated.values)
    _, high = enclosed(stated, point, 25, stated.sigma, Purse(10**11))
    for item in c["parameters"]["values"]:
        if dyadic(item[0][0]) == point[0]:
            item[1] = dyadic_text(near(high + Fraction(15, 10**12)))


def sigma_moved(c: Certificate) -> None:
    given = c["parameters"]
    given["sigma"] = [shifted(end, Fraction(7, 10**12)) for end in given["sigma"]]


def a_value_without_a_box(c: Certificate) -> None:
    c["parameters"]["values"].append([["1*2^0"], "1*2^-9"])


def a_second_value(c: Certificate) -> None:
    """The same again: both would be true."""
    c["parameters"]["values"].append(c["parameters"]["values"][0])


def one_box(c: Certificate) -> None:
    """True values at both ends, and nothing between."""
    given = c["parameters"]
    ends = [given["start"], given["lower"]]
    given["boxes"] = [[[end] for end in ends]]
    given["values"] = [item for item in given["values"] if item[0][0] in ends]


RADIUS: dict[str, Callable[[Certificate], None]] = {
    "one box": one_box,
    "upper 1/16": upper_end("1*2^-4"),
    "upper -1": upper_end("-1*2^0"),
    "upper and its point 1/16": upper_end_with_its_point,
    "a value 1.5e-11 above the true one": value_above_the_truth,
    "sigma moved by 7e-12": sigma_moved,
    "a value without a box": a_value_without_a_box,
    "a second value": a_second_value,
}


# --- a radius, tampered with by hand


def scaled(text: str, factor: str) -> str:
    value = dyadic(text) * Fraction(factor)
    return dyadic_text(Fraction(round(value * 2**70), 2**70))


def raise_lower(c: Certificate) -> None:
    """1e-3 up: the last box is stretched too, so that the tiling is right."""
    given = c["parameters"]
    old = given["lower"]
    new = scaled(old, "1001/1000")
    given["lower"] = new
    text = json.dumps([given["boxes"], given["values"]]).replace(f'["{old}"]', f'["{new}"]')
    given["boxes"], given["values"] = json.loads(text)


def lower_upper(c: Certificate) -> None:
    given = c["parameters"]
    given["upper"] = scaled(given["upper"], "999/1000")
    given["worst"] = [given["upper"], *given["worst"][1:]]


def raise_values(c: Certificate) -> None:
    for item in c["parameters"]["values"]:
        item[1] = scaled(item[1], "1001/1000")


def lower_values(c: Certificate) -> None:
    for item in c["parameters"]["values"]:
        item[1] = scaled(item[1], "9/10")


def drop_box(c: Certificate) -> None:
    del c["parameters"]["boxes"][len(c["parameters"]["boxes"]) // 2]


def drop_value(c: Certificate) -> None:
    del c["parameters"]["values"][-1]


def move_start(c: Certificate) -> None:
    c["parameters"]["start"] = scaled(c["parameters"]["start"], "1001/1000")


def merge_boxes(c: Certificate) -> None:
    given = c["parameters"]
    corners = [corner for box in given["boxes"] for corner in box]
    given["boxes"] = [[min(corners, key=_place), max(corners, key=_place)]]


def _place(corner: list[str]) -> list[Fraction]:
    return [dyadic(text) for text in corner]


def widen_sigma(c: Certificate) -> None:
    low, high = c["parameters"]["sigma"]
    c["parameters"]["sigma"] = [scaled(low, "999/1000"), scaled(high, "999/1000")]


def other_gap(c: Certificate) -> None:
    c["inputs"]["gap"] = "99/100"


def not_a_gap(c: Certificate) -> None:
    c["inputs"]["gap"] = "3/2"


def other_weights(c: Certificate) -> None:
    k = c["inputs"]["k"]
    c["inputs"]["weights"] = [["7/10", 1], [f"3/{10 * (k - 1)}", k - 1]]


def no_hypothesis(c: Certificate) -> None:
    c["hypotheses"] = c["hypotheses"][:-1]


def junk(c: Certificate) -> None:
    c["parameters"]["values"][0] = ["a", 1]


TAMPERED: list[Callable[[Certificate], None]] = [
    raise_lower, lower_upper, raise_values, lower_values, drop_box, drop_value, move_start,
    merge_boxes, widen_sigma, other_gap, not_a_gap, other_weights, no_hypothesis, junk,
]  # fmt: skip


# --- mutation: one change somewhere, by what stands there; then sealed again

Change = Callable[[Certificate, random.Random], None]
SMALL = [Fraction(sign, 10**n) for n in (1, 3, 6, 9, 12, 15) for sign in (1, -1)]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every object, list and leaf, but for the hash."""
    if path:
        yield path
    if isinstance(value, dict):
        for key in value:
            if path or key != "sha256":
                yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], (*path, index))


def at(content: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        content = content[key]
    return content


def other(value: Any, content: Certificate, rng: random.Random) -> Any:
    """Something else in its place: near by its type, or from elsewhere in the file."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return rng.choice(
            [value + 1, value - 1, -value, 0, 2 * value, 10**15, True, float(value), str(value)]
        )
    if isinstance(value, str) and "*2^" in value:
        number = dyadic(value)
        share = rng.choice(SMALL)
        odd = rng.choice(
            ["1*2^-4", "-1*2^0", "0*2^0", "1*2^50", "1*2^-60", "2*2^1", "01*2^1", "1*2^99999"]
        )
        moved = [near(number * (1 + share), 400), near(number + share, 400), -number, number * 2]
        return rng.choice([*map(dyadic_text, moved), odd])
    if isinstance(value, str):
        strings = [at(content, p) for p in places(content) if isinstance(at(content, p), str)]
        exact = ["1/2", "9/10", "1/20", "0", "2", "1/3", "sqrt(2)/2", "1/0", "-1", "1e400", "0.5"]
        digit = "".join(rng.choice("0123456789/.") if rng.random() < 0.1 else c for c in value)
        return rng.choice(
            [rng.choice(strings), rng.choice(exact), digit, value + " ", value[:-1], ""]
        )
    if isinstance(value, list):
        items = list(value)
        how = rng.randrange(5)
        if how == 0 and items:
            del items[rng.randrange(len(items))]
        elif how == 1 and items:
            items.append(copy.deepcopy(rng.choice(items)))
        elif how == 2:
            rng.shuffle(items)
        elif how == 3 and items:
            items[rng.randrange(len(items))] = copy.deepcopy(rng.choice(items))
        else:
            items = []
        return items
    if rng.random() < 0.5 and value:
        left = dict(value)
        del left[rng.choice(list(left))]
        return left
    return {
        **value,
        rng.choice(["multiplicity", "bits", "note", "upper"]): rng.choice([1, "inf", 10**15]),
    }


def anything(content: Certificate, rng: random.Random) -> None:
    paths = list(places(content))
    path = rng.choice(paths)
    at(content, path[:-1])[path[-1]] = other(at(content, path), content, rng)


def a_statement(content: Certificate, rng: random.Random) -> None:
    """Moved, narrowed or widened, so that it is consistent in itself."""
    statement = rng.choice(content["statements"])
    lines, centre = parts(statement)
    radius = sum((bound for _, bound in lines), Fraction(0))
    if rng.random() < 0.5:
        centre += near(radius * Fraction(rng.randint(-2200, 2200), 1000), 600)
    else:
        index = rng.randrange(len(lines))
        name, bound = lines[index]
        lines[index] = (name, bound * rng.choice([0, Fraction(1, 2), 2, 1024]))
    rebuilt(statement, lines, centre)


def a_radius(content: Certificate, rng: random.Random) -> None:
    """One end, all values, σ or the start, by a little; what hangs on it follows."""
    given = content["parameters"]
    share = 1 + rng.choice(SMALL)
    if rng.random() < 0.4:
        for item in given["values"]:
            item[1] = dyadic_text(near(dyadic(item[1]) * share, 300))
        return
    name = rng.choice(["lower", "upper", "start"])
    old = given[name]
    if old == "inf":
        return
    new = dyadic_text(near(dyadic(old) * share, 80))
    content["parameters"] = json.loads(json.dumps(given).replace(f'"{old}"', f'"{new}"'))


def an_input(content: Certificate, rng: random.Random) -> None:
    """Another mixture or another question, well formed."""
    inputs = content["inputs"]
    key = rng.choice(list(inputs))
    if key == "weights":
        first = Fraction(rng.randint(1, 99), 100)
        inputs["weights"] = [
            [str(first), 1],
            [str((1 - first) / (inputs["k"] - 1)), inputs["k"] - 1],
        ]
    elif key == "energies":
        inputs["energies"][0][0] = str(Fraction(rng.randint(0, 40), 10))
    elif key == "comparisons":
        leaves = [p for p in places(inputs[key]) if isinstance(at(inputs[key], p), (str, int))]
        path = rng.choice(leaves)
        number = rng.choice(
            [str(Fraction(rng.randint(-20, 20), 10)), rng.randint(0, 4), "<=", ">="]
        )
        at(inputs[key], path[:-1])[path[-1]] = number
    elif key == "programs":
        inputs["programs"] = rng.randint(0, 2)
    elif key == "gap":
        inputs["gap"] = str(Fraction(rng.randint(1, 99), 100))
    elif key == "kind":
        inputs["kind"] = rng.choice(["factor", "jacobian", "convexity"])
    elif key == "orbit":
        inputs["orbit"] = rng.choice(["all", "simplex"])
    else:
        inputs["k"] = rng.randint(2, 9)


def mutant(made: Certificate, rng: random.Random) -> Certificate:
    """One to three changes, resealed; never the certificate itself."""
    special: list[Change] = [a_radius] if made["claim"] == "radius" else [a_statement]
    while True:
        forged = copy.deepcopy(made)
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            try:
                rng.choice([anything, anything, *special, an_input])(forged, rng)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError):
                pass  # an earlier change broke what this one wanted
            except Rejected:
                pass
        if forged != made:
            return resealed(forged)


# --- the truth, by the producers' engines, which share nothing with the checkers


def is_true(forged: Certificate) -> bool:
    """Whether what a well-formed certificate states of its inputs holds."""
    inputs = json.dumps(forged["inputs"])
    if forged["claim"] == "radius":
        given = forged["parameters"]
        bracket = _bracket(inputs)
        if given["upper"] == "inf":
            return bracket is not None and bracket[1] == math.inf
        return bracket is not None and dyadic(given["lower"]) <= bracket[1] and (
            bracket[0] <= dyadic(given["upper"])
        )  # fmt: skip
    if forged["claim"] == "comparison":
        return _compares(forged)
    if forged["claim"] == "lloyd":
        return contained(forged, _lloyd(inputs)) is True
    for digits in DIGITS:
        found = contained(forged, _evaluated(inputs, digits))
        if found is not None:
            return found
    return False


#: Of the producers' values, one after the other until they decide: more than is stated at last.
DIGITS = (8, 20, 40)


def contained(forged: Certificate, known: dict[str, tuple[Number, int | None]]) -> bool | None:
    """Whether every interval has its value; None where an interval only meets its enclosure."""
    found: bool | None = True
    for statement in forged["statements"]:
        own, times = known[statement["quantity"]]
        low, high = dyadic(statement["lower"]), dyadic(statement["upper"])
        if own.upper < low or high < own.lower or statement.get("multiplicity", times) != times:
            return False
        if not (low <= own.lower and own.upper <= high):
            found = None
    return found


def _compares(forged: Certificate) -> bool:
    """Both sides by the producer's balls in 160 bits, the relation and what is said of it."""
    ends = [(dyadic(s["lower"]), dyadic(s["upper"])) for s in forged["statements"]]
    items = forged["inputs"]["comparisons"]
    for n, (item, kind) in enumerate(zip(items, forged["parameters"]["verdicts"], strict=True)):
        values = []
        for side, (low, high) in zip(("left", "right"), ends[2 * n : 2 * n + 2], strict=True):
            with ctx.workprec(160):
                own = from_tree(item[side]).enclose()
                if not (ball_end(own.lower()) >= low and ball_end(own.upper()) <= high):
                    return False
                values.append(own)
        small, large = values if item["relation"] == "<=" else values[::-1]
        with ctx.workprec(160):
            held = bool(small <= large)
            ratio = large / small if small > 0 else None
        if held != (kind != "refuted"):
            return False
        if kind in ("sharp", "loose") and (
            ratio is None or bool(ratio <= arb("1.001")) != (kind == "sharp")
        ):
            return False
    return True


def from_tree(tree: Any) -> formula.Formula:
    """A formula of the producer from what the file has."""
    if isinstance(tree, str):
        return formula.number(tree)
    op, *args = tree
    if op == "E":
        degree, sech, tanh, slope, shift, law = args
        pairs = [(from_tree(w), from_tree(m)) for w, m in law]
        line = from_tree(slope), from_tree(shift)
        return formula.moment(*line, pairs, degree, sech=sech, tanh=tanh)
    return formula.Formula(op, tuple(a if isinstance(a, int) else from_tree(a) for a in args))


@cache
def _bracket(inputs: str) -> tuple[Fraction, Fraction | float] | None:
    asked = json.loads(inputs)
    weights = ",".join(f"{w}x{n}" for w, n in asked["weights"])
    mixture = Mixture.simplex(asked["k"], weights)
    single = asked["orbit"] == "simplex" or asked["k"] <= 3
    width = Fraction(1, 10**8 if single else 10**3)
    found = certified_gamma(mixture, asked["kind"], asked["gap"], asked["orbit"], width)
    return (found.lower, found.upper) if isinstance(found, CertifiedRadius) else None


@cache
def _evaluated(inputs: str, digits: int) -> dict[str, tuple[Number, int | None]]:
    asked = json.loads(inputs)
    mixture = Mixture.simplex(asked["k"], ",".join(f"{w}x{n}" for w, n in asked["weights"]))
    energies = Energies(asked["k"], tuple((exact(e), n) for e, n in asked["energies"]))
    made = of_evaluation(certified_evaluation(mixture, energies, digits, hessian=True), "")
    return _numbers(made)


@cache
def _lloyd(inputs: str) -> dict[str, tuple[Number, int | None]]:
    k = json.loads(inputs)["k"]
    radius = lloyd.r0(k, 30)
    assert isinstance(radius, Number)
    return _numbers(of_lloyd(k, 30, radius, stability.eigenvalues(k, 30) if k <= 40 else (), ""))


def _numbers(made: Certificate) -> dict[str, tuple[Number, int | None]]:
    found = {}
    for s in made["statements"]:
        ends = Number.between(dyadic(s["lower"]), dyadic(s["upper"]))
        found[s["quantity"]] = (ends, s.get("multiplicity"))
    return found


#: The status, and why.
Checker = Callable[[Certificate], tuple[str, str]]


#: Operations for a mutant, all that an unchanged certificate of `MADE` and `CASES` needs.
BUDGET = 3 * 10**8


def first(content: Certificate) -> tuple[str, str]:
    """What ``overspec check`` says, with that budget."""
    verdict = confirm(content, BUDGET)
    return verdict.status, verdict.reason


def second(content: Certificate) -> tuple[str, str]:
    """The verdict of the second checker in the words of the first."""
    try:
        return "proved again", alone.check(json.dumps(content).encode())[0]
    except alone.Bad as found:
        code, why = found.args
        return {1: "false", 2: "unreadable", 3: "not decided"}[code], why


def remembered(sums: Callable[..., Any]) -> Callable[..., Any]:
    """The same sums at the same price, computed once for the same arguments."""
    known: dict[str, tuple[Any, int]] = {}

    def again(*args: Any, **named: Any) -> Any:
        purse = next((a for a in args if isinstance(a, Purse)), Purse(0))
        key = repr(([a for a in args if a is not purse], named))
        assert " at 0x" not in key
        if key not in known:
            before = purse.left
            known[key] = sums(*args, **named), before - purse.left
        else:
            purse.spend(known[key][1], "the same sums")
        return copy.deepcopy(known[key][0])

    return again


@contextmanager
def sums_once() -> Iterator[None]:
    """Most mutants of a certificate ask both checkers for sums that others asked for before."""
    with ExitStack() as stack:
        for place, name in [(lattice, "enclose"), (laplace, "enclose"), (pairs, "enclose"),
                            (radius_proof, "_eigenvalues"), (alone, "laplace")]:  # fmt: skip
            stack.enter_context(patch.object(place, name, remembered(getattr(place, name))))
        yield


def run(made: Certificate, seed: int, count: int, checker: Checker = first) -> dict[str, int]:
    """How many mutants had which answer; ``FALSE`` of them were proved and are not true."""
    rng, counts = random.Random(seed), {"FALSE": 0}
    with sums_once():
        for _ in range(count):
            forged = json.loads(json.dumps(mutant(made, rng)))
            status, reason = checker(forged)
            counts[status] = counts.get(status, 0) + 1
            if status == "proved again" and not is_true(forged):
                counts["FALSE"] += 1
                print("accepted, though false:", reason, json.dumps(forged))
    return counts


def main(arguments: list[str]) -> int:
    """``python tests/forged.py COUNT [KIND …]``: kinds as in made.py; all without one."""
    number, *kinds = arguments
    accepted = 0
    for kind in kinds or [*MADE, *map(str, range(len(CASES)))]:
        subject = certificate(kind) if kind in MADE else radius_certificate(CASES[int(kind)])
        for checker in (first, second):
            counts = run(subject, 1, int(number), checker)
            accepted += counts["FALSE"]
            print(kind, checker.__name__, number, counts, flush=True)
    print(f"{accepted} false ones accepted")
    return 1 if accepted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
