"""What a run of the checks found: outcomes by name; each breach with a program that shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from overspec.errors import InputTypeError
from overspec.results.result import Part, Result, Table, shortened
from overspec.verify.testing.posterior import Array

#: What becomes of a check. Expected failures are "xfail"; one that passes is "xpass", a failure.
OUTCOMES = ("passed", "failed", "skipped", "xfail", "xpass")


WIDTH = 160  # characters of a case in a report


@dataclass(frozen=True, eq=False)
class Breach:
    """A check that an EM code does not pass.

    Attributes:
        check: its name.
        identity: its label in docs/math.md, and what it states.
        kind: "value", "not finite", "raises" or "shape".
        difference: the largest over all cases with values, nan without any.
        worst: the case that has it, or the first that has no value.
        broken, tried: how many cases, of how many.
        example: the smallest case found that breaks the check in the same way.
        example_difference: the difference there: what `program` prints.
        got, wanted: both sides there.
        text: what the code raised there.
        program: that case as Python code, which needs NumPy and the code.
        hints: what it looks like.
    """

    check: str
    identity: str
    kind: str
    difference: float
    worst: str
    broken: int
    tried: int
    example: str
    example_difference: float
    got: Array
    wanted: Array
    text: str
    program: str
    hints: tuple[str, ...] = ()

    def said(self) -> str:
        """What is wrong, in a line."""
        worst = shortened(self.worst, WIDTH)
        what = {
            "value": f"off by {self.difference:.3g}, at worst for {worst}",
            "not finite": f"gives nan or infinity for {worst}",
            "raises": f"raises {self.text}",
            "shape": self.text,
        }[self.kind]
        count = f"in {self.broken} of {self.tried} cases"
        others = self.kind != "value" and self.difference == self.difference
        elsewhere = f"; where there are values, off by at most {self.difference:.3g}"
        return f"{count}, {what}{elsewhere if others else ''}"

    def short(self, other: str) -> str:
        """Without the program, which the breach of the check `other` shows."""
        lines = [f"{self.check}: {self.identity}", f"  {self.said()}", *self._hints()]
        return "\n".join([*lines, f"  smallest example found: the case of {other}"])

    def _hints(self) -> list[str]:
        return [f"  {hint}" for hint in self.hints]

    def __str__(self) -> str:
        lines = [f"{self.check}: {self.identity}", f"  {self.said()}", *self._hints()]
        lines += ["  smallest example found:", *(f"    {line}" for line in _lines(self.program))]
        return "\n".join(line.rstrip() for line in lines)


def _lines(text: str) -> list[str]:
    return text.rstrip().splitlines()


@dataclass(frozen=True, eq=False)
class CheckResult:
    """One check of a run.

    Attributes:
        name, identity: of the check.
        outcome: one of `OUTCOMES`.
        cases: how many were tried.
        difference: the largest over these, nan without one.
        tolerance: what was allowed there.
        reason: why it was skipped, or expected to fail.
        breach: what was found, of a failure, expected or not.
    """

    name: str
    identity: str
    outcome: str
    cases: int
    difference: float
    tolerance: float
    reason: str = ""
    breach: Breach | None = None


@dataclass(frozen=True, eq=False, repr=False)
class EmReport(Result):
    """The outcome of every check that applies to an EM code; iterates over the breaches.

    Attributes:
        code: name of the code.
        results: one for each check, in order.
    """

    code: str
    results: tuple[CheckResult, ...]

    def named(self, *outcomes: str) -> tuple[str, ...]:
        """Names of the checks with one of these outcomes."""
        return tuple(r.name for r in self.results if r.outcome in outcomes)

    @property
    def passed(self) -> tuple[str, ...]:
        return self.named("passed")

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the checks that failed, or passed though expected to fail."""
        return self.named("failed", "xpass")

    @property
    def skipped(self) -> dict[str, str]:
        """Reasons by name."""
        return {r.name: r.reason for r in self.results if r.outcome == "skipped"}

    @property
    def breaches(self) -> tuple[Breach, ...]:
        """Of the checks that failed and were not expected to."""
        return tuple(r.breach for r in self.results if r.breach and r.outcome == "failed")

    @property
    def ok(self) -> bool:
        """Nothing failed but what was expected to, and that did."""
        return not self.failed

    def __iter__(self) -> Iterator[Breach]:
        return iter(self.breaches)

    def __len__(self) -> int:
        return len(self.breaches)

    def __bool__(self) -> bool:
        raise InputTypeError("a report is neither true nor false: ask for .ok, or for .breaches")

    def __getitem__(self, name: str) -> CheckResult:
        return next(r for r in self.results if r.name == name)

    def headline(self) -> str:
        counts = Counter(r.outcome for r in self.results)
        return f"{self.code}: " + ", ".join(f"{counts[o]} {o}" for o in OUTCOMES if counts[o])

    def parts(self) -> Iterator[Part]:
        yield self.headline()
        rows = tuple(
            (r.name, r.outcome, str(r.cases or ""), _short(r.difference), _short(r.tolerance),
             r.reason or r.identity)
            for r in self.results
        )  # fmt: skip
        columns = ("check", "outcome", "cases", "off by", "allowed", "what must hold, or why not")
        yield Table(columns, rows, right=("cases", "off by", "allowed"))
        shown: dict[tuple[str, str], str] = {}
        for breach in self.breaches:
            key = breach.kind, breach.text or breach.example
            first = shown.setdefault(key, breach.check)
            yield f"\n{breach if first == breach.check else breach.short(first)}"
        for name in self.named("xpass"):
            yield f"\n{name}: expected to fail, but passes: {self[name].reason}"

    def records(self) -> list[dict[str, Any]]:
        """One row for each check."""
        return list(self.to_dict()["checks"])

    def to_dict(self) -> dict[str, Any]:
        """Plain data: of each check its outcome, numbers as text, and the program of its breach."""
        return {
            "code": self.code,
            "ok": self.ok,
            "checks": [
                {
                    "name": r.name,
                    "states": r.identity,
                    "outcome": r.outcome,
                    "cases": r.cases,
                    "difference": _short(r.difference),
                    "tolerance": _short(r.tolerance),
                    "reason": r.reason,
                    "program": r.breach.program if r.breach else "",
                }
                for r in self.results
            ],
        }


def _short(value: float) -> str:
    return "" if value != value else f"{value:.2g}"
