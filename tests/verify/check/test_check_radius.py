"""Certificates of radii: what is valid passes the independent checker, tampering does not."""

import copy
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from forged import (
    TAMPERED,
    drop_box,
    lower_upper,
    merge_boxes,
    move_start,
    raise_values,
)
from made import CASES, FINITE, INFINITE, TWO_AXES, Certificate
from made import radius_certificate as made
from sizes import slow_but

from overspec import cli
from overspec.verify.certificates.write import digest, dyadic_text
from overspec.verify.check import radius_proof, radius_values
from overspec.verify.check.format import dyadic
from overspec.verify.check.radius import read
from overspec.verify.check.value import Purse, TooCostly
from overspec.verify.check.verdict import confirm


@pytest.mark.parametrize("case", slow_but(CASES, CASES[:3]))
def test_what_the_producer_proves_the_checker_confirms(case: tuple[object, ...]) -> None:
    verdict = confirm(json.loads(json.dumps(made(case))))
    assert verdict.status == "proved again", verdict.reason


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


def test_a_value_begins_with_the_digits_of_its_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, plain = [], radius_proof.enclosed

    def noted(s: object, point: object, digits: int, *rest: object) -> object:
        asked.append((point, digits))
        return plain(s, point, digits, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(radius_proof, "enclosed", noted)
    assert confirm(json.loads(json.dumps(made(FINITE)))).status == "proved again"
    points = list(dict.fromkeys(point for point, _ in asked))[: len(read(made(FINITE)).values)]
    tries = [[digits for place, digits in asked if place == point] for point in points]
    assert tries[0][0] == radius_proof.DIGITS[0]
    assert all(one[0] == before[-1] for before, one in itertools.pairwise(tries[:-1]))


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
    assert re.search(r"0\.\d+ <= gamma <= 0\.\d+", shown)


@pytest.mark.parametrize("case", [FINITE, CASES[4], INFINITE])
def test_doubles_are_asked_for_like_a_proof(
    case: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was too costly to prove took 0.4 s for each of the values of a file, 5000 and more."""
    stated = read(made(case))
    point = next(iter(stated.values))
    assert radius_values.estimated(stated, point, Purse(10**9))[1] < 1e-6
    for name in ("by_lattice", "by_laplace"):
        monkeypatch.delattr(radius_values, name)
    with pytest.raises(TooCostly, match=r"a value in doubles .* are left"):
        radius_values.estimated(stated, point, Purse(1000))
    if stated.k > 5:
        with pytest.raises(TooCostly, match="memory"):
            radius_values.estimated(stated, (point[0] * 10**4,), Purse(10**15))
    assert confirm(made(case), 10**5).status == "not decided"
