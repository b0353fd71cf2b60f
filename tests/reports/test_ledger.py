"""What a ledger carries for a report: error budgets, ranges, and ledgers of an older schema."""

import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from overspec import Energies, Mixture
from overspec.decimals import Number
from overspec.errors import InputError
from overspec.evidence import Certificate, Evidence, Extent
from overspec.verify.claims.claim import Scope
from overspec.verify.claims.ledger import OLDER, SCHEMA, Ledger, digest
from overspec.verify.claims.registry import claim
from overspec.verify.claims.run import run
from overspec.verify.enclosures.budget import BOUNDED, error_budget
from overspec.verify.enclosures.evaluate import certified_evaluation


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return run((2,), ("G", "P4"), quick=True)


@pytest.fixture(scope="module")
def certified(ledger: Ledger) -> Certificate:
    return next(c for c in ledger.certificates if c.claim == "G")


def plain(ledger: Ledger) -> Any:
    return json.loads(json.dumps(ledger.to_json()))


def test_a_certified_claim_says_its_error_budget(ledger: Ledger) -> None:
    for c in ledger.certificates:
        assert (c.budget is not None) == (c.own is Evidence.CERTIFIED)
        if c.budget is not None:
            assert all(line.derivation and line.assumes for line in c.budget.lines)


def test_the_budget_covers_the_chord_it_is_of(certified: Certificate) -> None:
    """The lines add up to at least half the width of the enclosure, and to hardly more."""
    measured = claim("G").measure(Scope((2,)))
    chord = next(c for c in measured if str(c) == certified.worst_at)
    assert certified.budget == chord.budget
    half = (chord.upper - chord.lower) / 2
    lines = [Fraction(line.bound) for line in chord.budget.lines]
    assert half <= sum(lines) <= Fraction(chord.budget.total) <= half * Fraction(100001, 100000)
    assert all(half > sum(lines) - line for line in lines if line > half / 1000)


@pytest.mark.parametrize("engine", ["lattice", "laplace"])
def test_every_error_of_the_engines_is_explained(engine: str) -> None:
    mixture, point = Mixture.simplex(3, "1/2,3/10,1/5"), Energies.of_amplitudes(3, "1")
    found = certified_evaluation(mixture, point, 10, engine).quantities
    for value in found.values():
        assert isinstance(value, Number)
        assert {name for name, _ in value.budget} <= set(BOUNDED)
        budget = error_budget("it", [(Fraction(1), value)])
        assert value.error <= Fraction(budget.total) <= value.error * Fraction(100001, 100000)


def test_an_error_without_a_derivation_is_refused() -> None:
    with pytest.raises(KeyError, match="gremlins"):
        error_budget("it", [(Fraction(1), Number(Fraction(0), (("gremlins", Fraction(1)),)))])


def test_a_budget_cannot_be_changed_or_dropped(ledger: Ledger) -> None:
    for change in (
        lambda budget: None,
        lambda budget: {**budget, "total": "1E-99"},
        lambda budget: {**budget, "lines": budget["lines"][1:]},
    ):
        data = plain(ledger)
        (row,) = (row for row in data["claims"] if row["id"] == "G")
        row["budget"] = change(row["budget"])
        with pytest.raises(InputError, match="was changed after it was made"):
            Ledger.from_json(data)


OLD = Path(__file__).parent / "older"


@pytest.mark.parametrize("schema", OLDER)
def test_a_ledger_of_an_older_schema_is_read(schema: str) -> None:
    """Two rows as version 0.1.0 wrote them: what they do not say is not made up."""
    data = json.loads((OLD / f"{schema}.json").read_text(encoding="utf-8"))
    found = Ledger.from_json(data)
    exact, measured = found.certificates
    assert (exact.claim, exact.worth) == ("S2", "proved for k = 2, 3 under 2 hypotheses")
    assert (measured.claim, measured.worth) == ("T4c", "measured on k = 2, 3")
    assert str(measured.scope) == "k: 2, 3; d: k − 1; weights: uniform"
    assert exact.text.proof
    assert not exact.text.methods
    again = Ledger.from_json(json.loads(json.dumps(found.to_json())))
    assert again == found
    assert found.to_json()["schema"] == SCHEMA


@pytest.mark.parametrize("schema", OLDER)
@pytest.mark.parametrize("change", [{"margin": "1"}, {"ranges": [["k", "9"]]}, {"worst_at": "x"}])
def test_a_changed_row_of_an_older_ledger_is_refused(
    schema: str, change: dict[str, object]
) -> None:
    data = json.loads((OLD / f"{schema}.json").read_text(encoding="utf-8"))
    data["claims"][0] |= change
    with pytest.raises(InputError, match="was changed after it was made"):
        Ledger.from_json(data)


def test_a_row_of_today_needs_every_field(ledger: Ledger) -> None:
    for field in ("scope", "under", "through", "budget"):
        data = plain(ledger)
        del data["claims"][0][field]
        with pytest.raises(InputError, match="damaged: KeyError"):
            Ledger.from_json(data)


HEAVY = "{'sympy', 'numpy', 'scipy', 'flint', 'overspec.proofs', 'overspec.verify.claims.registry'}"


@pytest.mark.slow
def test_a_ledger_is_printed_without_proofs_and_engines(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "ledger.json").write_text(json.dumps(ledger.to_json()))
    code = (
        "import sys; from pathlib import Path\n"
        "from overspec.verbs.verify import load_ledger\n"
        "from overspec.reports import report\n"
        "from overspec.reports.printing import html, latex\n"
        "document = report.compose(load_ledger(Path('ledger.json')))\n"
        "html.render(document, {}), latex.render(document, {})\n"
        f"print({HEAVY} & set(sys.modules))\n"
        "from overspec.verify.claims.registry import claim\n"
        "print(claim.cache_info().currsize)"
    )
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "0"]  # and no claim is built on import


@pytest.mark.parametrize("schema", ["overspec-ledger-1", "overspec-ledger-99", "", None, 3, []])
def test_other_schemas_are_refused_by_name(ledger: Ledger, schema: object) -> None:
    with pytest.raises(InputError, match=f"schema must be {SCHEMA}"):
        Ledger.from_json({**plain(ledger), "schema": schema})


def test_the_hash_covers_everything_but_the_run_time(certified: Certificate) -> None:
    assert digest(replace(certified, seconds=1e6)) == digest(certified)
    assert certified.budget is not None
    for change in (
        {"margin": "1"},
        {"scope": Extent()},
        {"under": ()},
        {"budget": None},
        {"budget": replace(certified.budget, of="something else")},
    ):
        assert digest(replace(certified, **change)) != digest(certified)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("quick", 1, "Expected `bool`, got `int`"),
        ("ks", [2, True], "Expected `int`, got `bool`"),
        ("made", None, "Expected `str`, got `null`"),
        ("conditions", [{"k": 2, "frequency": 1}], "missing required field `tex`"),
        ("figures", {}, "Expected `array`, got `object`"),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_place(
    ledger: Ledger, key: str, value: object, words: str
) -> None:
    with pytest.raises(InputError, match=f"{words}.*{key}"):
        Ledger.from_json({**plain(ledger), key: value})


@pytest.mark.parametrize("key", ["ks", "quick", "conditions", "mixtures", "figures", "made"])
def test_nothing_is_filled_in(ledger: Ledger, key: str) -> None:
    data = plain(ledger)
    del data[key]
    with pytest.raises(InputError, match=f"damaged: KeyError\\('{key}'\\)"):
        Ledger.from_json(data)
