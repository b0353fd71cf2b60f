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

from overspec.verify.testing.adapters import EmCode
from overspec.verify.testing.identities import EmCheck
from overspec.verify.testing.posterior import Array
from overspec.verify.testing.trial import Trial


def program(check: EmCheck, code: EmCode, trial: Trial, xp: Any = None) -> str:
    """The program. It calls ``fn`` (tied means), ``update`` (free means) or ``log_likelihood``.

    Args:
        check: the check that `trial` breaks.
        code: the code; its `source` comes first.
        trial: the case.
        xp: the array library of the code, or None for NumPy.
    """
    case = trial.case
    start = "theta" if case.tied else "means"
    called = "fn" if case.tied else "update"
    called = "log_likelihood" if "log_likelihood" in check.needs else called
    extra = {"": "", "variance": "variance"}.get(case.kind, "covariances")
    lines = ["import numpy as np", ""]
    if code.source:
        lines += [*code.source.splitlines(), ""]
    if xp is not None:
        lines += [*_converted(called, xp), ""]
    lines += [f"{start} = {literal(case.start)}", f"weights = {literal(case.weights)}"]
    points = literal(case.points)
    if set(case.counts) == {1}:
        lines.append(f"data = {points}")
    else:
        lines.append(f"data = np.repeat({points}, {list(case.counts)}, axis=0)")
    if case.covariances is not None:
        lines.append(f"{extra} = {literal(case.covariances)}")
    lines += [f"{name} = {literal(value)}" for name, value in check.given(case).items()]
    lines.append("")
    body = body_of(check)
    body = body.replace(", *extra", f", {extra}" if extra else "")
    body = re.sub(r"\bstart\b", start, re.sub(r"\bfn\b", called, body))
    wanted = f"# {trial.difference:.6g}" if trial.kind != "raises" else f"# raises {trial.text}"
    wanted = f"# {trial.text}" if trial.kind == "shape" else wanted
    wanted = " ".join(wanted.split())
    lines += [*body.splitlines(), f"print(np.abs(got - wanted).max())  {wanted}"]
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


def _converted(called: str, xp: Any) -> list[str]:
    return [
        f"import {xp.__name__} as xp",
        "",
        f"def {called}(*arrays, given={called}):",
        "    found = given(*(xp.asarray(a) for a in arrays))",
        "    return [np.asarray(a) for a in found] if isinstance(found, tuple | list) else "
        "np.asarray(found)",
    ]
