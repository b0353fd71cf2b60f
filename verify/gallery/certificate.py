"""What a run of an entry compared by formulas, as a certificate that ``overspec check`` reads.

The file states numbers: enclosures of both sides, and whether the comparison holds, is sharp, loose
or refuted. It does not state what an entry proves beyond them, for all θ say; statements without
formulas are counted in the file, and the checker does not decide it as a whole.
"""

from __future__ import annotations

from typing import Any

from overspec.decimals import Number
from overspec.errors import InputError
from overspec.verify.certificates.write import sealed, statement
from overspec.verify.gallery.audit import Audit
from overspec.verify.gallery.formula import Comparison, Formula
from overspec.verify.gallery.line import BITS, number, precision
from overspec.verify.gallery.verdict import Kind, at_least, at_most

HYPOTHESES = (
    "x has the law of the moment: a mixture of N(mean, 1)",
    "the weights of every law are positive and sum to 1",
)


def of_audit(found: Audit, command: str) -> dict[str, Any]:
    """The certificate of the comparisons of a run, ready to write.

    Raises:
        InputError: no statement has formulas, or a comparison is inconclusive.
    """
    if not found.findings:
        raise InputError(f"{found.entry.arxiv}: nothing was run, so nothing can be certified")
    compared = [f.compared for f in found.findings if f.compared is not None]
    if not compared:
        raise InputError(
            f"{found.entry.arxiv}: no statement compares two formulas, so there is nothing that a "
            "certificate could state"
        )
    numbers = [(_enclosed(c.left), _enclosed(c.right)) for c in compared]
    return sealed(
        {
            "claim": "comparison",
            "command": command,
            "inputs": {
                "comparisons": [
                    {"left": c.left.tree(), "relation": c.relation, "right": c.right.tree()}
                    for c in compared
                ],
                "programs": len(found.findings) - len(compared),
            },
            "engine": "moments",
            "parameters": {
                "bits": BITS,
                "verdicts": [_kind(c, *ends) for c, ends in zip(compared, numbers, strict=True)],
            },
            "hypotheses": list(HYPOTHESES),
            "statements": [
                statement(f"{side} {n}", ends)
                for n, pair in enumerate(numbers, start=1)
                for side, ends in zip(("left", "right"), pair, strict=True)
            ],
        }
    )


def _enclosed(formula: Formula) -> Number:
    with precision():
        found = number(formula.enclose())
    return Number(found.value, (("enclosure", found.error),))


def _kind(compared: Comparison, left: Number, right: Number) -> str:
    """The verdict on the two numbers alone."""
    judge = at_most if compared.relation == "<=" else at_least
    kind = judge(left, right, "").kind
    if kind is Kind.INCONCLUSIVE:
        raise InputError("a comparison is inconclusive; no certificate is written")
    return str(kind.value)
