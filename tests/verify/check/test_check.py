"""Certificates and their checker: what is valid passes, whatever was changed does not."""

import ast
import copy
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from made import MADE, Certificate, certificate, of_point, parts, rebuilt, resealed
from sizes import slow_but

from overspec import Energies, InputError, Mixture, cli
from overspec.decimals import Number
from overspec.verify.certificates import write
from overspec.verify.check import (
    bounds,
    decide,
    format,
    lattice,
    radius,
    radius_proof,
    radius_values,
    subject,
    value,
)
from overspec.verify.check import lloyd as check_lloyd
from overspec.verify.check import verdict as checker
from overspec.verify.check.cover import constants, means, prime, spectrum, start, tails, tip
from overspec.verify.check.laplace import sums as laplace
from overspec.verify.check.laplace import tables, turns
from overspec.verify.check.moments import enclose, proof, rounded, tree
from overspec.verify.check.pairs import bounds as check_pairs
from overspec.verify.check.pairs import sums as pair_sums
from overspec.verify.enclosures.ball import Inconclusive
from overspec.verify.enclosures.evaluate import certified_evaluation
from overspec.verify.lloyd import stability


class Made(dict[str, Certificate]):
    """The certificates, each made when a test asks for it."""

    def __missing__(self, name: str) -> Certificate:
        return certificate(name)


@pytest.fixture(scope="module")
def made() -> dict[str, Certificate]:
    return Made()


LONG = {"30 digits", "irregular", "several weights", "huge", "irrational"}


@pytest.mark.parametrize("name", slow_but(MADE, quick=set(MADE) - LONG))
def test_what_was_produced_is_valid(
    name: str, made: dict[str, Certificate], tmp_path: Path
) -> None:
    path = tmp_path / "certificate.json"
    path.write_text(write.text(made[name]))
    verdict = checker.confirm_file(path)
    assert verdict.status == "proved again", verdict.reason


SAMPLES = slow_but(["lattice", "laplace", "several weights", "huge", "lloyd"],
                   quick=["lattice", "laplace", "lloyd"])  # fmt: skip


def budget_lines(content: Certificate) -> list[tuple[int, int]]:
    """Every line of every statement."""
    return [
        (s, line)
        for s, statement in enumerate(content["statements"])
        for line in range(len(statement["budget"]))
    ]


KINDS = ["lattice", "laplace", "matrix", "irregular", "singled", "optimum", "lloyd", "lloyd huge"]
QUICK_KINDS = slow_but(KINDS, quick=["lattice", "laplace", "optimum", "lloyd"])


@pytest.mark.parametrize("name", QUICK_KINDS)
def test_a_missing_line_is_caught(name: str, made: dict[str, Certificate]) -> None:
    for statement, line in budget_lines(made[name]):
        content = copy.deepcopy(made[name])
        lines, centre = parts(content["statements"][statement])
        rebuilt(content["statements"][statement], lines[:line] + lines[line + 1 :], centre)
        assert "budget must have the lines" in rejected(content), (statement, line)


@pytest.mark.parametrize("name", QUICK_KINDS)
def test_a_bound_made_a_little_smaller_is_caught(name: str, made: dict[str, Certificate]) -> None:
    """By a hundred-thousandth: every line is derived again."""
    for statement, line in budget_lines(made[name]):
        content = copy.deepcopy(made[name])
        lines, centre = parts(content["statements"][statement])
        error, bound = lines[line]
        if bound == 0:
            assert name == "optimum"  # KL = 0 exactly
            continue
        # dyadic, as the grammar wants
        lines[line] = (error, bound * (1 - Fraction(1, 2**16)))
        rebuilt(content["statements"][statement], lines, centre)
        assert f"the bound of {error} is" in rejected(content), (statement, line)


@pytest.mark.parametrize("name", QUICK_KINDS)
def test_a_bound_made_larger_is_caught(name: str, made: dict[str, Certificate]) -> None:
    """True still, but not what the producer wrote; only rounding may exceed what is derived."""
    for statement in (0, len(made[name]["statements"]) - 1):
        content = copy.deepcopy(made[name])
        lines, centre = parts(content["statements"][statement])
        if len(lines) == 1:  # rounding alone
            continue
        lines[0] = (lines[0][0], lines[0][1] * 2)
        rebuilt(content["statements"][statement], lines, centre)
        assert "has to be at most" in rejected(content)


