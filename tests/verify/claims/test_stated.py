"""Claims that a user states: what is wrong is said, two different numbers read differently."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from overspec import InputError
from overspec.verify.claims.stated import parse
from overspec.verify.sweep.spec import read_spec

pytestmark = pytest.mark.quick

MIXTURE = '[mixture]\nk = 3\nweights = "1/2,3/10,1/5"\n[[claim]]\n'
KL = 'kind = "bound"\nquantity = "kl"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (KL + 'radius = "1"\nequals = "0.1"\ntolerance = "-1"', "tolerance -1: use a number >= 0"),
        (KL + 'radius = "1"\nat_least = "1e400"', "below 1e300"),
        (KL + 'radius = "1"\nequals = "0.1"\ntolerance = "1e400"', "below 1e300"),
        (KL + 'radius = 1.5\nat_least = "1"', "as text"),
        (KL + 'radius = [1]\nat_least = "1"', "as text"),
        (KL + 'amplitudes = {a = 1}\nat_least = "1"', "as text"),
        (KL + 'amplitudes = true\nat_least = "1"', "as text"),
        ('kind = "bound"\nquantity = ["kl"]\nradius = "1"\nat_least = "1"', "quantity"),
        ('kind = ["rate"]\nequals = "1"', "kind"),
        ('kind = "radius"\nof = 3\nat_least = "1"', "of = 3"),
    ],
)
def test_what_is_wrong_with_a_claim_is_said(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse(MIXTURE + text)


@pytest.mark.parametrize("amplitudes", ["1", '"1"', "[1]", '["1"]'])
def test_amplitudes_are_a_number_a_list_or_text(amplitudes: str) -> None:
    (claim,) = parse(MIXTURE + KL + f'amplitudes = {amplitudes}\nat_least = "1/10"')
    assert claim.check().outcome.value == "holds"


def test_numbers_that_differ_read_differently() -> None:
    """E log S at radius 1 is the reference value of math.md section 5: KL = 0.10483905563656…"""
    (claim,) = parse(MIXTURE + KL + 'radius = "1"\nequals = "0.104839056"\ntolerance = "1e-12"')
    found = claim.check()
    assert found.outcome.value == "refuted"
    assert "computed 0.1048390556 … 0.1048390556" in found.words
    assert "≈ 0.104839056 to within 1/1000000000000" in found.words
    (claim,) = parse(MIXTURE + KL + 'radius = "1"\nat_most = "0.1048390556365612"')
    said = claim.check().words.split("stated")
    assert "0.1048390556365612" not in said[0].replace("0.10483905563656125", "")


def test_a_byte_order_mark_is_no_syntax_error() -> None:
    assert parse("\ufeff" + MIXTURE + 'kind = "rate"\nequals = "93/100"')
    assert read_spec('\ufeff[[grid]]\nk = [2]\nweights = ["linear"]')


WORDS = [
    *('"1"', '"1/3"', '"kl"', '"g1"', '"sqrt(2)"', '""', '"1e400"', "[]", "[1]", "{}", '"rate"'),
    *('"uniform"', '"linear"', '"1/2,1/2"', '"one-heavy:1/2"', '"eigenvalue"', '"invertible"'),
    *('"bound"', "{1=1}", '{"²"=1}', "1979-05-27", '"-1"', '"1e-200"', '"1/0"', '"sin(1)"'),
    *("nan", "inf", "0x1f", '"\\u0000"', "true", "false"),
]
VALUES = st.one_of(st.integers(-3, 10**13).map(str), st.floats().map(repr), st.sampled_from(WORDS))
KEYS = st.sampled_from(["kind", "name", "equals", "at_least", "at_most", "tolerance", "frequency",
                        "quantity", "amplitudes", "radius", "gap", "of"])  # fmt: skip
ROWS = st.dictionaries(KEYS, VALUES, max_size=5)
HEADS = st.dictionaries(st.sampled_from(["k", "d", "weights", "frequencies"]), VALUES, max_size=4)


def table(name: str, row: Any) -> str:
    return name + "\n" + "".join(f"{key} = {value}\n" for key, value in row.items())


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.just({"k": "3", "weights": '"1/2,3/10,1/5"'}), HEADS), ROWS)
@example({"k": "1000000000000", "weights": '"uniform"'},
         {"kind": '"eigenvalue"', "frequency": "-1", "equals": '"1"'})  # fmt: skip
@example({"k": "3", "weights": '"1/2,3/10,1/5"'}, {"kind": '"bound"', "quantity": '"kl"',
         "radius": '"1e-200"', "at_least": '"1"'})  # fmt: skip
def test_no_claim_is_a_crash(head: Any, row: Any) -> None:
    row = {key: value for key, value in row.items() if value != '"radius"'}
    with contextlib.suppress(InputError):
        for claim in parse(table("[mixture]", head) + table("[[claim]]", row)):
            claim.check()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_no_text_is_a_crash(text: str) -> None:
    for read in (parse, read_spec):
        with contextlib.suppress(InputError):
            read(text)
