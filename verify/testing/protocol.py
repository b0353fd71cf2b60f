"""Someone else's EM against the identities: which it breaks, and on what smallest example.

`check_em_operator` runs the named checks of `identities` on a code and reports; with pytest,
`parametrize_with_em_checks` makes each a test. Every check holds for any data (math.md sections 2,
8 and 9), so that no integral and no sampling error comes in. See docs/em-checks.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from overspec.errors import InputError
from overspec.verify.testing import posterior
from overspec.verify.testing.adapters import (
    EmCode,
    Operator,
    of_fit,
    of_free_means,
    of_scikit_learn,
    of_tied_means,
)
from overspec.verify.testing.calls import Called, WrongOutput, library_of
from overspec.verify.testing.cases import Case, Trials
from overspec.verify.testing.diagnosis import hints
from overspec.verify.testing.example import program
from overspec.verify.testing.identities import CHECKS, LACKS, NAMES, EmCheck, abilities
from overspec.verify.testing.posterior import tied_step
from overspec.verify.testing.report import Breach, CheckResult, EmReport
from overspec.verify.testing.shrink import shrunk
from overspec.verify.testing.trial import Trial, try_case

__all__ = [
    "Breach",
    "EmReport",
    "Operator",
    "check_em_operator",
    "of_fit",
    "of_free_means",
    "of_scikit_learn",
    "of_tied_means",
    "parametrize_with_em_checks",
    "tied_step",
]

TYPES = ("TypeError", "AttributeError")  # what a code raises that is given a foreign array
Code = EmCode | Callable[..., Any]


@dataclass(frozen=True, eq=False)
class _Run:
    """A code, the options of a run, and what first calls showed: it is `able`, it `writes`."""

    code: EmCode
    trials: Trials
    tolerance: float | None
    xp: Any
    able: frozenset[str]
    writes: bool

    @classmethod
    def of(cls, code: Code, tolerance: float | None, xp: Any, **options: Any) -> _Run:
        if not callable(code):
            raise InputError(f"EM code {code!r} cannot be called; give a function or of_…")
        known = code if isinstance(code, EmCode) else of_tied_means(code)
        if tolerance is not None and not 0 < tolerance < math.inf:
            raise InputError(f"tolerance = {tolerance}; it must be positive")
        library = xp or library_of(options.get("data"))
        xp = None if library is np else library
        trials = Trials.of(**options)
        return cls(known, trials, tolerance, xp, *_shown(known, trials, xp))

    def applies(self, check: EmCheck) -> bool:
        return check.needs - LACKS.keys() <= self.able

    def results(self, checks: list[EmCheck], expected: Mapping[str, str]) -> list[CheckResult]:
        """Run checks in order; what breaks one is tried first where a later one is broken."""
        smallest: list[Case] = []
        return [self.result(check, expected.get(check.name), smallest) for check in checks]

    def result(self, check: EmCheck, expected: str | None, smallest: list[Case]) -> CheckResult:
        """Run the check over its cases; a smallest breach is added to `smallest`."""
        for need in sorted(check.needs - self.able):
            return _skipped(check, LACKS[need])
        kind, copying = self.code.kind, self.writes and check.name != "inputs_kept"
        likelihood, variance = ("log_likelihood" in check.needs, "estimated" in check.needs)
        called = Called(self.code, likelihood, self.xp, copying, variance)
        families = [f for f in check.families if f != "other" or kind]
        cases = [c for f in families for c in self.trials.of_family(f, self.code.tied, kind)]
        found = [try_case(check, called, case, self.tolerance) for case in cases]
        if check.refusable and all(t.kind == "raises" for t in found):
            return _skipped(check, f"the code refuses them: {found[0].text}")
        worst = max(found, key=lambda t: t.excess)
        failed = worst.excess > 1
        outcome = {(True, True): "xfail", (True, False): "failed", (False, True): "xpass"}
        return CheckResult(
            check.name,
            check.identity,
            outcome.get((failed, expected is not None), "passed"),
            len(cases),
            worst.difference,
            worst.tolerance,
            expected or "",
            self.breach(check, called, found, worst, smallest) if failed else None,
        )

    def misunderstandings(self, trial: Trial) -> Iterator[str]:
        """What may have been meant, where a code finds its arguments of a wrong type or number."""
        case = trial.case
        names = ["theta" if case.tied else "means", "weights", "data"]
        names += [case.extra_name] if case.extra else []
        if trial.text.startswith(TYPES) and "argument" in trial.text:
            yield f"it is called with {len(names)} arguments: {', '.join(names)}"
            return
        if self.xp is None and trial.text.startswith(TYPES):
            yield "it was given NumPy arrays; for another array library pass xp="
            return
        shapes = ["(d,)" if case.tied else "(k, d)", "(k,)", "(n, d)"]
        shapes += [{"variance": "()", "spherical": "(k,)", "diag": "(k, d)", "tied": "(d, d)"}.get(
            case.kind, "(k, d, d)")] if case.extra else []  # fmt: skip
        listed = ", ".join(f"{name} {shape}" for name, shape in zip(names, shapes, strict=True))
        yield f"it raises in every case; it is called with {listed}, in this order"

    def breach(
        self, check: EmCheck, code: Called, found: list[Trial], worst: Trial, known: list[Case]
    ) -> Breach:
        def run(case: Case) -> Trial:
            return try_case(check, code, case, self.tolerance)

        first = next(t for t in found if t.like(worst))  # cases go from small to large
        possible = (c for c in known if "zero" not in check.families or not c.start.any())
        again = (trial for trial in map(run, possible) if trial.like(first))
        smallest = next(again, None) or shrunk(first, run)
        known.append(smallest.case)
        said = hints(check.name, found)
        if all(t.kind == "raises" for t in found):
            said = (*said, *self.misunderstandings(found[0]))
        return Breach(
            check.name,
            check.identity,
            worst.kind,
            max((t.difference for t in found if t.kind == "value"), default=math.nan),
            str(worst.case),
            sum(t.excess > 1 for t in found),
            len(found),
            str(smallest.case),
            smallest.difference,
            smallest.got,
            smallest.wanted,
            smallest.text,
            program(check, code, smallest),
            said,
        )


def _skipped(check: EmCheck, reason: str) -> CheckResult:
    return CheckResult(check.name, check.identity, "skipped", 0, math.nan, math.nan, reason)


def _shown(code: EmCode, trials: Trials, xp: Any) -> tuple[frozenset[str], bool]:
    """What a code can do, and whether it writes into its arguments, by calls at the plain cases.

    Raises:
        InputError: in no case does it return numbers of the right shape.
    """
    cases = trials.of_family("plain", code.tied, code.kind)
    outputs, wrong, writes = 0, [], False
    for case in cases:
        given = case.start.copy(), case.weights.copy(), case.data, *case.extra
        try:
            found = Called(code, xp=xp).noting([])(*given)
        except WrongOutput as error:
            wrong.append(error)
        except Exception:  # a breach of every check, with its example
            outputs = max(outputs, 1)
        else:
            outputs = max(outputs, 1 if code.tied else len(found))
        before = case.start, case.weights, case.data, *case.extra
        writes |= any((a != b).any() for a, b in zip(given, before, strict=True))
    if len(wrong) == len(cases):
        raise InputError(str(wrong[0]))
    return abilities(code, outputs, _is_sum(code, trials, xp)), writes


def _is_sum(code: EmCode, trials: Trials, xp: Any) -> bool:
    """Whether the log-likelihood is nearer to the sum over the rows than to their mean."""
    if code.log_likelihood is None:
        return False
    for case in trials.of_family("plain", code.tied, code.kind):
        given = case.start.copy(), case.weights.copy(), case.data, *case.extra
        try:
            found = Called(code, True, xp).noting([])(*given)
        except Exception:  # a breach of its checks
            continue
        mean, n = float(posterior.log_likelihood(*case.exact())), len(case.data)
        if n > 1 and found.ndim == 0 and abs(found - n * mean) < abs(found - mean):
            return True
    return False


def check_em_operator(
    code: Code,
    *,
    tolerance: float | None = None,
    ks: int | Iterable[int] | None = None,
    ds: int | Iterable[int] | None = None,
    cases: int | None = None,
    rows: int | Iterable[int] | None = None,
    data: Any = None,
    dtype: str = "float64",
    xp: Any = None,
    checks: Iterable[str] | None = None,
    expected: Mapping[str, str] | None = None,
) -> EmReport:
    """Check an EM step against the identities; report what it passes, breaks and skips.

    Args:
        code: ``fn(theta, weights, data)`` with shapes (d,), (k,), (n, d), which returns θ; or what
            `of_free_means`, `of_fit`, `of_scikit_learn` and `of_tied_means` make.
        tolerance: allowed difference, relative to values above 1; None for 1e-8, or what rounding
            does in the precision of the result.
        ks: numbers of components; 2, 3, 4.
        ds: dimensions; k − 1 for tied means, and 1, 2, 3 for free ones.
        cases: cases for each k; 3.
        rows: rows of the data sets; 8 and 20.
        data: your own data, shape (n, d), in place of these.
        dtype: "float64" or "float32": of the arrays that the code is given.
        xp: the code's array library, such as ``torch`` or ``jax.numpy``; None for NumPy, or for
            that of `data`.
        checks: names of checks; None for all.
        expected: reasons by name of the checks that are known to fail.

    Returns:
        The report; ``report.ok`` and ``report.breaches`` say whether anything failed.

    Raises:
        InputError: an unknown name, or a code that in no case returns real numbers of the right
            shape.

    >>> check_em_operator(tied_step).ok
    True
    >>> check_em_operator(lambda t, w, x: tied_step(t, w, x) / 2).failed[:3]
    ('tied_step', 'tied_gradient', 'step_from_zero')
    """
    wanted, known = _named(checks, "checks"), _named(expected, "expected")
    options = {"ks": ks, "ds": ds, "cases": cases, "rows": rows, "data": data, "dtype": dtype}
    run = _Run.of(code, tolerance, xp, **options)
    chosen = [c for c in CHECKS if run.applies(c) and (checks is None or c.name in wanted)]
    reasons = {name: str((expected or {})[name]) for name in known}
    return EmReport(str(run.code), tuple(run.results(chosen, reasons)))


def _named(names: Iterable[str] | None, what: str) -> tuple[str, ...]:
    found = tuple(names or ())
    for name in found:
        if name not in NAMES:
            raise InputError(f"{what}: no check {name!r}; there are {', '.join(NAMES)}")
    return found


@dataclass(frozen=True, eq=False)
class BoundCheck:
    """A check of one name, with the options of a run: ``check(code)`` raises where it fails."""

    name: str
    options: Mapping[str, Any]

    def __repr__(self) -> str:
        return self.name

    def __call__(self, code: Code) -> None:
        """Run it.

        Raises:
            AssertionError: it fails; the message has the smallest example.
        """
        import pytest

        report = check_em_operator(code, checks=[self.name], **self.options)
        if not report.results:
            pytest.skip(f"{self.name} does not apply to {report.code}")
        for reason in report.skipped.values():
            pytest.skip(reason)
        assert report.ok, "\n".join(map(str, report.breaches))


def parametrize_with_em_checks(
    codes: Iterable[Code] | Mapping[str, Code],
    *,
    expected: Mapping[str, str] | None = None,
    **options: Any,
) -> Any:
    """Run ``def test(code, check): check(code)`` once for every check of every code.

    Args:
        codes: EM codes, or codes by name, as for `check_em_operator`.
        expected: reasons by name of the checks that are known to fail: these tests are marked
            ``xfail``, strictly.
        options: as for `check_em_operator`.

    Returns:
        A decorator, for pytest.

    Raises:
        InputError: an unknown name.
    """
    import pytest

    known = _named(expected, "expected")
    named = codes.items() if isinstance(codes, Mapping) else ((None, code) for code in codes)
    parameters = []
    for name, code in named:
        adapted = code if isinstance(code, EmCode) else of_tied_means(code)
        side = "tied" if adapted.tied else "free"
        other = {"tied": "free", "free": "tied"}[side]
        for check in dict.fromkeys(c.name for c in CHECKS if other not in c.needs):
            marks = []
            if check in known:
                reason = str((expected or {})[check])
                marks = [pytest.mark.xfail(reason=reason, strict=True, raises=AssertionError)]
            bound = BoundCheck(check, options)
            parameters.append(
                pytest.param(code, bound, id=f"{name or adapted}-{check}", marks=marks)
            )
    return pytest.mark.parametrize(("code", "check"), parameters)