def rejected(content: Certificate) -> str:
    """The reason, after the tamperer has put the hash right again."""
    verdict = checker.confirm(resealed(content))
    assert verdict.status == "false", verdict
    return verdict.reason


@pytest.mark.parametrize("name", SAMPLES)
def test_a_moved_enclosure_is_caught(name: str, made: dict[str, Certificate]) -> None:
    for index in range(min(4, len(made[name]["statements"]))):
        content = copy.deepcopy(made[name])
        lines, centre = parts(content["statements"][index])
        radius = sum(bound for _, bound in lines)
        rebuilt(content["statements"][index], lines, centre + 3 * radius)
        assert "independent quadrature" in rejected(content)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_changed_digit_is_caught(name: str, made: dict[str, Certificate]) -> None:
    for key in ("lower", "upper", "centre"):
        content = copy.deepcopy(made[name])
        first = content["statements"][0]
        first[key] = first[key].replace("*", "2*", 1) if first[key][0] != "0" else "1*2^-3"
        assert "endpoints" in rejected(content)
    low, high = made[name]["statements"][0]["decimal"]
    for place in range(len(low)):
        if low[place] == ".":
            continue
        content = copy.deepcopy(made[name])
        digit = str((int(low[place]) + 1) % 10)
        content["statements"][0]["decimal"] = [low[:place] + digit + low[place + 1 :], high]
        assert "decimals" in rejected(content)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_hypothesis_is_needed(name: str, made: dict[str, Certificate]) -> None:
    count = len(made[name]["hypotheses"])
    for index in range(count):
        for change in ("drop", "alter"):
            content = copy.deepcopy(made[name])
            if change == "drop":
                del content["hypotheses"][index]
            else:
                content["hypotheses"][index] += " or not"
            assert "hypotheses" in rejected(content)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("lattice", "radius", "1*2^0"),
        ("lattice", "heights", ["2*2^0", "2*2^0"]),
        ("lattice", "heights", ["1*2^1", "1*2^1"]),
        ("lattice", "steps", ["7*2^0", "1*2^-3"]),
        ("lattice", "steps", ["1*2^-3"]),
        ("laplace", "angle outer", "13*2^-3"),
        ("laplace", "angles inner", ["13*2^-3", "1*2^0"]),
        ("laplace", "power", "0*2^0"),
        ("laplace", "step", "0*2^0"),
        ("lloyd", "height", "1*2^1"),
        ("lloyd", "knee", "1*2^5"),
    ],
)
def test_parameters_that_break_a_hypothesis(
    name: str, key: str, value: Any, made: dict[str, Certificate]
) -> None:
    content = copy.deepcopy(made[name])
    content["parameters"][key] = value
    assert rejected(content)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("lattice", "radius", "5*2^0"),
        ("lattice", "steps", ["1*2^-1", "1*2^-1"]),
        ("laplace", "step", "1*2^-1"),
        ("laplace", "first", -20),
        ("laplace", "last", 10),
        ("laplace", "inner", 10),
        ("lloyd", "count", 50),
        ("lloyd", "step", "1*2^-1"),
    ],
)
def test_parameters_that_do_not_fit_the_bounds(
    name: str, key: str, value: Any, made: dict[str, Certificate]
) -> None:
    content = copy.deepcopy(made[name])
    content["parameters"][key] = value
    assert "has to be at" in rejected(content)


