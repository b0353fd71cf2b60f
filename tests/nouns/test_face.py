"""`import overspec as ov`: what it offers, what it loads, what it takes and what it refuses."""

from __future__ import annotations

import ast
import pickle
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy

import overspec as ov
from overspec.errors import InputError, InputTypeError, OutOfReach

pytestmark = pytest.mark.quick

PACKAGE = Path(ov.__file__).parent
VERBS = {"check", "coverage", "derive", "evaluate", "experiment", "explain", "lloyd",
         "population_em", "radius", "report", "sample_em", "sweep", "verify"}  # fmt: skip


def test_everything_public_is_there_and_listed() -> None:
    assert set(ov.__all__) <= set(dir(ov))
    assert set(ov.__all__) >= VERBS
    for name in ov.__all__:
        assert getattr(ov, name) is not None
    for name in VERBS:
        assert callable(getattr(ov, name))
    with pytest.raises(AttributeError, match="nonsense"):
        ov.nonsense  # noqa: B018


@pytest.mark.parametrize("statement", ["import overspec; dir(overspec)", "import overspec.cli"])
def test_import_loads_nothing_heavy(statement: str, tmp_path: Path) -> None:
    heavy = {"sympy", "numpy", "scipy", "mpmath", "gmpy2", "flint", "sklearn", "pandas", "rich"}
    code = f"import sys\n{statement}\nprint(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_verify_is_a_package_and_a_verb() -> None:
    import overspec.verify.engines.lattice as below

    assert below.__name__ == "overspec.verify.engines.lattice"
    ledger = ov.verify(claims="P4", k=2)
    assert [c.claim for c in ledger.certificates] == ["P4"]
    again = ov.verify(claims=["P4"], k=np.int64(2))
    assert [c.outcome for c in again.certificates] == [c.outcome for c in ledger.certificates]
    assert (again.ks, type(again.ks[0])) == (ledger.ks, int)


# --- exact input


@pytest.mark.parametrize(
    "weights",
    [
        "1/2,3/10,1/5",
        ["1/2", Fraction(3, 10), Decimal("0.2")],
        (sympy.Rational(1, 2), sympy.Rational(3, 10), sympy.Rational(1, 5)),
        np.array([Fraction(1, 2), Fraction(3, 10), Fraction(1, 5)], dtype=object),
        np.array(["1/2", "0.3", "0.2"]),
    ],
)
@pytest.mark.parametrize("k", [3, np.int64(3), np.uint8(3)])
def test_what_is_exact_is_taken(weights: object, k: int) -> None:
    mixture = ov.Mixture.simplex(k, weights)
    assert mixture == ov.Mixture.simplex(3, "1/2,3/10,1/5")
    assert (type(mixture.k), type(mixture.d)) == (int, int)


@pytest.mark.parametrize(
    "one", ["1/2", Fraction(1, 2), Decimal("0.5"), sympy.Rational(1, 2), "sqrt(1/4)"]
)
def test_points_take_what_is_exact(one: object) -> None:
    mixture = ov.Mixture.simplex(4)
    point = mixture.point(amplitudes=[np.int32(1), one])
    assert point == mixture.point("1,1/2") == ov.Energies.of_amplitudes(4, "1,1/2")
    assert mixture.point(radius=one) == ov.Energies.regular_simplex(4, "1/2")


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("1e999999")])
def test_decimals_have_limits(value: Decimal) -> None:
    with pytest.raises(InputError, match="radius"):
        ov.Mixture.simplex(4).point(radius=value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ov.Mixture.simplex(3.0),  # type: ignore[arg-type]
        lambda: ov.Mixture.simplex(3, [0.5, 0.3, 0.2]),
        lambda: ov.Mixture.simplex(3, np.array([0.5, 0.3, 0.2])),
        lambda: ov.Mixture.simplex(3, np.array([["1/2", "1/2"]])),
        lambda: ov.Mixture.simplex(3, 7),
        lambda: ov.Mixture.simplex(3, d=2.5),  # type: ignore[arg-type]
        lambda: ov.Mixture.simplex(3).point(radius=1.5),
        lambda: ov.Mixture.simplex(3).point(amplitudes=1),
        lambda: ov.evaluate("3", ov.Mixture.simplex(3).point(radius=1)),  # type: ignore[call-overload]
        lambda: ov.evaluate(ov.Mixture.simplex(3), 1),  # type: ignore[call-overload]
        lambda: ov.radius(3),  # type: ignore[call-overload]
        lambda: ov.lloyd("3"),  # type: ignore[arg-type]
        lambda: ov.derive("uniform"),  # type: ignore[arg-type]
        lambda: ov.save_certificate("text", "file.json"),
        lambda: ov.sample_em(ov.Mixture.simplex(3), [[1.0, 2.0]], (0.0, 1.0), 1),  # type: ignore[arg-type]
        lambda: ov.experiment(3),  # type: ignore[arg-type]
        lambda: ov.report(3),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_type_is_a_type_error_and_an_input_error(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TypeError) as refused:
        call()
    assert isinstance(refused.value, InputTypeError)
    assert isinstance(refused.value, (InputError, ValueError))


@pytest.mark.parametrize(
    ("call", "fits"),
    [
        (lambda: ov.radius(ov.Mixture.simplex(9, "linear")), {"orbit": "simplex"}),
        (
            lambda: ov.radius(ov.Mixture.simplex(6, "linear"), certify=True),
            {"orbit": "simplex"},
        ),
        (
            lambda: ov.radius(ov.Mixture.simplex(300, "linear"), orbit="simplex"),
            {"kind": "factor"},
        ),
    ],
)
def test_what_is_out_of_reach_says_what_would_fit(call, fits) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(OutOfReach) as refused:
        call()
    assert refused.value.fits == fits
    again = pickle.loads(pickle.dumps(refused.value))
    assert (str(again), again.fits) == (str(refused.value), fits)


def test_the_command_line_adds_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    from overspec import cli

    assert cli.main(["radius", "--k", "9", "--weights", "linear"]) == 2
    assert capsys.readouterr().err.endswith("; try --orbit simplex\n")


def _raised(tree: ast.AST) -> list[str]:
    """The text of everything that is raised."""
    return [
        part.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and node.exc is not None
        for part in ast.walk(node.exc)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]


@pytest.mark.slow
def test_messages_of_the_library_name_no_option() -> None:
    assert _raised(ast.parse('raise ValueError(f"--k {1}")')) == ["--k "]
    faces = ("commands", "testing")  # the command line, and a plugin of pytest with options
    walked = 0
    for path in (
        PACKAGE.rglob("*.py", recurse_symlinks=True)
        if sys.version_info >= (3, 13)
        else [
            *PACKAGE.glob("*.py"),
            *(file for room in PACKAGE.iterdir() if room.is_dir() for file in room.rglob("*.py")),
        ]
    ):
        parts = path.relative_to(PACKAGE).parts
        if path.name == "cli.py" or set(faces) & set(parts) or "suite" in parts:
            continue
        walked += 1
        for text in _raised(ast.parse(path.read_text(encoding="utf-8"))):
            assert "--" not in text, f"{path}: {text}"
    assert walked > 150
