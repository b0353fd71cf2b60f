"""The pytest plugin: options, `*.claims.toml` files, evidence out. See docs/pytest.md.

pytest imports this module in every run on a machine that has overspec, so nothing that computes
is imported at the top: not NumPy, not SymPy, not Hypothesis.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from overspec.evidence import Certificate
    from overspec.mixture import Mixture

PROPERTY = "overspec."
RECORDS = pytest.StashKey[list[dict[str, str]]]()


class ClaimCheck:
    """A claim to be called on its mixture; remembers what it found for the reports.

    Attributes:
        label: the claim.
        expected: the outcome that the test expects.
        level: quick, thorough or certified.
        record: the fields of `--overspec-json`, after a call.
    """

    def __init__(self, label: str, expected: str, level: str) -> None:
        self.label, self.expected, self.level = label, expected, level
        self.record: dict[str, str] = {}

    def __repr__(self) -> str:
        return self.label

    def __call__(self, mixture: Mixture) -> Certificate:
        """Check; raise AssertionError when the outcome is not the expected one (strict)."""
        from overspec.verify.claims.of_mixture import certificate

        found = certificate(self.label, mixture, self.level)
        self.record = {
            "claim": self.label,
            "mixture": str(mixture),
            "outcome": found.outcome.value,
            "expected": self.expected,
            "evidence": found.evidence.value,
            "worth": found.worth,
            "margin": found.margin,
            "command": found.provenance.command,
        }
        if found.outcome.value != self.expected:
            where = found.counterexample or found.worst_at or found.domain
            raise AssertionError(
                f"{self.label} of {mixture}: {found.outcome.value}, expected {self.expected} "
                f"({where})"
            )
        return found


def claim_parameters(
    mixtures: Iterable[Mixture],
    expected: Mapping[str, str] | None = None,
    claims: Iterable[str] | None = None,
    level: str = "quick",
    names: Mapping[Mixture, str] | None = None,
) -> list[Any]:
    """``pytest.param(mixture, claim)`` for every claim of every mixture, with ids and markers.

    ``expected=None`` takes the outcome that the exact theory predicts.
    """
    from overspec.errors import InputError
    from overspec.evidence import Outcome
    from overspec.verify.claims.of_mixture import asked, claims_for, known, predicted

    outcomes = {outcome.value for outcome in Outcome}
    known(expected or ())
    for label, outcome in (expected or {}).items():
        if outcome not in outcomes:
            raise InputError(f"expected {label}: {outcome!r}; choose {', '.join(sorted(outcomes))}")
    wanted = None if claims is None else known(claims)
    parameters = []
    for mixture in mixtures:
        possible = claims_for(mixture, level)
        named = {*asked(mixture, level), *(expected or ())} if wanted is None else set(wanted)
        for label in (label for label in possible if label in named):
            outcome = (
                predicted(label, mixture).value
                if expected is None
                else expected.get(label, Outcome.HOLDS.value)
            )
            marks = [pytest.mark.claim(label)]
            if mixture.k >= 5:
                marks.append(pytest.mark.slow)
            name = (names or {}).get(mixture, str(mixture.weights))
            check = ClaimCheck(label, outcome, level)
            identity = f"{label}-k{mixture.k}-{name}"
            parameters.append(pytest.param(mixture, check, id=identity, marks=marks))
    return parameters


def parametrize_with_claims(
    mixtures: Iterable[Mixture],
    expected: Mapping[str, str] | None = None,
    claims: Iterable[str] | None = None,
    level: str = "quick",
) -> pytest.MarkDecorator:
    """Run ``def test(mixture, claim): claim(mixture)`` once for every claim of every mixture.

    Args:
        mixtures: simplex mixtures with k ≤ 6.
        expected: outcome by label; ``"holds"`` for those not named. Strict: an outcome better
            than expected fails too.
        claims: labels; all that apply when None.
        level: quick, thorough or certified.

    Raises:
        InputError: an unknown label, outcome or level, or a mixture that the suite cannot check.
    """
    parameters = claim_parameters(mixtures, expected or {}, claims, level)
    return pytest.mark.parametrize(("mixture", "claim"), parameters)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("overspec", "claims about EM on overspecified mixtures")
    group.addoption("--overspec-k", default="2:4", metavar="RANGE", help="k: 3, 2,4 or 2:6")
    group.addoption(
        "--overspec-weights",
        action="append",
        metavar="LIST|FAMILY",
        help="exact weights or a family, for every k (repeatable); the ledger's when left out",
    )
    group.addoption("--overspec-claims", metavar="ID,...", help="only these claims")
    group.addoption(
        "--overspec-level",
        default="quick",
        choices=("quick", "thorough", "certified"),
        help="fewer cases, all cases, or certified enclosures too",
    )
    group.addoption("--overspec-json", metavar="FILE", help="write the evidence of each claim")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "claim(label): the claim of overspec that a test checks")
    config.addinivalue_line("markers", "slow: takes long; deselect with -m 'not slow'")
    config.stash[RECORDS] = []


def suite_parameters(config: pytest.Config) -> list[Any]:
    """The parameters of the suite, from the command line's options.

    Raises:
        pytest.UsageError: bad options.
    """
    from overspec.errors import InputError

    try:
        return _suite_parameters(config)
    except InputError as error:
        raise pytest.UsageError(f"overspec: {error}") from None


def _suite_parameters(config: pytest.Config) -> list[Any]:
    from overspec.errors import InputError
    from overspec.mixture import Mixture
    from overspec.ranges import integer_range
    from overspec.verify.claims.cases import WEIGHTS
    from overspec.verify.claims.of_mixture import parse_claims

    given = config.getoption("--overspec-weights")
    ks = integer_range(str(config.getoption("--overspec-k")), "--overspec-k")
    text = config.getoption("--overspec-claims")
    names: dict[Mixture, str] = {}
    for k in ks:
        if not 2 <= k <= 6:
            raise InputError(f"--overspec-k: k = {k}; the suite covers k from 2 to 6")
        for weights in given or WEIGHTS[k]:
            if "," in weights and given and weights.count(",") + 1 != k and len(ks) > 1:
                continue  # a list fits one k only
            names.setdefault(Mixture.simplex(k, weights), weights)
    if not names:
        raise InputError(f"--overspec-weights {given}: no list has as many weights as k in {ks}")
    labels = parse_claims(text) if text else None
    level = str(config.getoption("--overspec-level"))
    return claim_parameters(names, None, labels, level, names)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if not file_path.name.endswith(".claims.toml"):
        return None
    collector: ClaimsFile = ClaimsFile.from_parent(parent, path=file_path)
    return collector


class ClaimsFile(pytest.File):
    """A `*.claims.toml` file: one item for each claim stated in it."""

    def collect(self) -> Iterable[pytest.Item]:
        from overspec.errors import InputError
        from overspec.files import MOST_TOML, read_bytes
        from overspec.verify.claims.stated import parse

        try:
            statements = parse(read_bytes(self.path, 4 * MOST_TOML).decode())
        except (InputError, UnicodeDecodeError) as error:
            raise self.CollectError(f"{self.path.name}: {error}") from None
        for statement in statements:
            item: ClaimItem = ClaimItem.from_parent(self, name=statement.name)
            item.statement = statement
            item.add_marker(pytest.mark.claim(statement.kind))
            yield item


class StatedFalseError(Exception):
    """A stated claim that the computation does not confirm."""


class ClaimItem(pytest.Item):
    """One stated claim."""

    statement: Any
    record: Mapping[str, str] = {}

    def runtest(self) -> None:
        from overspec.errors import InputError
        from overspec.evidence import worth_of_number

        try:
            verdict = self.statement.check()
        except InputError as error:
            raise StatedFalseError(str(error)) from None
        self.record = {
            "claim": self.name,
            "mixture": str(self.statement.mixture),
            "outcome": verdict.outcome.value,
            "expected": "holds",
            "evidence": verdict.evidence.value,
            "worth": worth_of_number(verdict.evidence),
            "margin": verdict.margin,
            "command": f"pytest {self.nodeid}",
        }
        self.add_report_section("call", "overspec", verdict.words)
        if verdict.outcome.value != "holds":
            raise StatedFalseError(f"{verdict.outcome.value}: {verdict.words}")

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, StatedFalseError):
            return f"{self.name}: {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.name


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, Any, Any]:
    if call.when == "call":
        for field, value in _record(item).items():
            item.user_properties.append((PROPERTY + field, value))
    return (yield)


def _record(item: pytest.Item) -> Mapping[str, str]:
    if isinstance(item, ClaimItem):
        return item.record
    callspec = getattr(item, "callspec", None)
    for value in callspec.params.values() if callspec else ():
        if isinstance(value, ClaimCheck):
            return value.record
    return {}


class Collected:
    """Gathers the records on the controller: under xdist the workers' reports arrive there."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found = {
            name.removeprefix(PROPERTY): str(value)
            for name, value in report.user_properties
            if name.startswith(PROPERTY)
        }
        if report.when == "call" and found:
            self.config.stash[RECORDS].append({"test": report.nodeid, **found})

    def pytest_sessionfinish(self) -> None:
        file = self.config.getoption("--overspec-json")
        if file:
            from overspec.files import write_atomically

            found = self.config.stash[RECORDS]
            records = sorted(found, key=lambda record: record["test"])
            evidence = {"schema": "overspec-pytest-1", "claims": records}
            text = json.dumps(evidence, indent=1, ensure_ascii=False) + "\n"
            write_atomically(Path(file), text)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        records = self.config.stash[RECORDS]
        if not records:
            return
        terminalreporter.section("claims by outcome")
        for outcome, count in sorted(Counter(r["outcome"] for r in records).items()):
            labels = dict.fromkeys(r["claim"] for r in records if r["outcome"] == outcome)
            terminalreporter.line(f"{outcome:13} {count:4}  {', '.join(labels)}")


def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        file = session.config.getoption("--overspec-json")
        if file:  # before the run, not after it
            if Path(file).is_dir():
                raise pytest.UsageError(
                    f"--overspec-json: {file} is a directory; name a file in it"
                )
            _check_place(Path(file).parent)
        session.config.pluginmanager.register(Collected(session.config), "overspec-collected")


def _check_place(folder: Path) -> None:
    from overspec.errors import InputError
    from overspec.files import check_writable

    try:
        check_writable(folder)
    except InputError as error:
        raise pytest.UsageError(f"--overspec-json: {error}") from None
