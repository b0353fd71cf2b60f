"""Faults of rigour in every line that can have one: generated, not chosen.

    python tests/mutation/lines.py [--only 'enclosures/bounds*'] [--kinds 0.97,end] [--list]

In every function of `ROOMS`: what it returns, and what is named as a bound, × 0.97; of a ball, a
number or a pair the upper end for the lower and back; one term fewer in a range; a summand, or a
line of a budget, taken as 0; a block of one dimension as one of two and back; even k without its
own case. Functions that say `CHOICE` have none. Each is planted by giving the loaded function the
code of the changed source, in a fork that runs the tests of its module until one fails. Exit 1:
survivors that `lines.toml` does not explain. A fault is named by what stands there, not by a line's
number.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import re
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from types import CodeType
from typing import Any

ROOT = Path(__file__).parents[2]
EXPLAINED = Path(__file__).parent / "lines.toml"
TIMEOUT = 240.0
EXAMPLES = "tests/house/test_doctests.py::test_examples_in_docstrings"
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-m", "not slow",
           "-W", "ignore::pytest.PytestAssertRewriteWarning")  # fmt: skip

#: Where faults are planted, and the tests that have to notice, the quickest first.
ROOMS = {
    "verify/enclosures/factors.py": (
        "tests/verify/enclosures/test_by_hand.py",
        "tests/verify/enclosures/test_factors.py",
        "tests/verify/check/test_check_radius.py",
        "tests/verify/radius/test_bracket.py",
    ),
    "verify/enclosures/cover.py": (
        "tests/verify/enclosures/test_outward.py",
        "tests/verify/radius/test_bracket.py",
    ),
    "verify/enclosures/lowrank/longer.py": ("tests/verify/enclosures/test_longer.py",),
    "verify/enclosures/lowrank/nodes.py": (
        "tests/verify/enclosures/test_longer.py",
        "tests/verify/enclosures/test_lowrank_enclosed.py",
    ),
    "verify/enclosures/": (
        "tests/verify/enclosures/test_by_hand.py",
        "tests/verify/enclosures/test_outward.py",
        "tests/verify/check/test_check.py::test_what_was_produced_is_valid",
        "tests/verify/enclosures/test_pairs_enclosed.py",
        "tests/verify/enclosures/test_hessian.py",
        "tests/verify/enclosures/test_enclosures.py",
        "tests/verify/check/test_check_radius.py",
    ),
    "verify/radius/far/": (
        "tests/verify/radius/test_tails.py",
        "tests/verify/radius/test_everywhere.py",
        "tests/verify/radius/test_bracket.py",
    ),
    "verify/radius/near/": (
        "tests/verify/radius/test_ends.py",
        "tests/verify/check/test_tip.py",
        "tests/verify/radius/test_tip.py",
        "tests/verify/radius/test_falling.py",
    ),
    "verify/radius/rate.py": (
        "tests/verify/radius/test_ends.py",
        "tests/verify/radius/test_rate.py",
    ),
    "verify/radius/": (
        "tests/verify/radius/test_ends.py",
        "tests/verify/radius/test_bracket.py",
        "tests/verify/radius/test_crossing.py",
        "tests/verify/radius/test_search.py",
        "tests/verify/radius/test_falling.py",
    ),
    "verify/check/cover/": (
        "tests/verify/check/test_by_hand.py",
        "tests/verify/radius/test_tails.py",
        "tests/verify/check/test_tip.py",
        "tests/verify/check/test_tails.py",
        "tests/verify/check/test_check_radius.py",
    ),
    "verify/check/moments/": ("tests/verify/check/test_moments.py",),
    "verify/check/radius": (
        "tests/verify/check/test_radius_proof.py",
        "tests/verify/check/test_radius_values.py",
        "tests/verify/radius/test_falling.py",
        "tests/verify/check/test_check_radius.py",
        "tests/verify/check/test_forgery.py",
        "tests/verify/check/test_tip.py",
    ),
    "verify/check/lloyd.py": (
        "tests/verify/check/test_by_hand.py",
        "tests/verify/lloyd/test_lloyd.py",
        "tests/verify/check/test_own.py",
    ),
    "verify/check/verdict.py": (
        "tests/verify/check/test_check.py",
        "tests/verify/check/test_forgery.py",
    ),
    "verify/check/format.py": (
        "tests/verify/check/test_check.py",
        "tests/verify/check/test_forgery.py",
        "tests/verify/check/test_check_radius.py",
    ),
    "verify/check/": (
        "tests/verify/check/test_by_hand.py",
        "tests/verify/check/test_radius_proof.py",
        "tests/verify/check/test_check.py",
        "tests/verify/check/test_own.py",
        "tests/verify/check/test_check_radius.py",
        "tests/verify/check/test_forgery.py",
        "tests/verify/radius/test_falling.py",
    ),
}
#: Said in the docstring of a function that chooses and proves nothing: it has no faults of rigour,
#: nor has one that returns a float, such as an estimate of work.
CHOICE = "nothing rigorous depends on the choice"
BOUNDS = re.compile(r"\b(Ball|Real|Fraction)\b")
PAIR = 2
#: Names of bounds, and of pairs (lower end, upper end).
LOSSES = {
    "added", "aliasing", "beyond", "error", "free", "gained", "loss", "lost", "missed", "outside",
    "rounding", "slack", "third",
}  # fmt: skip
ENDS = {
    "ahead", "back", "e", "ends", "first", "found", "here", "inner", "last", "outer", "own",
    "second", "sigma",
}  # fmt: skip
OTHER = {"lower": "upper", "low": "high", "down": "up"}
OTHER |= {other: end for end, other in OTHER.items()}


@dataclass(frozen=True)
class Line:
    """A fault: the source from ``start`` to ``end`` replaced.

    Attributes:
        file: in the tree; function: by its qualified name; kind: of fault.
        start, end, new: what is replaced, in characters, and by what.
        old: what stands there; number: of the same fault in the same function before it.
    """

    file: str
    function: str
    kind: str
    start: int
    end: int
    old: str
    new: str
    number: int = 0

    @property
    def name(self) -> str:
        """Unique, and the same after lines have moved."""
        again = f" ({self.number + 1})" if self.number else ""
        return f"{self.file}:{self.function}: {self.kind}: {' '.join(self.old.split())}{again}"


def lines_of(path: Path) -> list[Line]:
    """All faults of a module."""
    file, source = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    rows = source.splitlines()
    found: list[Line] = []
    seen: Counter[tuple[str, str, str]] = Counter()

    def place(row: int | None, column: int | None) -> int:
        return starts[(row or 1) - 1] + len(rows[(row or 1) - 1].encode()[:column].decode())

    def add(function: str, kind: str, node: ast.expr, new: str) -> None:
        start, end = (
            place(node.lineno, node.col_offset),
            place(node.end_lineno, node.end_col_offset),
        )
        old = source[start:end]
        key = (function, kind, " ".join(old.split()))
        found.append(Line(file, function, kind, start, end, old, new.format(old), seen[key]))
        seen[key] += 1

    for function, outer in functions(ast.parse(source)):
        returned = ast.unparse(outer.returns) if outer.returns else ""
        if returned == "float" or CHOICE in (ast.get_docstring(outer) or ""):
            continue
        for node, owner in inside(outer):
            for kind, where, new in faults(node, owner):
                add(function, kind, where, new)
    return found


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions of a module and methods of its classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    yield f"{node.name}.{part.name}", part


def inside(outer: ast.FunctionDef) -> Iterator[tuple[ast.AST, ast.FunctionDef]]:
    """Every node of a function with the innermost one that it is in."""
    waiting: list[tuple[ast.AST, ast.FunctionDef]] = [(child, outer) for child in outer.body]
    while waiting:
        node, owner = waiting.pop(0)
        yield node, owner
        inner = node if isinstance(node, ast.FunctionDef) else owner
        parts = [] if isinstance(node, ast.JoinedStr) else list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            parts[0] = node.func.value  # the method itself is no end
        waiting += [(child, inner) for child in parts]


def faults(node: ast.AST, owner: ast.FunctionDef) -> Iterator[tuple[str, ast.expr, str]]:
    """Kind, what is replaced, and by what, ``{}`` being what was there."""
    match node:
        case ast.Call(ast.Attribute(value, "upper" | "lower" as end), []):
            yield "end", node, f"({_escaped(value)}).{OTHER[end]}()"
        case ast.Attribute(value, "upper" | "lower" as end, ast.Load()):
            yield "end", node, f"({_escaped(value)}).{OTHER[end]}"
        case ast.Attribute(ast.Name("self") as value, "down" | "up" as end):
            yield "end", node, f"{value.id}.{OTHER[end]}"
        case ast.Subscript(value, ast.Constant(0 | 1 as index)) if _last(value) in ENDS:
            yield "end", node, f"({_escaped(value)})[{1 - int(index)}]"
        case ast.Assign([ast.Name(name)], value) if name in LOSSES and is_sum(value):
            yield "less", value, "({}) * 97 / 100"
            if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
                yield "dropped", value.left, "0 * ({})"
                yield "dropped", value.right, "0 * ({})"
        case ast.Call(ast.Name("range"), [*_, ast.UnaryOp()]):
            pass  # tries that go down: fewer prove less
        case ast.Call(ast.Name("range"), arguments):
            yield "one fewer", arguments[min(1, len(arguments) - 1)], "{} - 1"
        case ast.Return(value) if value is not None and owner.returns is not None:
            if BOUNDS.search(ast.unparse(owner.returns)):
                parts = value.elts if isinstance(value, ast.Tuple) else [value]
                alone = BOUNDS.fullmatch(ast.unparse(owner.returns)) is not None
                yield from (
                    ("0.97", part, "({}) * 97 / 100")
                    for part in parts
                    if is_bound(part) or (alone and isinstance(part, ast.Name))
                )
        case ast.AugAssign(_, ast.Add(), value) if not isinstance(value, ast.Constant):
            yield "dropped", value, "0 * ({})"
        case ast.Tuple([ast.Constant(str()), value]) if not isinstance(value, ast.Constant):
            yield "no line", value, "0 * ({})"
        case ast.IfExp(test, ast.Constant(body), ast.Constant(other)) if "k" in _names(test):
            yield "block", node, repr(body)
            yield "block", node, repr(other)
        case ast.Compare(left, [ast.Eq() | ast.NotEq() as sign]) if _halves(left, node):
            yield "parity", node, "False" if isinstance(sign, ast.Eq) else "True"
        case ast.Compare(left, _, right):
            for part in (left, *right):
                if isinstance(part, ast.Name) and part.id in ("low", "high"):
                    yield "end", part, OTHER[part.id]


def is_bound(part: ast.expr) -> bool:
    """Whether a returned expression can be a number."""
    text = ast.unparse(part)
    if isinstance(part, ast.Call):
        return not re.match(r"(tuple|list|dict|sorted|cls|arb\(0\)|[A-Z]|\w+\.nan)", text)
    return isinstance(part, ast.BinOp)


def is_sum(value: ast.expr) -> bool:
    """Whether what is named is computed there, and is no function."""
    return isinstance(value, ast.BinOp) or (
        isinstance(value, ast.Call) and _last(value.func) in ("max", "min", "fraction", "Fraction")
    )


def _last(value: ast.expr) -> str:
    """The last name of what is indexed."""
    return str(getattr(value, "id", getattr(value, "attr", "")))


def _escaped(value: ast.expr) -> str:
    return ast.unparse(value).replace("{", "{{").replace("}", "}}")


def _names(test: ast.expr) -> set[str]:
    return {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(test)}


def _halves(left: ast.expr, node: ast.Compare) -> bool:
    twice = isinstance(left, ast.BinOp) and PAIR in {
        getattr(side, "value", None) for side in (left.left, left.right)
    }
    return twice and "k" in _names(node)


# --- planting, in a fork


def codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and all within it."""
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from codes(part)


