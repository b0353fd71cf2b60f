"""Ledgers as a stranger may send them, by way of the commands that read them: never a crash."""

import copy
import json
import random
from collections import defaultdict
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from forged import at, places

from overspec import cli
from overspec.errors import InputError
from overspec.evidence import Certificate
from overspec.reports.content.compose import compose
from overspec.reports.printing.html import render as page
from overspec.reports.printing.latex import render as paper
from overspec.verbs.verify import load_ledger
from overspec.verify.claims.ledger import Ledger

OLD = next((Path(__file__).parent / "older").glob("*.json"))
TEXTS = ["", "\x00\x1b[31m\u202e", "\\input{/etc/passwd} $ % & # _ ^ ~ {", "x" * 3000, "1e400",
         "<script>alert(1)</script>", "−∞", "🜁", "k = ", "[1]"]  # fmt: skip


def odd(value: Any, rng: random.Random) -> Any:
    """Something else in its place."""
    if isinstance(value, str):
        return rng.choice([*TEXTS, value[::-1], None, 7, [value]])
    if isinstance(value, list):
        return rng.choice([value[:-1], value * 2, [], {}, None, value[::-1]])
    if isinstance(value, dict):
        return rng.choice([{}, [], None, dict(list(value.items())[:-1]), {**value, "more": 1}])
    return rng.choice([None, -1, 10**400, "1", [], True, 1.5])


@cache
def few() -> Ledger:
    """Two rows, one of them proved."""
    return Ledger.from_json(json.loads(OLD.read_text(encoding="utf-8")))


@cache
def written() -> str:
    return json.dumps(few().to_json())


def broken(rng: random.Random) -> Any:
    """One to three places of the JSON changed; hashes are not made anew."""
    data = copy.deepcopy(json.loads(written()))
    for _ in range(rng.choice([1, 1, 2, 3])):
        paths = list(places(data))
        path = rng.choice(paths)
        at(data, path[:-1])[path[-1]] = odd(at(data, path), rng)
    return data


def sealed(rng: random.Random) -> Any:
    """Texts of certificates changed, and sealed again as the package does."""

    def other(certificate: Certificate) -> Certificate:
        if rng.random() < 0.5:
            return certificate
        text = certificate.text
        names = [f.name for f in fields(text) if isinstance(getattr(text, f.name), str)]
        text = replace(text, **{rng.choice(names): rng.choice(TEXTS)})
        own = [f.name for f in fields(certificate) if isinstance(getattr(certificate, f.name), str)]
        own.remove("claim")
        return replace(certificate, text=text, **{rng.choice(own): rng.choice(TEXTS)})

    ledger = few()
    return replace(ledger, certificates=tuple(map(other, ledger.certificates))).to_json()


def attacked(data: Any, path: Path) -> int:
    """The exit code of a command; what is read is also put on paper and on a page."""
    path.write_text(json.dumps(data), encoding="utf-8")
    code = cli.main(["coverage", "--ledger", str(path)])
    try:
        document = compose(load_ledger(path))
    except InputError:
        return code
    drawings: dict[str, str] = defaultdict(str)
    printed, shown = paper(document, drawings), page(document, drawings)
    for text in (printed, shown):
        assert "\x1b" not in text
        assert "\x00" not in text
    assert "\\input{/etc" not in printed
    assert "<script>alert" not in shown
    return code


def attack(count: int, seed: int, path: Path) -> set[int]:
    rng = random.Random(seed)
    return {attacked(rng.choice([broken, sealed])(rng), path) for _ in range(count)}


def test_hostile_ledgers_are_read_or_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert attacked(json.loads(written()), tmp_path / "honest.json") == 0
    assert attack(12, 1, tmp_path / "ledger.json") <= {0, 1, 2, 3}
    assert "\x1b" not in "".join(capsys.readouterr())


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_many_hostile_ledgers_are_read_or_refused(seed: int, tmp_path: Path) -> None:
    assert attack(500, seed, tmp_path / "ledger.json") <= {0, 1, 2, 3}
