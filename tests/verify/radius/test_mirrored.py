"""Half of the directions at k = 5 where all weights but one agree: found, written, proved again."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from made import resealed

from overspec import Mixture
from overspec.results.schema import schema
from overspec.verify.alone import check_radius as alone
from overspec.verify.certificates.write_radius import of_radius
from overspec.verify.check.format import Rejected
from overspec.verify.check.radius import HYPOTHESES, read
from overspec.verify.check.verdict import confirm
from overspec.verify.radius.bracket import CertifiedRadius, certified_gamma
from overspec.verify.radius.near.tip import Tip
from overspec.verify.radius.values import last_turn, on_sector

R, Q = Fraction(3, 5), Fraction(1, 5)


@pytest.mark.parametrize(
    ("weights", "alike"),
    [("4/5,1/20x4", True), ("1/20,1/20,4/5,1/20,1/20", True), ("4/5,1/20,1/20,1/25,3/50", False)],
)
def test_the_frequencies_are_exchanged_where_all_but_one_weight_agree(
    weights: str, alike: bool
) -> None:
    mixture = Mixture.simplex(5, weights)
    assert last_turn(mixture) == (Fraction(1, 2) if alike else 1)
    values = on_sector(mixture, "jacobian")
    one, other = values((R, Q), 7), values((R, 1 - Q), 7)
    assert one.overlaps(other) == alike


def test_at_four_components_they_are_not() -> None:
    mixture = Mixture.simplex(4, "one-heavy:9/10")
    assert last_turn(mixture) == 1
    values = on_sector(mixture, "factor")
    assert not values((R, Q), 7).overlaps(values((R, 1 - Q), 7))


def asked(**changes: Any) -> dict[str, Any]:
    """A file that says little more than that it is mirrored."""
    weights = changes.get("weights", [["4/5", 1], ["1/20", 4]])
    k = sum(count for _, count in weights)
    orbit = changes.get("orbit", "all")
    axes = 1 if orbit == "simplex" else 2
    return {
        "inputs": {
            "k": k, "weights": weights, "kind": "factor", "gap": "1/2", "orbit": orbit,
        },
        "engine": "cover", "statements": [], "hypotheses": HYPOTHESES,
        "parameters": {
            "lower": "1*2^-1", "upper": "1*2^0", "sigma": ["9*2^-4", "9*2^-4"], "start": "0*2^0",
            "worst": ["1*2^0"] * axes, "boxes": [], "values": [],
            "mirrored": changes.get("mirrored", True),
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"mirrored": False},
        {"mirrored": 1},
        {"weights": [["4/5", 1], ["1/20", 2], ["1/25", 1], ["3/50", 1]]},
        {"weights": [["4/5", 1], ["1/15", 3]]},
        {"orbit": "simplex"},
    ],
)
def test_what_may_not_be_mirrored_is_rejected(changes: dict[str, Any]) -> None:
    assert read(asked()).last == Fraction(1, 2)
    with pytest.raises(Rejected, match="mirrored"):
        read(asked(**changes))


@cache
def found() -> CertifiedRadius:
    mixture = Mixture.simplex(5, "one-heavy:9/10")
    result = certified_gamma(mixture, "factor", "9/10", width=Fraction(1, 10**7))
    assert isinstance(result, CertifiedRadius)
    return result


@pytest.mark.slow
def test_seven_digits_of_one_heavy_weights_at_five_are_proved_again() -> None:
    """λ fails at both axes at once: at one point alone of the half that is covered."""
    tip = found().falling
    assert isinstance(tip, Tip)
    assert tip.turn == 0
    assert "mirror image" in found().why()
    made = json.loads(json.dumps(of_radius(found(), "")))
    Draft202012Validator(schema("certificate")).validate(made)
    verdict = confirm(made)
    assert verdict.status == "proved again", verdict.reason
    assert any("but for (a_2, a_1)" in line for line in verdict.statement)
    with pytest.raises(alone.Bad) as refused:
        alone.check(json.dumps(made).encode())
    assert refused.value.args[0] == 3
    whole = copy.deepcopy(made)
    del whole["parameters"]["mirrored"]
    assert confirm(resealed(whole)).status == "false"