def plant(line: Line) -> None:
    """Give the loaded function the code of the changed source."""
    path = ROOT / line.file
    source = path.read_text(encoding="utf-8")
    changed = source[: line.start] + line.new + source[line.end :]
    module = importlib.import_module(module_of(line.file))
    found: Any = module
    for name in line.function.split("."):
        found = vars(found)[name]
    while not hasattr(found, "__code__"):
        inner = ("fget", "func", "__func__", "__wrapped__")
        found = next(getattr(found, name) for name in inner if hasattr(found, name))
    whole = compile(changed, str(path), "exec", flags=0, dont_inherit=True)
    first = found.__code__.co_firstlineno
    (found.__code__,) = (
        each for each in codes(whole)
        if each.co_qualname == line.function and each.co_firstlineno == first
    )  # fmt: skip


def module_of(file: str) -> str:
    """Its name when it is imported."""
    return "overspec." + file.removesuffix(".py").replace("/", ".")


def tests_of(file: str) -> tuple[str, ...]:
    """By the longest name in `ROOMS` that fits, and the module's own examples."""
    tests = ROOMS[max((room for room in ROOMS if file.startswith(room)), key=len)]
    if ">>>" not in (ROOT / file).read_text(encoding="utf-8"):
        return tests
    return (*tests, f"{EXAMPLES}[{module_of(file)}]")


