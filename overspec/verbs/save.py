"""``ov.save_certificate``: a certified result as a file that ``ov.check`` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from overspec.errors import InputError, InputTypeError
from overspec.evidence import Evidence
from overspec.verbs.lloyd import LloydResult


def save_certificate(result: object, path: str | Path, command: str | None = None) -> Path:
    """Write the certificate of a certified result, whole or not at all.

    Args:
        result: what `evaluate`, `radius` or `lloyd` gave with ``certify=True``, or a run of a
            gallery entry: then the comparisons of formulas are stated.
        path: the file, JSON.
        command: how it was made, for a reader; the result in words when left out.

    An evaluation by the engine ``pairs`` is certified again by ``lattice``, whose files the checker
    reads; that takes longer, and ends at some 15 digits.

    Raises:
        InputError: a number that is inconclusive, a result that no file states yet, or a place
            that cannot be written.
        InputTypeError: not a certified result.
    """
    from overspec.files import write_atomically
    from overspec.verify.certificates.write import text

    content = _content(result, repr(result) if command is None else command)
    return write_atomically(Path(path), text(content))


def _content(result: object, command: str) -> dict[str, Any]:
    from overspec.verify.certificates.write import of_evaluation, of_lloyd
    from overspec.verify.certificates.write_radius import of_radius
    from overspec.verify.enclosures.ball import Inconclusive
    from overspec.verify.enclosures.evaluate import CertifiedEvaluation, certified_evaluation
    from overspec.verify.gallery.audit import Audit, Gallery
    from overspec.verify.gallery.certificate import of_audit
    from overspec.verify.radius.bracket import CertifiedRadius

    if isinstance(result, CertifiedEvaluation):
        if result.engine in ("pairs", "low-rank"):  # files state what the checker can follow
            mixture, point, digits = result.mixture, result.energies, result.digits
            wanted, hessian = list(result.factors), result.hessian is not None
            result = certified_evaluation(mixture, point, digits, "lattice", wanted, None, hessian)
        return of_evaluation(result, command)
    if isinstance(result, Audit):
        return of_audit(result, command)
    if isinstance(result, Gallery):
        raise InputError("a certificate is of one paper: save each of the audits")
    if isinstance(result, CertifiedRadius):
        return of_radius(result, command)
    if isinstance(result, LloydResult) and result.evidence is Evidence.CERTIFIED:
        if isinstance(result.r0, Inconclusive):
            raise InputError(f"r0 is inconclusive ({result.r0.reason}); no certificate is written")
        return of_lloyd(result.k, result.digits + 1, result.r0, result.modes, command)
    raise InputTypeError(f"{result!r} is not certified; ask for it with certify=True")
