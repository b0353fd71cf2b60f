"""Every derivation stands, every mutant falls, and each kind of fault is found by its own check."""

import ast
import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import sympy
from gmpy2 import mpq
from pylatexenc.latexwalker import LatexWalker
from sizes import slow_but

import overspec.proofs
from overspec.proofs.catalogue import DERIVATIONS
from overspec.proofs.identities.operator import gradient_descent
from overspec.proofs.language.analysis import Computed
from overspec.proofs.language.derivation import Derivation, Method
from overspec.proofs.language.operators import PI
from overspec.proofs.language.reading.densities import Densities
from overspec.proofs.language.reading.reader import read
from overspec.proofs.language.statement import Both, equals
from overspec.proofs.language.theorem import Side, Step, Theorem
from overspec.proofs.machinery.identity import ZETA, vanishes
from overspec.proofs.machinery.rational import exactly, instances
from overspec.proofs.machinery.symbolic import SymbolicModel
from overspec.reports.content.mathematics import is_safe

pytestmark = pytest.mark.quick

LABELS = sorted(DERIVATIONS)


@cache
def built(label: str, k: int) -> Derivation:
    """Each derivation once."""
    return DERIVATIONS[label](k)


@cache
def mutants(label: str, k: int) -> tuple[tuple[str, Derivation], ...]:
    return built(label, k).mutants()


#: With four components: where a frequency is its own conjugate or has a common factor with k.
AT_FOUR = [(label, 4) for label in ("S3", "S8", "T2a", "T4", "T5", "R", "H", "K1", "Q1o")]
CASES = [(label, k) for k in (2, 3, 4, 5, 6) for label in LABELS]


@pytest.mark.parametrize(("label", "k"), slow_but(CASES, AT_FOUR, True))  # 2, 3: in test_claims too
def test_every_derivation_stands(label: str, k: int) -> None:
    derivation = built(label, k)
    assert derivation.id == label
    assert derivation.steps
    assert derivation.recheck(seed=k) == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    "label", ["S1", "S3", "S6", "S7", "S8", "T1a", "T2a", "T3", "T4", "T5", "T6", "T7"]
)
def test_seven_components(label: str) -> None:
    """One k beyond those of the ledger, in the long way: for every k there is `test_every_k`."""
    assert built(label, 7).recheck(seed=7) == ()


@pytest.mark.slow
@pytest.mark.parametrize("label", LABELS)
def test_any_seed_will_do(label: str) -> None:
    """Quick with the seed 0: `test_claims`."""
    derivation = built(label, 3)
    assert all(derivation.recheck(seed=seed) == () for seed in range(1, 6))


AT_TWO = [(label, 2) for label in ("S3", "S6", "T1a", "T3", "T5", "K1", "Q1w", "H")]
MUTANTS = [(label, k) for k in (2, 3, 4) for label in LABELS]


@pytest.mark.parametrize(("label", "k"), slow_but(MUTANTS, AT_TWO, True))  # once: test_claims
def test_every_mutant_is_rejected_by_both_methods(label: str, k: int) -> None:
    """By the mathematics, not by the bookkeeping: a mutant's chain does lead to its statement."""
    assert mutants(label, k)
    for name, mutant in mutants(label, k):
        methods = {failure.method for failure in mutant.recheck()}
        both = {Method.SYMBOLIC, Method.WITNESS, Method.READING}
        assert methods - {Method.STATEMENT} == both, name


@pytest.mark.parametrize("label", ["S3", "T5", "I4"])
def test_the_first_failure_is_one_of_all_and_is_found_among_what_stood(label: str) -> None:
    """Steps that another derivation has are looked at last, and they are looked at."""
    assert built(label, 2).first_failure() is None
    for name, mutant in mutants(label, 2):
        found = mutant.recheck()
        assert mutant.first_failure() == found[0], name
        stood = {step.equation for step in mutant.steps}
        assert mutant.first_failure(stood) in found, name


