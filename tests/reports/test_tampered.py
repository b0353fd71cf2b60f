"""Ledgers and results of sweeps that were changed and sealed again: what they say of themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from overspec import cli
from overspec.errors import InputError
from overspec.evidence import Evidence, Outcome
from overspec.verify.claims.ledger import Ledger, digest
from overspec.verify.claims.run import run
from overspec.verify.sweep.run import contradiction
from overspec.verify.sweep.spec import Task
from overspec.verify.sweep.store import Damaged, Store
from overspec.verify.sweep.task import compute


@cache
def ledger() -> Ledger:
    """P4, and once more under another name, as if it rested on the first."""
    found = run((2,), ("P4",), quick=True)
    (below,) = found.certificates
    above = replace(below, claim="P5", text=replace(below.text, depends=("P4",)))
    return replace(found, certificates=(below, above))


def tampered(label: str, **changes: Any) -> dict[str, Any]:
    """With new hashes: as an attacker makes it."""
    rows = [replace(c, **changes) if c.claim == label else c for c in ledger().certificates]
    plain: dict[str, Any] = json.loads(
        json.dumps(replace(ledger(), certificates=tuple(rows)).to_json())
    )
    return plain


def refused(data: dict[str, Any], words: str, folder: Path) -> None:
    path = folder / "ledger.json"
    path.write_text(json.dumps(data))
    with pytest.raises(InputError, match=words):
        Ledger.from_json(data)
    assert cli.main(["report", "--ledger", str(path), "--out", str(folder / "out")]) == 2
    assert not (folder / "out").exists()


def test_the_ledger_itself_is_read() -> None:
    assert Ledger.from_json(json.loads(json.dumps(ledger().to_json()))) == ledger()


def test_more_evidence_than_its_own_check_gave_is_refused(tmp_path: Path) -> None:
    changed = tampered("P4", own=Evidence.MEASURED, evidence=Evidence.PROVED)
    refused(changed, "P4 claims more evidence", tmp_path)


def test_more_evidence_than_what_it_rests_on_is_refused(tmp_path: Path) -> None:
    data = tampered("P4", own=Evidence.MEASURED, evidence=Evidence.MEASURED)
    refused(data, "claims more evidence than what it rests on", tmp_path)


def test_resting_on_what_is_refuted_is_refused(tmp_path: Path) -> None:
    refused(tampered("P4", outcome=Outcome.REFUTED), "rests on what is not", tmp_path)


COPIES = {
    "title": "another title",
    "worth": "proved for all k",
    "expected": "refuted",
    "command": "overspec verify --claims another",
    "note": "a key of the forger's",
    "seconds": "1e999",
}


@pytest.mark.parametrize("key", COPIES)
def test_a_copy_that_differs_is_refused(key: str, tmp_path: Path) -> None:
    data = tampered("P4")
    next(row for row in data["claims"] if row["id"] == "P4")[key] = COPIES[key]
    refused(data, "in two ways", tmp_path)


def test_a_claim_twice_is_refused(tmp_path: Path) -> None:
    data = tampered("P4")
    data["claims"].append(data["claims"][0])
    refused(data, "a claim occurs twice", tmp_path)


def test_a_change_without_a_new_hash_is_refused(tmp_path: Path) -> None:
    data = tampered("P4")
    data["claims"][0]["margin"] = "0.5"
    refused(data, "changed after it was made", tmp_path)
    assert len(digest(ledger().certificates[0])) == 64


# --- sweeps

TASK = Task(2, 1, "9/10,1/10", "factor", "9/10", "all", 4, False)
CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "ends in the wrong order": lambda r: r.update(lower=r["upper"], upper=r["lower"]),
    "a bound above the upper end": lambda r: r.update(bound="9"),
    "no number": lambda r: r.update(lower="\x1b[2J"),
    "nan": lambda r: r.update(upper="nan"),
    "one end": lambda r: r.update(upper=""),
    "evidence of a proof": lambda r: r.update(evidence="certified"),
    "evidence without an answer": lambda r: r.update(lower="", upper="", bound=""),
    "another column": lambda r: r.update(note="1"),
    "a column less": lambda r: r.pop("sigma"),
    "not text": lambda r: r.update(lower=1.0),
}  # fmt: skip


@cache
def answer() -> dict[str, str]:
    return compute(TASK)


@pytest.mark.parametrize("name", CHANGES)
def test_a_result_that_contradicts_itself_is_computed_again(name: str, tmp_path: Path) -> None:
    store = Store(tmp_path, "sources", contradiction)
    store.put(asdict(TASK), answer())
    assert store.get(asdict(TASK)) == answer()
    changed = dict(answer())
    CHANGES[name](changed)
    store.put(asdict(TASK), changed)  # with a checksum that fits
    assert isinstance(store.get(asdict(TASK)), Damaged)


def test_answers_of_every_sort_are_kept() -> None:
    least = replace(TASK, kind="least", gap="")
    none = replace(TASK, weights="uniform")
    certified = replace(TASK, certify=True)
    for task in (TASK, least, none, certified):
        assert contradiction(asdict(task), compute(task)) == ""