def tried(line: Line | None, tests: tuple[str, ...]) -> str:
    """caught, survived, timeout, or broken: pytest could not run; without a line, no fault."""
    with tempfile.TemporaryFile() as log:
        sys.stdout.flush()
        child = os.fork()
        if not child:
            os._exit(_tests(line, tests, log.fileno()))
        end = time.monotonic() + TIMEOUT
        while (status := os.waitpid(child, os.WNOHANG)) == (0, 0):
            if time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return "timeout"
            time.sleep(0.02)
    return {0: "survived", 1: "caught"}.get(os.waitstatus_to_exitcode(status[1]), "broken")


def _tests(line: Line | None, tests: tuple[str, ...], log: int) -> int:
    os.setsid()
    for stream in (1, 2):
        os.dup2(log, stream)
    import pytest

    try:
        if line is not None:
            plant(line)
    except Exception:
        return 9
    return int(pytest.main([*OPTIONS, *tests]))


def main(arguments: list[str] | None = None) -> int:
    """Try all; print the survivors, and what of them is explained."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="*", help="a pattern for the file, within verify/")
    parser.add_argument("--kinds", help="of fault, with commas")
    parser.add_argument("--list", action="store_true", help="print the faults, and try none")
    parser.add_argument("--trust", action="store_true", help="skip the run without a fault")
    asked = parser.parse_args(arguments)
    os.chdir(ROOT)
    files = sorted({path for room in ROOMS for path in _modules(room)})
    wanted = [
        line for path in files for line in lines_of(path)
        if fnmatch(line.file.removeprefix("verify/"), asked.only)
        and (asked.kinds is None or line.kind in asked.kinds.split(","))
    ]  # fmt: skip
    if asked.list:
        print(*(line.name for line in wanted), f"{len(wanted)} faults", sep="\n")
        return 0
    explained = {row["name"]: row["why"] for row in read_explained()}
    sys.path[:0] = [str(ROOT / "tests")]
    for name in ("made", *(module_of(line.file) for line in wanted)):
        importlib.import_module(name)
    for tests in [] if asked.trust else dict.fromkeys(tests_of(line.file) for line in wanted):
        if tried(None, tests) != "survived":
            print("these tests fail without any fault:", *tests)
            return 2
    counts: Counter[str] = Counter()
    for number, line in enumerate(wanted, start=1):
        verdict = tried(line, tests_of(line.file))
        if verdict != "caught" and line.name in explained:
            verdict = "explained"
        counts[verdict] += 1
        if verdict != "caught":
            print(f"{number}/{len(wanted)} {verdict}: {line.name}", flush=True)
    print(dict(counts))
    return 0 if set(counts) <= {"caught", "explained"} else 1


def _modules(room: str) -> list[Path]:
    path = ROOT / room
    return [path] if path.suffix else [p for p in path.rglob("*.py") if p.name != "__init__.py"]


def read_explained() -> list[dict[str, str]]:
    """The faults that no test needs to notice, each with why."""
    rows: list[dict[str, str]] = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))["line"]
    return rows


if __name__ == "__main__":
    sys.exit(main())