@pytest.mark.parametrize("name", ["lattice", "laplace"])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("weights", [["1/2", 1], ["1/4", 2]]),
        ("weights", [["1/2", 1], ["3/10", 1], ["1/4", 1]]),
        ("weights", [["1/2", 1], ["3/10", 1]]),
        ("weights", [["1", 2], ["-1", 1]]),
        ("weights", [["0.5", 1], ["3/10", 1], ["1/5", 1]]),
        ("weights", [["__import__('os')", 3]]),
        ("energies", [["2", 1]]),
        ("energies", [["-1", 1]]),
        ("energies", []),
        ("k", 4),
        ("k", True),
    ],
)
def test_other_inputs_are_caught(
    name: str, key: str, value: Any, made: dict[str, Certificate]
) -> None:
    content = copy.deepcopy(made[name])
    content["inputs"][key] = value
    if key == "weights" and value[0][0] == "0.5":  # the same number, written otherwise
        assert checker.confirm(resealed(content)).status == "proved again"
    else:
        assert rejected(content)


def test_statements_cannot_be_dropped_renamed_or_repeated(made: dict[str, Certificate]) -> None:
    for name in ("lattice", "laplace", "lloyd"):
        for change in range(4):
            content = copy.deepcopy(made[name])
            statements = content["statements"]
            if change == 0:
                del statements[0]
            elif change == 1:
                statements[0]["quantity"] = "g1"
            elif change == 2:
                statements.append(statements[-1])
            else:
                statements[-1]["quantity"] = "g9"
            assert rejected(content)


@pytest.mark.parametrize("key", ["engine", "claim", "hypotheses", "parameters", "statements"])
def test_parts_cannot_be_missing_or_swapped(key: str, made: dict[str, Certificate]) -> None:
    content = copy.deepcopy(made["laplace"])
    del content[key]
    assert rejected(content)
    swapped = {**copy.deepcopy(made["laplace"]), key: made["lattice"][key]}
    if swapped[key] != made["laplace"][key]:
        assert rejected(swapped)


