"""A ledger as a LaTeX document. Computes no mathematics: it prints what others derived."""

from __future__ import annotations

from typing import Any

import jinja2

from ..evidence import Certificate, Evidence
from ..proofs.circulant import invertibility_condition
from ..verify.claims import CLAIMS
from ..verify.ledger import Ledger
from .summary import closing_sentence
from .tex import Tex, escape

MEANING = {
    Evidence.PROVED: "exact symbolic steps, each re-checked by a second method",
    Evidence.CERTIFIED: "an enclosure with every error term bounded and named",
    Evidence.MEASURED: "high-precision numbers that agree; no bound",
    Evidence.SAMPLED: "statistics with sample size, seed and interval",
    Evidence.CITED: "taken from a source, not checked",
}


def render(ledger: Ledger) -> str:
    """The report as LaTeX source; the same ledger gives the same bytes.

    Every value in the template is escaped unless it is `Tex`, which only the statements of the
    claims and the derived formulas are.
    """
    template = _environment().get_template("report.tex")
    rows = [_row(certificate) for certificate in ledger.certificates]
    text = template.render(
        version=ledger.certificates[0].provenance.version,
        closing=closing_sentence(ledger),
        scope="k = " + ", ".join(map(str, ledger.ks)),
        quick=ledger.quick,
        rows=rows,
        amendments=[row for row in rows if row["said"] or row["amendment"]],
        levels=[(level.value, meaning) for level, meaning in MEANING.items()],
        conditions=[
            {"k": k, "formulas": [Tex(c.tex) for c in invertibility_condition(k)]}
            for k in ledger.ks
        ],
        provenance=_provenance(ledger),
    )
    return text + "\n"


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("overspec.reports"),
        undefined=jinja2.StrictUndefined,
        block_start_string=r"\BLOCK{",
        block_end_string="}",
        variable_start_string=r"\VAR{",
        variable_end_string="}",
        comment_start_string=r"\#{",
        comment_end_string="}",
        trim_blocks=True,
        autoescape=False,
        finalize=escape,
    )


def _row(certificate: Certificate) -> dict[str, Any]:
    claim = CLAIMS[certificate.claim]
    return {
        "id": claim.id,
        "title": claim.title,
        "statement": _statement(claim.statement),
        "source": claim.source,
        "said": claim.said,
        "depends": ", ".join(claim.depends),
        "outcome": certificate.outcome.value,
        "evidence": certificate.evidence.value,
        "margin": certificate.margin,
        "worst_at": certificate.worst_at,
        "domain": certificate.domain,
        "hypotheses": certificate.hypotheses,
        "amendment": certificate.amendment,
        "counterexample": certificate.counterexample,
        "numbers": certificate.values,
        "seconds": f"{certificate.seconds:.1f}",
        "command": certificate.provenance.command,
    }


def _statement(tex: str) -> Tex:
    """Prose with formulas as it is; a bare formula is displayed."""
    return Tex(tex if "$" in tex or r"\[" in tex else rf"\[ {tex} \]")


def _provenance(ledger: Ledger) -> list[tuple[str, str]]:
    source = ledger.certificates[0].provenance
    rows = [("overspec", source.version), *source.libraries]
    return rows if source.seed is None else [*rows, ("seed", str(source.seed))]
