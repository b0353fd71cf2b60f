"""The audit is fair: it quotes the summary in full, and calls nothing proved that it tried a few
times."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from overspec import Evidence, Outcome
from overspec.proofs.language.expression import expr
from overspec.proofs.language.operators import K
from overspec.proofs.language.statement import Relation, Statement
from overspec.verify.claims.audit.data import NON_GAUSSIAN, Law
from overspec.verify.claims.audit.decay import DECAY
from overspec.verify.claims.audit.geometry import GEOMETRY, on_difference_set
from overspec.verify.claims.audit.lloyd import LLOYD
from overspec.verify.claims.audit.weights import (
    ALIKE,
    CONDITION,
    UNIFORM,
    degenerate_iff,
    is_singular,
)
from overspec.verify.claims.claim import Claim, Scope
from overspec.verify.claims.rates import LINEAR
from overspec.verify.claims.registry import DIRECT
from overspec.weights import Weights

#: Lines of the summary under test, as they stand there.
SUMMARY = files("overspec.verify.source") / "paper-summary.md"
LINES = SUMMARY.read_text(encoding="utf-8").splitlines()
#: What may stand before a quote: the bullet and the heading of its line, or whole sentences.
HEADING = re.compile(r"\s*(- |\d\. )?(\*\*[^*]+\*\* |[A-Z][A-Za-z. ]+: )?|.*\. ")
SCOPE = Scope((2, 3, 4), quick=True)

#: T1 and the rows of the audit; experiments quote what they set out to do, and judge no sentence.
QUOTING = [claim for claim in DIRECT.values() if claim.said and claim.id[0] in "PT"]


@pytest.mark.parametrize("claim", QUOTING, ids=lambda claim: claim.id)
def test_a_quote_is_a_whole_sentence_of_the_summary(claim: Claim) -> None:
    (line,) = [line for line in LINES if claim.said in line]
    before, after = line.split(claim.said)
    assert HEADING.fullmatch(before), before
    assert after == "" or (claim.said.endswith(".") and after.startswith(" "))


def test_every_row_quotes_and_no_two_rows_judge_the_same_sentence() -> None:
    rows = [claim for claim in DIRECT.values() if claim.id.startswith("P")]
    assert len({row.said for row in rows}) == len(rows) == 10


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (UNIFORM, "k > 2"),
        (GEOMETRY, "(1 − g_m)) = 1"),
        (NON_GAUSSIAN, "the simplex is no fixed point of Lloyd's map; DM(0) ≠"),
    ],
    ids=lambda value: value.id if isinstance(value, Claim) else "",
)
def test_what_is_amended_is_what_the_sentence_says(claim: Claim, words: str) -> None:
    assert claim.expected is Outcome.AMENDED
    assert words in claim.stated.words


@pytest.mark.parametrize("claim", [CONDITION, LLOYD, DECAY, LINEAR], ids=lambda claim: claim.id)
def test_rows_that_the_summary_gets_right_hold(claim: Claim) -> None:
    """P6, P8 and P9 once corrected what the summary does not say."""
    assert claim.expected is Outcome.HOLDS
    assert claim.amended is None


def test_few_laws_prove_nothing_of_all() -> None:
    laws: tuple[Law, ...] = NON_GAUSSIAN.measure(SCOPE)
    assert NON_GAUSSIAN.amended is not None
    for form in (NON_GAUSSIAN.stated, NON_GAUSSIAN.amended):
        assert NON_GAUSSIAN.judge(form.payload, laws).evidence is Evidence.MEASURED
    # a law that is not exchangeable keeps Lloyd's simplex: no "exactly when"
    assert any(law.keeps_simplex and not law.exchangeable for law in laws)
    assert any(law.isotropic and not law.keeps_simplex for law in laws)
    assert any(0 < law.anisotropy < 0.01 and not law.keeps_rate for law in laws)


def _up_to(limit: int) -> Statement:
    sentence: Statement = degenerate_iff(ALIKE, Relation(K, "<=", expr(limit))).payload
    return sentence


def test_uniform_weights_are_degenerate_beyond_the_listed_k() -> None:
    fact = UNIFORM.measure(SCOPE)
    assert fact.telescopes
    for limit in (12, 10**9):
        assert UNIFORM.judge(_up_to(limit), fact).passed is False


@pytest.mark.parametrize("text", ["2/5,3/10,1/10,1/5", "3/10,1/5,3/10,1/5", "1/3,1/3,1/3"])
def test_singular_weights_of_the_matrix(text: str) -> None:
    assert is_singular(Weights.of(text))


def test_what_loses_the_simplex() -> None:
    """Difference sets at k = 7 keep it; four weights with a flat spectrum do not."""
    facts = GEOMETRY.measure(SCOPE)
    seven = {on_difference_set(f.mixture): f for f in facts if f.mixture.k == 7}
    assert set(seven) == {True, False}
    assert seven[True].spread < seven[True].error < 1e-12 < seven[False].spread
    flat = [f for f in facts if f.equal_spectrum and len(f.mixture.weights.counts) == 4]
    assert [f.spread > 1e-4 for f in flat] == [True]