def test_no_float_is_compared() -> None:
    """To GMP a power with the exponent 2/1 asks for a root; the trees ask for a whole power."""
    third = mpq(1, 3)
    assert exactly((third, Fraction(1, 3))) == (third, third)
    with pytest.raises(TypeError, match="a float where all is exact"):
        exactly((third, third ** Fraction(2)))
    (model, *_) = instances(2)(random.Random(1))
    (square,) = Side(PI[0] ** 2, ()).entries(model)
    assert isinstance(square, mpq)
    assert square == model.pi[0] * model.pi[0]


@pytest.mark.parametrize("label", LABELS)
def test_a_mutant_prints_its_own_false_statement(label: str) -> None:
    """For k = 4, where no mutant coincides with the truth."""
    derivation = built(label, 4)
    said = {derivation.statement_tex}
    for name, mutant in mutants(label, 4):
        assert mutant.statement_tex not in said, name
        said.add(mutant.statement_tex)


@pytest.mark.parametrize("label", LABELS)
def test_names_of_mutants_are_unique_and_shared_by_all_k(label: str) -> None:
    names = [name for name, _ in mutants(label, 3)]
    assert len(set(names)) == len(names)
    assert {name for name, _ in mutants(label, 2)} <= set(names)
    if label != "R":
        assert [name for name, _ in mutants(label, 4)] == names


@pytest.mark.parametrize("label", LABELS)
def test_dependencies_are_in_the_catalogue_and_have_no_cycle(label: str) -> None:
    def ancestors(name: str, path: tuple[str, ...]) -> None:
        assert name not in path
        for parent in built(name, 2).depends:
            ancestors(parent, (*path, name))

    ancestors(label, ())


@pytest.mark.parametrize("label", slow_but(LABELS, quick=["S2", "S3", "T3", "T5", "Q1w", "R"]))
def test_an_altered_statement_is_rejected(label: str) -> None:
    derivation = built(label, 3)
    statement = derivation.statement
    assert isinstance(statement, Both)
    for altered in (Both(statement.parts[1:]), Both((*statement.parts, equals(1, 1)))):
        failures = replace(derivation, printed=altered).recheck()
        assert {f.method for f in failures} == {Method.CHAIN}
    with_other_step = replace(derivation, theorem=_without_its_first_premise(derivation.theorem))
    assert Method.CHAIN in {f.method for f in replace(with_other_step, printed=statement).recheck()}


def _without_its_first_premise(theorem: Theorem) -> Theorem:
    assert theorem.rule is not None
    return theorem.rule(*theorem.premises[1:])


def _with_end(derivation: Derivation, change: Callable[[Computed], Computed]) -> Derivation:
    """S2 with its one step alone, whose right side is computed by other code."""
    (step,) = derivation.steps
    end = step.rhs.expression

    def numeric(m: Any) -> Any:
        return read(end, m, {}) if isinstance(m, Densities) else end.value(m, {})

    wrong = change(Computed(end, lambda m: end.value(m, {}), numeric))
    equation = equals(step.lhs.expression, wrong)
    theorem = Theorem(equation, step=Step(step.words, equation, step.rule))
    return replace(derivation, theorem=theorem)


