"""Ledgers of older schemas: what their rows mean now, and the hash that rows of any schema have.

Schema 3 had ranges of k, d and π in words where there now is a scope, and did not tell a named
hypothesis from the setting of a proof; schema 2 had no error budgets.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

#: The fields of a certificate of schema 3, other than the label.
FIELDS = ("outcome", "evidence", "domain", "margin", "worst_at", "provenance", "hypotheses",
          "amendment", "counterexample", "values", "own", "ranges", "text")  # fmt: skip


def modern(row: dict[str, Any]) -> dict[str, Any]:
    """A row of schema 2 or 3 as one of today; KeyError for a field that is missing.

    What an older ledger does not say is not made up: every hypothesis that it lists counts as a
    named one, and evidence that is weaker than a claim's own came through what it rests on.
    """
    ranges = dict(row["ranges"])
    lower = row["own"] not in (None, row["evidence"])
    text = {**row["text"], "methods": [], "shares": []}
    text["proof"] = [{**step, "shares": []} for step in text["proof"]]
    return {
        "budget": None,
        **row,
        "text": text,
        "scope": {
            "k": ks(ranges.get("k", "")),
            "d": ranges.get("d", ""),
            "weights": ranges.get("π", ""),
            "theta": "",
        },
        "under": [{"name": "", "words": words, "source": ""} for words in row["hypotheses"]],
        "through": ["what it rests on"] if lower else [],
    }


def ks(words: str) -> list[int] | str:
    """Numbers from the words of a range.

    >>> ks("2, 3, 4"), ks("2 … 5"), ks("any")
    ([2, 3, 4], [2, 3, 4, 5], 'any')
    """
    numbers = [int(digits) for digits in re.findall(r"\d+", words)]
    if "…" in words:
        return list(range(numbers[0], numbers[-1] + 1))
    return numbers or words


def older_digest(row: dict[str, Any]) -> str:
    """The hash of a row of schema 2 or 3, as it was made."""
    source = row["provenance"]
    content = {
        **{name: row[name] for name in FIELDS},
        "claim": row["id"],
        "seconds": 0.0,
        "budget": row.get("budget"),
        "values": list(row["values"].items()),
        "provenance": {**source, "libraries": list(source["libraries"].items())},
    }
    return sha256(content)


def sha256(content: dict[str, Any]) -> str:
    """The hash of what a certificate says, as plain data; one without a budget has no such key."""
    if content["budget"] is None:
        content = {name: value for name, value in content.items() if name != "budget"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
