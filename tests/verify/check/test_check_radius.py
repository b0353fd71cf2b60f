"""Certificates of radii: what is valid passes the independent checker, tampering does not."""

import copy
import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from made import CASES, FINITE, INFINITE, TWO_AXES, Certificate
from made import radius_certificate as made
from sizes import slow_but

from overspec import cli
from overspec.verify.certificates.write import digest, dyadic_text
from overspec.verify.check.format import dyadic
from overspec.verify.check.verdict import confirm


@pytest.mark.parametrize("case", slow_but(CASES, lambda case: case not in (CASES[3], CASES[4])))
def test_what_the_producer_proves_the_checker_confirms(case: tuple[object, ...]) -> None:
    verdict = confirm(json.loads(json.dumps(made(case))))
    assert verdict.status == "proved again", verdict.reason


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


@pytest.mark.parametrize("change", TAMPERED, ids=lambda f: f.__name__)
@pytest.mark.parametrize("case", slow_but([FINITE, CASES[4]], quick=[FINITE]))
def test_tampering_is_found(
    case: tuple[object, ...], change: Callable[[Certificate], None]
) -> None:
    certificate = copy.deepcopy(made(case))
    change(certificate)
    assert certificate != made(case)
    assert confirm(certificate).status == "unreadable"
    certificate["sha256"] = digest(certificate)
    assert confirm(certificate).status == "false"


TWO = [drop_box, merge_boxes, raise_values, move_start, lower_upper]


@pytest.mark.slow
@pytest.mark.parametrize("change", TWO)
def test_tampering_over_two_amplitudes(change: Callable[[Certificate], None]) -> None:
    certificate = copy.deepcopy(made(TWO_AXES))
    change(certificate)
    certificate["sha256"] = digest(certificate)
    if change is lower_upper:  # a bracket of 1e-2: 1e-3 may still fail the inequality there
        certificate["parameters"]["upper"] = certificate["parameters"]["lower"]
        certificate["parameters"]["worst"][0] = certificate["parameters"]["lower"]
        certificate["sha256"] = digest(certificate)
    assert confirm(certificate).status == "false"


def test_infinity_needs_its_tail() -> None:
    """Half the reach, with the boxes that remain, is no proof."""
    certificate = copy.deepcopy(made(INFINITE))
    given = certificate["parameters"]
    ends = sorted({dyadic(box[1][0]) for box in given["boxes"]})
    half = ends[len(ends) // 2]
    given["boxes"] = [box for box in given["boxes"] if dyadic(box[1][0]) <= half]
    given["lower"] = dyadic_text(half)
    certificate["sha256"] = digest(certificate)
    assert confirm(certificate).status == "false"


def test_a_finite_radius_is_not_infinite() -> None:
    certificate = copy.deepcopy(made(FINITE))
    certificate["parameters"]["upper"] = "inf"
    certificate["sha256"] = digest(certificate)
    assert confirm(certificate).status == "false"  # a point is exhibited
    certificate["parameters"]["worst"] = []
    certificate["sha256"] = digest(certificate)
    verdict = confirm(certificate)
    assert (verdict.status, verdict.reason) == (
        "false", "no tail bound holds from the lower end on"
    )  # fmt: skip


def test_the_command_writes_what_check_accepts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "gamma.json"
    assert cli.main(["radius", "--weights", "9/10,1/10", "--gap", "9/10", "--out", str(out)]) == 0
    assert "certified" in capsys.readouterr().out
    assert cli.main(["check", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "proved again" in shown
    assert re.search(r"0\.614\d* <= gamma <= 0\.614", " ".join(shown.split()))