def _doubled(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda m: tuple(2 * value for value in f(m))


def test_each_method_finds_what_the_other_would_miss() -> None:
    derivation = gradient_descent(3)
    assert _with_end(derivation, lambda end: end).recheck() == ()
    wrong = _with_end(derivation, lambda end: replace(end, symbolic=_doubled(end.symbolic)))
    found = {f.method for f in wrong.recheck()}
    assert found == {Method.SYMBOLIC, Method.TRANSLATION, Method.READING}
    wrong = _with_end(derivation, lambda end: replace(end, numeric=_doubled(end.numeric)))
    found = {f.method for f in wrong.recheck()}
    assert found == {Method.WITNESS, Method.TRANSLATION, Method.READING}
    wrong = _with_end(
        derivation,
        lambda end: Computed(
            end.layout, lambda m: end.symbolic(m)[1:], lambda m: end.numeric(m)[1:]
        ),
    )
    assert Method.SYMBOLIC in {f.method for f in wrong.recheck()}


def test_a_wrong_posterior_fails_at_once(
    monkeypatch: pytest.MonkeyPatch, forget: Callable[[], None]
) -> None:
    """w ∝ π²E satisfies every identity of the E_j that w ∝ πE does; Bayes' rule rejects it."""

    def squared(m: Any) -> tuple[Any, ...]:
        parts = [p * p * e for p, e in zip(m.pi, m.boltzmann, strict=True)]
        return tuple(part / sum(parts) for part in parts)

    monkeypatch.setattr("overspec.proofs.machinery.calculus.responsibilities", squared)
    forget()
    for label in ("S1", "S3", "S5", "S6", "S7", "T1a", "T3", "T4", "T7"):
        derivation = built(label, 2)
        used = {type(node).__name__ for step in derivation.steps for node in step.equation.walk()}
        found = {f.method for f in derivation.recheck()}
        assert (Method.DEFINITION in found) == ("Responsibilities" in used), label


def test_a_failure_names_where_it_is() -> None:
    _, mutant = gradient_descent(2).mutants()[1]
    failure = mutant.recheck()[0]
    assert (failure.derivation, failure.step) == ("S2", 1)
    assert str(failure).startswith("S2, step 1: the symbolic identity does not hold")


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("k", [2, 4])
def test_the_statement_in_three_alphabets(label: str, k: int) -> None:
    derivation = built(label, k)
    for text in [derivation.statement_tex, *(f"${step.tex}$" for step in derivation.steps)]:
        assert text.isascii()
        LatexWalker(text, tolerant_parsing=False).get_latex_nodes()
        assert all(is_safe(formula) for formula in text.split("$")[1::2])
    ElementTree.fromstring(f"<p>{derivation.statement.html}</p>")
    assert "\\" not in derivation.statement.text
    assert derivation.hypotheses
    assert all(step.words and step.rule for step in derivation.steps)


def test_the_models_agree_with_calculus_done_by_hand() -> None:
    """dE_j = E_j R^{-j}x, and the derivative of the Gaussian is −xG, in both models."""
    symbols = SymbolicModel.of(3)
    for model in (symbols, *instances(3)(random.Random(5))):
        for j in range(3):
            (row,) = model.derivative(lambda m, j=j: (m.boltzmann[j],), "theta")
            expected = [model.boltzmann[j] * c for c in model.turn(model.x, -j)]
            gaps = [a - b for a, b in zip(row, expected, strict=True)]
            assert all(gap == 0 or sympy.simplify(gap) == 0 for gap in gaps)
        (row,) = model.derivative(lambda m: (m.gauss,), "x")
        assert tuple(row) == tuple(-c * model.gauss for c in model.x)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_the_rational_models_are_cyclic_orthogonal_actions(k: int) -> None:
    for model in instances(k)(random.Random(k)):
        basis = [tuple(Fraction(int(a == b)) for b in range(len(model.x))) for a in range(k)]
        for e in basis:
            assert model.turn(model.turn(e, 1), k - 1) == e
            assert model.turn(e, k) == e
            image = model.turn(e, 1)
            assert sum(c * c for c in image) == 1
        for m in range(k):
            turned = model.turn(model.mode(m), 1)
            assert all(a == model.zeta(m) * b for a, b in zip(turned, model.mode(m), strict=True))


def test_zero_of_a_rational_function() -> None:
    x, y = sympy.symbols("x y")
    assert vanishes((x**2 - y**2) / (x - y) - x - y)
    assert not vanishes((x**2 - y**2) / (x - y) - x + y)
    assert vanishes(1 / (1 + 1 / x) - x / (x + 1))
    assert vanishes(sum(ZETA**j for j in range(5)), root=5)
    assert not vanishes(sum(ZETA**j for j in range(5)))
    assert not vanishes(1 + ZETA, root=6)
    with pytest.raises(ZeroDivisionError):
        vanishes(1 / sympy.Add(x, -x, evaluate=False))


FOLDER = Path(next(iter(overspec.proofs.__path__)))
FORBIDDEN = {"evalf", "n", "N", "Float", "float", "mpmath", "numpy", "nsimplify", "complex"}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_no_float_in_the_folder(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant):
            assert not isinstance(node.value, (float, complex)), node.lineno
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            assert name not in FORBIDDEN, f"line {node.lineno}: {name}"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
            assert not FORBIDDEN.intersection(part for name in names for part in name.split("."))
