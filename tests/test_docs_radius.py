"""Every bracket published in docs/radius.md: proved again, and confirmed by the checker's engine.

Rows that take more than a few seconds are slow: ``pytest -m slow tests/test_docs_radius.py``.
"""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from overspec import Mixture
from overspec.verify.check import check
from overspec.verify.cover import Uncovered
from overspec.verify.radius_certificate import of_radius
from overspec.verify.radius_certify import CertifiedRadius, certified_gamma, prove_lower
from overspec.verify.radius_slack import one_dimensional
from overspec.verify.radius_values import above, on_sector, on_simplex

PAGE = Path(__file__).parents[1] / "docs" / "radius.md"
HEAD = "| k | weights | kind | c | orbit | lower | upper | points |"
SUPERSCRIPT = {"10⁶": "1000000"}
QUICK = 4  # components up to which a row over all θ is quick


def published() -> list[tuple[str, ...]]:
    lines = PAGE.read_text(encoding="utf-8").split(HEAD)[1].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        rows.append((SUPERSCRIPT.get(cells[0], cells[0]), *cells[1:]))
    return rows


def marked(row: tuple[str, ...]) -> object:
    few = row[1].startswith("one-heavy") or int(row[0]) <= 20
    quick = few and (row[4] == "simplex" or int(row[0]) <= QUICK) and row[2] != "convexity"
    return pytest.param(row, marks=[] if quick else [pytest.mark.slow], id=" ".join(row[:5]))


def test_the_table_is_read() -> None:
    rows = published()
    assert len(rows) >= 15
    assert {len(row) for row in rows} == {8}
    assert all(row[6] == "inf" or Fraction(row[5]) < Fraction(row[6]) for row in rows)


@pytest.mark.parametrize("row", [marked(row) for row in published()])
def test_a_published_bracket_is_proved_confirmed_and_tight(row: tuple[str, ...]) -> None:
    """The printed ends are the proved ones rounded outward; 1e-3 beyond, the proof fails."""
    k, weights, kind, gap, orbit, lower, upper, _ = row
    mixture = Mixture.simplex(int(k), weights)
    found = certified_gamma(mixture, kind, gap, orbit)
    assert isinstance(found, CertifiedRadius)
    beyond = (found.upper is None and orbit == "all" and int(k) > 3) or (
        kind != "factor" and int(k) > 5
    )
    if not beyond:  # of the checker, see the page
        verdict = check(json.loads(json.dumps(of_radius(found, "test"))))
        assert verdict.status == "valid", verdict.reason
    if upper == "inf":
        assert (lower, found.upper) == ("inf", None)
        return
    assert found.upper is not None
    unit = Fraction(1, 10 ** len(upper.partition(".")[2]))
    assert 0 <= found.lower - Fraction(lower) < unit
    assert 0 <= Fraction(upper) - found.upper < unit
    single = one_dimensional(mixture, orbit)
    values = on_simplex(mixture, kind) if single else on_sector(mixture, kind)
    slack = above(values, found.threshold, 10 if single else 5)
    raised = Fraction(upper) * Fraction(1001, 1000)
    assert isinstance(prove_lower(mixture, kind, slack, raised, single, found.start), Uncovered)
