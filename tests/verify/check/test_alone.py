"""The second checker: runs without overspec, and never contradicts the first."""

import ast
import copy
import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from forged import RADIUS, TAMPERED, near, no_hypothesis, second
from made import CASES, MADE, certificate, parts, radius_certificate, rebuilt, resealed
from sizes import slow_but

from overspec.verify.alone import check_radius as alone
from overspec.verify.certificates.write import dyadic_text
from overspec.verify.check.format import read_point
from overspec.verify.check.value import Purse
from overspec.verify.check.verdict import confirm, truth

Certificate = dict[str, Any]
WITHIN = {"lattice", "laplace", "30 digits", "optimum"}  # k <= 3, or no second derivatives


@pytest.mark.parametrize("name", slow_but(MADE, quick=set(MADE) - {"30 digits", "irregular"}))
def test_an_evaluation_is_proved_or_said_to_be_outside(name: str) -> None:
    status, why = second(certificate(name))
    assert status == ("proved again" if name in WITHIN else "not decided"), why


@pytest.mark.parametrize("case", slow_but(CASES, lambda case: case[0] not in (3, 4, 12, 10**6)))
def test_a_radius_is_proved_or_said_to_be_outside(case: tuple[object, ...]) -> None:
    status, why = second(radius_certificate(case))
    assert status == ("not decided" if case[0] == 4 else "proved again"), why


def test_a_start_is_within_the_bound_by_the_largest_energy() -> None:
    """Linear weights, c = 1/2: a little farther it is beyond; a little nearer the boxes miss."""
    tau = (1 / (2 * math.sin(math.pi / 12)) * 12 / 78) ** 2
    end = math.sqrt(math.log((1 + math.sqrt(1 - (1 - tau * tau) / 4)) / ((1 + tau) / 2)))
    for share, why in ((1.01, "the start is beyond the bound"), (0.999, "the boxes do not tile")):
        forged = copy.deepcopy(radius_certificate(CASES[5]))
        forged["parameters"]["start"] = dyadic_text(Fraction(end * share))
        status, found = second(resealed(forged))
        assert status == "false"
        assert found.startswith(why)


@pytest.mark.parametrize("name", slow_but(RADIUS, ["upper 1/16", "sigma moved by 7e-12"]))
def test_a_forged_radius_is_false(name: str) -> None:
    forged = copy.deepcopy(radius_certificate(CASES[1]))
    RADIUS[name](forged)
    assert second(resealed(forged))[0] == "false"


@pytest.mark.parametrize("change", TAMPERED, ids=lambda f: f.__name__)
def test_tampering_is_found(change: Callable[[Certificate], None]) -> None:
    forged = copy.deepcopy(radius_certificate(CASES[0]))
    change(forged)
    hypotheses = change is no_hypothesis  # which this checker has in its own text
    assert second(resealed(forged))[0] == ("proved again" if hypotheses else "false")


@pytest.mark.parametrize(
    ("side", "index"),
    slow_but(product([1, -1], range(4)), [(-1, 2)], several=True),
)
def test_both_checkers_decide_alike_by_little(side: int, index: int) -> None:
    """A statement that misses the truth by 3e-5 of its radius; one that holds it by as little."""
    made = certificate("laplace")
    known = truth(read_point(made["inputs"]), "lattice", [1], True, 40, Purse(10**11))
    for share, status in ((3, "false"), (-3, "proved again")):
        forged = copy.deepcopy(made)
        statement = forged["statements"][index]
        lines, _ = parts(statement)
        name = statement["quantity"]
        low, high = next(ends for part, ends in known.items() if str(part) == name)
        radius = sum(bound for _, bound in lines)
        rebuilt(
            statement, lines, near((low + high) / 2 + side * radius * (1 + Fraction(share, 10**5)))
        )
        assert second(resealed(forged))[0] == status
        assert confirm(resealed(forged)).status == status


NOT_ONE: list[Callable[[Certificate], None]] = [
    lambda c: c.update(format="overspec certificate 1"),
    lambda c: c.update(claim="another"),
]


@pytest.mark.parametrize("change", NOT_ONE)
def test_without_its_hash_it_is_no_certificate(change: Callable[[Certificate], None]) -> None:
    forged = copy.deepcopy(certificate("laplace"))
    change(forged)
    assert second(forged)[0] == "unreadable"


def test_it_imports_the_standard_library_and_mpmath_alone() -> None:
    tree = ast.parse(Path(alone.__file__).read_text(encoding="utf-8"))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) == {"mpmath"}


def test_it_runs_alone(tmp_path: Path) -> None:
    """A copy in an empty folder, where overspec is hidden."""
    program = Path(shutil.copy(alone.__file__, tmp_path))
    (tmp_path / "overspec.py").write_text("raise ImportError('hidden')\n")
    (tmp_path / "kl.json").write_text(json.dumps(certificate("laplace")))

    def run() -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(program), "kl.json"]
        return subprocess.run(
            command, cwd=tmp_path, env={}, capture_output=True, text=True, check=False
        )

    done = run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("proved again:\n0.10483905563656124")
    (tmp_path / "kl.json").write_text("{}")
    done = run()
    assert (done.returncode, done.stdout.split(":")[0]) == (2, "not a certificate")
