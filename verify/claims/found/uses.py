"""Which tools a check calls, and so on which claims it rests.

A claim's measurement and its forms are functions. From their code the functions of the package
that they call are found, through the helpers in the rooms of the claims, down to the first *tool*:
a function or class of another room. `RESTS` says which claims make a tool right: what the engine
prints is M because of S6, and because E1 says that it agrees with plain EM.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

HERE = "overspec.verify.claims"
LANGUAGE = "overspec.proofs.language."  # says what is claimed; computes none of it
ROOMS = ("overspec.verify.", "overspec.proofs.")

#: Tool → the claims that it computes by; in the package all other tools rest on definitions only.
RESTS: Mapping[str, tuple[str, ...]] = {
    "overspec.verify.engines.evaluate.evaluate": ("S2", "S6", "S8", "E1"),
    "overspec.verify.engines.laplace.doubles.moments": ("S2", "S6", "S8"),
    "overspec.verify.engines.spectrum.sigma": ("S3",),
    "overspec.verify.engines.spectrum.dft_energy": ("S3",),
    "overspec.verify.em.reference.evaluate": ("S1",),
    "overspec.verify.em.sample.sample_em": ("S1",),
    "overspec.verify.em.population.trajectory": ("S6", "S7", "S8", "E1"),
    "overspec.verify.em.ahead.on_population.population_map": ("S6", "S7", "S8", "E1"),
    "overspec.verify.em.free.free_trajectory": ("S1",),
    "overspec.verify.enclosures.evaluate.certified_evaluation": ("S2", "S6", "S8"),
    "overspec.verify.radius.search.gamma": ("S6", "S8", "E1"),
    "overspec.verify.radius.rate.certified_global_rate": ("S6", "S8"),
    "overspec.verify.lloyd.radius.r0": ("K1",),
    "overspec.proofs.machinery.cyclotomic.null_frequencies": ("S3",),
    "overspec.proofs.machinery.cyclotomic.dft_energy": ("S3",),
    "overspec.proofs.identities.conditions.invertibility_condition": ("S3",),
    "overspec.proofs.questions.uniform_rate.uniform_rate": ("Q2u",),
}


def tools(what: Any) -> tuple[str, ...]:
    """Names of the tools that a function calls, or the functions in a form's payload.

    >>> from overspec.verify.claims.cases import is_regular
    >>> tools(is_regular)
    ('overspec.proofs.machinery.cyclotomic.null_frequencies',)
    """
    found: dict[str, None] = {}
    seen: set[int] = set()
    queue = list(_functions(what))
    while queue:
        each = queue.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        if each.__module__.startswith(HERE) or not each.__module__.startswith("overspec."):
            queue += _called(each)
        elif each.__module__.startswith(ROOMS) and not each.__module__.startswith(LANGUAGE):
            found[f"{each.__module__}.{each.__qualname__}"] = None
    return tuple(found)


def rests_on(*what: Any) -> tuple[str, ...]:
    """Labels of the claims that the tools compute by.

    >>> from overspec.verify.claims.cases import is_regular
    >>> rests_on(is_regular)
    ('S3',)
    """
    labels = (label for each in what for tool in tools(each) for label in RESTS.get(tool, ()))
    return tuple(dict.fromkeys(labels))


def _functions(what: Any) -> Iterator[FunctionType]:
    """The functions in a value: itself, under a cache or a partial, in a dataclass or a tuple."""
    what = inspect.unwrap(what) if callable(what) and not isinstance(what, type) else what
    if isinstance(what, partial):
        yield from _functions(what.func)
        yield from _functions(what.args)
    elif isinstance(what, FunctionType):
        yield what
    elif isinstance(what, type):
        if what.__module__.startswith(HERE):
            members = vars(what).values()
            yield from (f for m in members for f in _functions(getattr(m, "fget", m))
                        if isinstance(m, (FunctionType, property)))  # fmt: skip
    elif isinstance(what, (tuple, list)):
        for each in what:
            yield from _functions(each)
    elif is_dataclass(what):
        yield from _functions(type(what))  # what a node of a sentence computes
        for field in fields(what):
            yield from _functions(getattr(what, field.name))


def _called(function: FunctionType) -> list[FunctionType]:
    """The functions of the package whose names stand in the code, closures and defaults too."""
    named = set(_names(function.__code__))
    space = function.__globals__
    values = [space[name] for name in named if name in space]
    for module in [value for value in values if isinstance(value, ModuleType)]:
        values += [getattr(module, name) for name in named if hasattr(module, name)]
    values += [cell.cell_contents for cell in function.__closure__ or ()]
    values += [*(function.__defaults__ or ())]
    reached = [each for value in values if _of_package(value) for each in _functions(value)]
    return [each for each in reached if each.__module__.startswith("overspec.")]


def _of_package(value: Any) -> bool:
    module = getattr(inspect.unwrap(value) if callable(value) else value, "__module__", None)
    return isinstance(value, (tuple, list)) or str(module).startswith(("overspec.", "functools"))


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _names(const)