@pytest.mark.parametrize("name", SAMPLES)
def test_any_change_without_the_hash_is_unreadable(name: str, made: dict[str, Certificate]) -> None:
    for key in sorted(set(made[name]) - {"format"}):
        content = copy.deepcopy(made[name])
        content[key] = "changed"
        assert checker.confirm(content).status == "unreadable", key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        '{"format": "overspec certificate 1"}',
        '{"format": "overspec certificate 1", "x": 0.5}',
        '{"a": 1, "a": 2}',
        "[" * 100_000,
        "\x00",
        '{"format": NaN}',
    ],
)
def test_what_is_no_certificate(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    assert checker.confirm_file(path).status == "unreadable"
    assert cli.main(["check", str(path)]) == 2


@pytest.mark.slow
def test_irregular_points_at_k_6_can_be_checked() -> None:
    verdict = checker.confirm(of_point(6, "linear", "1/2,1/3,1/4", 2, "lattice"))
    assert verdict.status == "proved again", verdict


def test_a_certificate_too_costly_to_check_is_inconclusive(
    made: dict[str, Certificate],
) -> None:
    verdict = checker.confirm(made["irregular"], budget=1000)
    assert verdict.status == "not decided"
    assert "operations" in verdict.reason
    assert "budget" in verdict.reason


def test_an_inconclusive_quantity_is_not_certified() -> None:
    with pytest.raises(InputError, match="inconclusive"):
        write.of_lloyd(
            3,
            16,
            Number(Fraction(1), ()),
            (stability.Mode("x", 1, Inconclusive("why")),),
            "test",
        )


def test_the_checker_shares_nothing_with_the_producer() -> None:
    parts = (
        bounds,
        check_lloyd,
        decide,
        format,
        laplace,
        lattice,
        radius,
        radius_proof,
        radius_values,
        subject,
        tables,
        turns,
        value,
        check_pairs,
        pair_sums,
        constants,
        means,
        prime,
        spectrum,
        start,
        tails,
        tip,
        enclose,
        proof,
        rounded,
        tree,
    )
    own = {part.__name__ for part in parts}
    inner = ("cover", "laplace", "moments", "pairs")
    rooms = {"overspec.verify.check", *(f"overspec.verify.check.{name}" for name in inner)}
    allowed = {*own, *rooms, "overspec.errors", "overspec.exact"}
    for module in (checker, *parts):
        assert module.__file__ is not None
        for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("overspec"):
                assert node.module in allowed, f"{module.__name__} imports {node.module}"
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            assert "flint" not in [*names, getattr(node, "module", None)]


# --- the commands


POINT = ["evaluate", "--weights", "1/2,3/10,1/5", "--amplitudes", "1"]


@pytest.mark.parametrize("engine", ["auto", "lattice"])
def test_evaluate_certify_and_check(
    engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kl.json"
    arguments = [*POINT, "--engine", engine, "--certify", "--out", str(path), "--json"]
    assert cli.main(arguments) == 0
    data = json.loads(capsys.readouterr().out)
    low, high = map(Fraction, data["kl"])
    assert low < Fraction("0.104839055636561244682414235657165793337") < high
    assert high - low < Fraction(1, 10**15)
    assert data["evidence"] == "certified"
    spectrum = [tuple(map(Fraction, pair)) for pair in data["hessian_eigenvalues"]]
    assert len(spectrum) == 2
    assert spectrum[0] == tuple(map(Fraction, data["g1"]))  # the direction across θ
    low, high = spectrum[1]
    assert abs(low - Fraction("0.6202062353")) < Fraction(1, 10**10)
    assert 0 < high - low < Fraction(1, 10**15)
    assert [path.name for path in tmp_path.iterdir()] == ["kl.json"]
    assert cli.main(["check", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["valid"] is True
    content = json.loads(path.read_text())
    lines, centre = parts(content["statements"][0])
    rebuilt(content["statements"][0], [(n, b / 2) for n, b in lines], centre)
    path.write_text(json.dumps(resealed(content)))
    assert cli.main(["check", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["valid"] is False
    path.write_text(json.dumps(content))
    assert cli.main(["check", str(path)]) == 2


def test_the_hessian_with_multiplicities_or_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    many = ["--k", "1000000", "--weights", "one-heavy:1/2", "--radius", "2", "--digits", "8"]
    assert cli.main(["evaluate", *many, "--certify", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["hessian_multiplicities"] == [1, 499_999, 499_999]
    assert Fraction(data["hessian_eigenvalues"][0][1]) < Fraction("-0.0455")  # L is not convex
    few = ["--k", "26", "--weights", "linear", "--radius", "1", "--digits", "5"]
    assert cli.main(["evaluate", *few, "--certify", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["hessian_eigenvalues"] is None
    assert "k = 25" in data["hessian_reason"]
    at_optimum = ["--weights", "2/5,3/10,1/10,1/5", "--amplitudes", "0,0"]
    assert cli.main(["evaluate", *at_optimum, "--certify", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)["hessian_eigenvalues"]
    assert [round(float(low), 6) for low, _ in values] == [0, 0.1, 0.1]


def test_lloyd_and_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lloyd.json"
    assert cli.main(["lloyd", "--k", "4", "--certify", "--out", str(path), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    low, high = map(Fraction, data["r0"])
    assert abs(low - Fraction("1.18862029740202")) < Fraction(1, 10**14)
    assert low < high
    assert "arcsin(1/3)" in data["closed_form"]
    assert sum(mode["multiplicity"] for mode in data["eigenvalues"]) == 12
    assert cli.main(["check", str(path)]) == 0
    assert cli.main(["lloyd", "--k", "4", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.partition("\n{")[2].join(["{", ""]))["r0"]


def test_nothing_is_written_where_it_cannot_be(tmp_path: Path) -> None:
    assert cli.main([*POINT, "--out", "/dev/null/x.json"]) == 2
    assert cli.main(["lloyd"]) == 2
    assert cli.main(["check", str(tmp_path / "none.json")]) == 2


@pytest.mark.parametrize("engine", ["pairs", "lattice"])
def test_no_file_states_a_matrix_where_two_eigenvalues_are_stated(engine: str) -> None:
    mixture, point = Mixture.simplex(4, "one-heavy:9/10"), Energies.regular_simplex(4, 1)
    found = certified_evaluation(mixture, point, 3, engine, hessian=True)
    with pytest.raises(InputError, match="use that"):
        write.of_evaluation(found, "test")
    plain = certified_evaluation(mixture, point, 3, engine)
    assert checker.confirm(write.of_evaluation(plain, "test")).status == "proved again"
