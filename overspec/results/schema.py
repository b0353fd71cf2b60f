"""The published JSON Schemas of what ``--json`` prints and `to_dict` gives, one a command.

``certificate`` is the schema of a certificate file; docs/certificates.md says what it means.

They are files of the package, ``overspec/schemas/*.json`` (draft 2020-12).
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from overspec.errors import InputError

NAMES = ("certificate", "check", "compare", "coverage", "derive", "evaluate", "experiment",
         "explain", "gallery", "lloyd", "model", "probe", "radius", "report", "run", "samples",
         "sweep", "verify")  # fmt: skip


def schema(name: str) -> dict[str, Any]:
    """The schema of a command; ``explain`` is that of ``derive --explain``.

    Raises:
        InputError: no command of that name.

    >>> schema("check")["required"]
    ['valid', 'status', 'reason', 'statement', 'epsilon']
    """
    if name not in NAMES:
        raise InputError(f"no schema {name!r}; there are {', '.join(NAMES)}")
    text = (files("overspec") / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data
