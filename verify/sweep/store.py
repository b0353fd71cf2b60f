"""Expensive results kept in content-addressed files: never stale, and damage is found.

The name of a file is the SHA-256 of all that its result depends on: the inputs, the precision among
them, the version of the package and its sources. The file carries a checksum of its content. It is
written under a temporary name and renamed, so that a reader sees a whole file or none.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import overspec
from overspec import __version__
from overspec.errors import InputError
from overspec.files import parse_json, read_bytes

MOST_BYTES = 100_000  # of a result; its text is some hundred


@cache
def source_hash() -> str:
    """SHA-256 over the Python sources that results depend on: nouns, results, proofs and verify.

    >>> len(source_hash())
    64
    """
    digest = hashlib.sha256()
    package = Path(overspec.__file__).parent
    rooms = ("results", "proofs", "verify")
    for name, folder in [("overspec", package), *((n, package / n) for n in rooms)]:
        paths = folder.glob("*.py") if folder == package else folder.rglob("*.py")
        for path in sorted(paths):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{name}/{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def key_of(inputs: dict[str, Any], sources: str) -> str:
    """The name of the result of some inputs under some sources.

    >>> key_of({"k": 3}, "a") == key_of({"k": 3}, "b")
    False
    """
    return _digest({"inputs": inputs, "sources": sources, "version": __version__})


@dataclass(frozen=True)
class Damaged:
    """A file that is not what was written: why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Store:
    """The results of one version of the sources in a folder.

    Attributes:
        judge: what is wrong with a result for what it says itself, given the inputs; a checksum can
            be made anew. Empty where nothing is.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(Path(folder), "sources")
    ...     path = store.put({"k": 3}, {"lower": "1"})
    ...     store.get({"k": 3}), store.get({"k": 4})
    ({'lower': '1'}, None)
    """

    folder: Path
    sources: str
    judge: Callable[[dict[str, Any], Any], str] = lambda inputs, result: ""

    def path(self, inputs: dict[str, Any]) -> Path:
        """Where the result of these inputs belongs."""
        key = key_of(inputs, self.sources)
        return self.folder / key[:2] / f"{key}.json"

    def get(self, inputs: dict[str, Any]) -> dict[str, Any] | Damaged | None:
        """The result, None where there is none yet, or what is wrong with the file."""
        path = self.path(inputs)
        try:
            if not path.exists():
                return None
            content = parse_json(read_bytes(path, MOST_BYTES), "it")
        except (OSError, InputError) as error:
            return Damaged(path, f"cannot be read: {error}")
        if not isinstance(content, dict) or set(content) != {"inputs", "result", "checksum"}:
            return Damaged(path, "not a result of a sweep")
        if content["inputs"] != inputs:
            return Damaged(path, "holds the result of other inputs")
        if content["checksum"] != _digest([inputs, content["result"]]):
            return Damaged(path, "its checksum does not fit")
        result: dict[str, Any] = content["result"]
        wrong = self.judge(inputs, result)
        return Damaged(path, wrong) if wrong else result

    def put(self, inputs: dict[str, Any], result: dict[str, Any]) -> Path:
        """Write a result, whole or not at all; the same bytes for the same result."""
        path = self.path(inputs)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"inputs": inputs, "result": result, "checksum": _digest([inputs, result])}
        # one name for each file: what a killed run leaves behind, the next one replaces
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(content, sort_keys=True, indent=1) + "\n", encoding="utf-8")
        os.replace(temporary, path)
        return path


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
