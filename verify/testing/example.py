"""A case as a Python program: it needs NumPy and the code that was checked, and prints a number.

The program is the case, what the check is given, and the body of the check itself.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from typing import Any

import numpy as np

from overspec.results.result import shortened
from overspec.verify.testing.calls import Called
from overspec.verify.testing.identities import EmCheck
from overspec.verify.testing.posterior import Array
from overspec.verify.testing.trial import Trial


def program(check: EmCheck, called: Called, trial: Trial) -> str:
    """The program. It calls ``fn`` (tied means), ``update`` (free means) or ``log_likelihood``.

    Args:
        check: the check that `trial` breaks.
        called: the code; its `source` comes first.
        trial: the case.
    """
    case, code = trial.case, called.code
    start = "theta" if case.tied else "means"
    name = called.name
    extra = case.extra_name
    lines = ["import numpy as np", ""]
    if code.source:
        lines += [*code.source.splitlines(), ""]
    lines += _wrapped(name, called)
    lines += [f"{start} = {literal(case.start)}", f"weights = {literal(case.weights)}"]
    points = literal(case.points)
    if set(case.counts) == {1}:
        lines.append(f"data = {points}")
    else:
        lines.append(f"data = np.repeat({points}, {list(case.counts)}, axis=0)")
    if case.covariances is not None:
        lines.append(f"{extra} = {literal(case.covariances)}")
    lines += [f"{what} = {literal(value)}" for what, value in check.given(case).items()]
    lines.append("")
    body = body_of(check)
    body = body.replace(", *extra", f", {extra}" if extra else "")
    body = re.sub(r"\bstart\b", start, re.sub(r"\bfn\b", name, body))
    said = {"raises": f"raises {trial.text}", "shape": trial.text}
    comment = " ".join(said.get(trial.kind, f"{trial.difference:.6g}").split())
    lines += [*body.splitlines(), f"print(np.abs(got - wanted).max())  # {shortened(comment, 80)}"]
    return "\n".join(lines) + "\n"


def body_of(check: EmCheck) -> str:
    """The lines of a check between its signature and its return.

    >>> from overspec.verify.testing.identities import CHECKS
    >>> print(body_of(CHECKS[0]))
    got = fn(start, weights, data, *extra)
    """
    source = textwrap.dedent(inspect.getsource(check.body))
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    first, last = function.body[0].lineno, function.body[-1].lineno
    return textwrap.dedent("\n".join(source.splitlines()[first - 1 : last - 1]))


def literal(array: Any) -> str:
    """An array as Python source that gives exactly it.

    >>> literal(np.array([[0.5, 1.0]])), literal(np.array([0.1], dtype=np.float32))
    ('np.array([[0.5, 1.0]])', 'np.array([0.1], dtype=np.float32)')
    """
    found = np.asarray(array)
    kind = "" if found.dtype == np.float64 else f", dtype=np.{found.dtype.name}"
    return f"np.array({_nested(found)}{kind})"


def _nested(array: Array) -> str:
    if array.ndim == 0:
        return str(array[()])
    return f"[{', '.join(_nested(part) for part in array)}]"


def _wrapped(name: str, called: Called) -> list[str]:
    """Lines that give the code arrays of its own library, or copies."""
    if called.xp is None and not called.copying:
        return []
    arrays = "(a.copy() for a in arrays)" if called.copying else "arrays"
    lines = ["", f"def {name}(*arrays, given={name}):"]
    if called.xp is None:
        return [*lines, f"    return given(*{arrays})", ""]
    return [
        f"import {called.xp.__name__} as xp",
        *lines,
        f"    found = given(*map(xp.asarray, {arrays}))",
        "    several = isinstance(found, (tuple, list))",
        "    return [np.asarray(a) for a in found] if several else np.asarray(found)",
        "",
    ]
