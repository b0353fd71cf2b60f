"""The published schema of a certificate: every honest file fits, what is forbidden does not."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from made import CASES, FINITE, MADE, certificate, radius_certificate, resealed
from sizes import slow_but

from overspec.results.schema import schema
from overspec.verify.certificates.write import text
from overspec.verify.check.verdict import confirm, confirm_file

Certificate = dict[str, Any]
VALIDATOR = jsonschema.Draft202012Validator(schema("certificate"))


@pytest.mark.parametrize("name", slow_but(MADE, quick=set(MADE) - {"30 digits"}))
def test_an_evaluation_fits(name: str) -> None:
    VALIDATOR.validate(certificate(name))


@pytest.mark.parametrize("case", slow_but(CASES, lambda case: case[0] not in (4, 12)))
def test_a_radius_fits(case: tuple[object, ...]) -> None:
    VALIDATOR.validate(radius_certificate(case))


UNSHAPELY: list[Callable[[Certificate], None]] = [
    lambda c: c.update(note=1),
    lambda c: c.pop("unchecked"),
    lambda c: c.update(unchecked="text"),
    lambda c: c.update(command="again"),
    lambda c: c["inputs"].update(note=1),
    lambda c: c["inputs"].update(k=True),
    lambda c: c["parameters"].update(note=1),
    lambda c: c["parameters"].update(bits=10**6),
    lambda c: c["parameters"].update(step="01*2^3"),
    lambda c: c["parameters"].update(step="+1*2^3"),
    lambda c: c["parameters"].update(step="1*2^03"),
    lambda c: c["parameters"].update(step="1*2^3\n"),
    lambda c: c["parameters"].update(step="1٣*2^3"),  # a digit, though not one of ours
    lambda c: c["statements"][0].update(decimal=["0.1٣", "0.2"]),
    lambda c: c["parameters"].update(step=0.5),
    lambda c: c["statements"][0].update(note=1),
    lambda c: c["statements"][0].update(decimal=["0.1"]),
    lambda c: c["statements"][0].update(multiplicity=0),
    lambda c: c["statements"][0]["budget"][0].update(note=1),
    lambda c: c.update(statements=[]),
    lambda c: c["hypotheses"].append("and more"),
]


@pytest.mark.parametrize("change", UNSHAPELY)
def test_what_does_not_fit_is_no_certificate(change: Callable[[Certificate], None]) -> None:
    """For the schema, and for the checker."""
    made = copy.deepcopy(certificate("laplace"))
    change(made)
    assert not VALIDATOR.is_valid(made)
    assert confirm(resealed(made)).status == "false"


def test_a_box_with_a_third_corner_does_not_fit() -> None:
    made = copy.deepcopy(radius_certificate(FINITE))
    made["parameters"]["boxes"][0].append(["1*2^0"])
    assert not VALIDATOR.is_valid(made)
    assert confirm(resealed(made)).status == "false"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"bits": 97', '"bits": NaN'),
        ('"bits": 97', '"bits": Infinity'),
        ('"bits": 97', '"bits": -Infinity'),
        ('"bits": 97', '"bits": 97.0'),
        ('"bits": 97', '"bits": 97e0'),
        ('"bits": 97', '"bits": 97, "bits": 97'),
        ('"k": 3', '"k": 3, "k": 3'),
        ('"claim": "evaluate"', '"claim": "evaluate", "claim": "evaluate"'),
    ],
)
def test_what_is_not_this_json_is_unreadable(old: str, new: str, tmp_path: Path) -> None:
    written = text(certificate("laplace"))
    assert old in written
    path = tmp_path / "x.json"
    path.write_text(written.replace(old, new, 1))
    verdict = confirm_file(path)
    assert verdict.status == "unreadable"
    assert "hash" not in verdict.reason  # refused before it is looked at
    assert json.loads(written) == certificate("laplace")
