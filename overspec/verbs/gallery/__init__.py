"""``ov.gallery``: theorems on EM from the literature, audited, and a template for your own.

Each paper is a function by its name, `daskalakis_2017` and so on; its arguments are the parameters
of the entry, exact numbers or text. It gives an `Audit`: what is published, an enclosure of what is
true, and a verdict computed from both.

    >>> import overspec as ov
    >>> found = ov.gallery.daskalakis_2017(theta="1/2")
    >>> [finding.verdict.kind.value for finding in found.findings]
    ['condition', 'loose', 'loose']

`Entry`, `Statement`, `Parameter`, `Mutant` and `Finding` state a theorem of your own; `audit` runs
it, `survivors` tries its mutants, `formula` and `compare` judge formulas that `ov.save_certificate`
can state, and `line` and `softmax` have expectations with proof.

run  Run one entry or all, list them, keep and print what was found.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from overspec.verbs.gallery.run import audit, everything, listing, save, tex
    from overspec.verify.gallery import formula, line, search, softmax
    from overspec.verify.gallery.audit import Audit, Gallery, survivors
    from overspec.verify.gallery.entry import Entry, Mutant, Parameter, Statement
    from overspec.verify.gallery.verdict import (
        Finding,
        Kind,
        Known,
        Verdict,
        at_least,
        at_most,
        compare,
    )

#: Where each name is: what computes is loaded when it is first asked for.
_WHERE = {
    **dict.fromkeys(("audit", "everything", "listing", "save", "tex"), "verbs.gallery.run"),
    **dict.fromkeys(("Audit", "Gallery", "survivors"), "verify.gallery.audit"),
    **dict.fromkeys(("Entry", "Mutant", "Parameter", "Statement"), "verify.gallery.entry"),
    **dict.fromkeys(
        ("Finding", "Kind", "Known", "Verdict", "at_least", "at_most", "compare"),
        "verify.gallery.verdict",
    ),
}
_MODULES = ("formula", "line", "search", "softmax")

__all__ = [
    "Audit",
    "Entry",
    "Finding",
    "Gallery",
    "Kind",
    "Known",
    "Mutant",
    "Parameter",
    "Statement",
    "Verdict",
    "at_least",
    "at_most",
    "audit",
    "compare",
    "everything",
    "formula",
    "line",
    "listing",
    "save",
    "search",
    "softmax",
    "survivors",
    "tex",
]


def _papers() -> list[str]:
    from overspec.verify.gallery.registry import ENTRIES

    return [entry.name for entry in ENTRIES]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f"overspec.{_WHERE[name]}"), name)
    if name in _MODULES:
        return import_module(f"overspec.verify.gallery.{name}")
    if name[0] != "_" and name in _papers():
        return import_module("overspec.verbs.gallery.run").paper(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_papers()})
