"""What a sweep is asked: TOML, one or more ``[[grid]]`` tables, each the product of its lists."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from overspec.errors import InputError, OutOfReach
from overspec.exact import MOST_SECONDS, afford, exact, sign
from overspec.files import parse_toml
from overspec.mixture import Mixture
from overspec.verify.radius.options import KIND, KINDS, MANY_DIGITS, ORBITS
from overspec.weights import FAMILIES, MAX_DISTINCT, check_k

MOST_TASKS = 200_000  # 2 s and 100 MB
DIFFERENT = ("linear", "random", "geometric")
LARGEST_POWER = 300  # of 10: the engines in doubles end there
LISTS = ("k", "d", "frequencies", "weights", "kind", "gap", "orbit")
DIMENSIONS = {"k-1": (1, -1), "k": (1, 0), "2k": (2, 0)}  # texts for d: slope and constant in k
LEAST = "least"  # not a radius: the least factor over all radii of simplex orbits
GAPLESS = ("convexity", LEAST)  # kinds in which c plays no part


@dataclass(frozen=True, slots=True)
class Task:
    """One radius, what `radius.gamma` or `radius_certify.certified_gamma` is asked; or ``least``.

    ``frequencies`` is empty for the simplex action, else those of the action, each once.
    """

    k: int
    d: int
    weights: str
    kind: str
    gap: str
    orbit: str
    digits: int
    certify: bool
    frequencies: str = ""

    @property
    def mixture(self) -> Mixture:
        """The mixture it is about."""
        if self.frequencies:
            return Mixture.of(self.k, self.weights, _parsed(self.frequencies))
        return Mixture.simplex(self.k, self.weights, self.d)

    @property
    def question(self) -> Task:
        """The task with the same answer in the fewest dimensions: idle ones change nothing (S8)."""
        return self if self.frequencies else replace(self, d=self.k - 1)


def read_spec(text: str) -> list[Task]:
    """The tasks of a specification, sorted, each once.

    Args:
        text: TOML. In each ``[[grid]]``: ``k`` and ``weights`` are lists that must be there; ``d``
            (k − 1; numbers, or the texts k-1, k, 2k) or ``frequencies``, ``kind`` (jacobian),
            ``gap`` (1/2) and ``orbit`` (all) lists that may; ``digits`` (6) and ``certify``
            (false). A list of weights goes with the k of its length only. A k may be text, as in
            ``"10^100"``.

    Raises:
        InputError: not TOML, or a key or value that is not as above.
        OutOfReach: beyond the budget of `overspec.files`, or more than `MOST_TASKS` tasks.

    >>> [task.weights for task in read_spec('[[grid]]\\nk = [2, 3]\\nweights = ["linear"]')]
    ['linear', 'linear']
    """
    spec = parse_toml(text, "the specification")
    grids = spec.pop("grid", None)
    if spec:
        raise InputError(f"unknown key {min(spec)!r} in the specification; use [[grid]] tables")
    if not isinstance(grids, list) or not grids or not all(isinstance(g, dict) for g in grids):
        raise InputError("the specification has no grid; begin one with [[grid]]")
    work = 0.0
    for number, grid in enumerate(grids, start=1):
        work += _seconds(grid)
        if work > MOST_SECONDS:
            raise OutOfReach(
                f"grid {number}: so far it takes more than {MOST_SECONDS:.0f} s to list the tasks; "
                f"at most {MOST_TASKS} tasks, or fewer with many different weights, are read"
            )
    found = {task for n, grid in enumerate(grids, start=1) for task in _tasks(grid, n)}
    return sorted(found, key=attrgetter(*Task.__slots__))


def _seconds(grid: dict[str, Any]) -> float:
    """How long the tasks of a grid take to list, by measured times rounded up; malformed ones 0.

    A task 10 µs; a mixture 50 µs, and 10 µs for each weight of a family whose weights differ.
    """
    lists = {name: grid[name] for name in LISTS if isinstance(grid.get(name), list)}
    tasks = math.prod(map(len, lists.values()))
    weights, sizes = lists.get("weights", []), lists.get("k", [])
    actions = len(lists.get("d", [0])) * len(lists.get("frequencies", [0]))
    families = sum(isinstance(w, str) and w.strip().startswith(DIFFERENT) for w in weights)
    listed = sum(w.count(",") for w in weights if isinstance(w, str))
    components = sum(min(k, MAX_DISTINCT) for k in sizes if type(k) is int and k > 0)
    work = 50e-6 * len(sizes) * len(weights) + 10e-6 * (components * families + listed)
    return tasks * 10e-6 + work * actions


def _tasks(grid: dict[str, Any], number: int) -> Iterator[Task]:
    where = f"grid {number}"
    unknown = set(grid) - {*LISTS, "digits", "certify"}
    if unknown:
        known = ", ".join([*LISTS, "digits", "certify"])
        raise InputError(f"{where}: unknown key {min(unknown)!r}; the keys are {known}")
    sizes = _list(grid, where, "k", None, _component_count)
    for k in sizes:
        check_k(k)
    if "d" in grid and "frequencies" in grid:
        raise InputError(f"{where}: d and frequencies; the frequencies say d, give one of the two")
    dimensions = _list(grid, where, "d", ["k-1"], _dimension)
    actions = _list(grid, where, "frequencies", [""], _text)
    weights = _list(grid, where, "weights", None, _text)
    lengths = {text: _length(text) for text in weights}
    for text, length in lengths.items():
        if length and length not in sizes:
            raise InputError(f"{where}: {length} weights in {text!r}, but no such k in the grid")
    kinds = _list(grid, where, "kind", [KIND], _text, (*KINDS, LEAST))
    gaps = _list(grid, where, "gap", ["1/2"], _text)
    afford(gaps, f"{where}: gaps")
    for gap in gaps:
        c = exact(gap, f"{where}: gap")
        if sign(c) <= 0 or sign(c - 1) >= 0:
            raise InputError(f"{where}: gap {gap!r} must lie strictly between 0 and 1")
    orbits = _list(grid, where, "orbit", ["all"], _text, ORBITS)
    digits, certify = grid.get("digits", 6), grid.get("certify", False)
    if type(digits) is not int or not 1 <= digits <= MANY_DIGITS:
        raise InputError(f"{where}: digits = {digits!r}; use an integer from 1 to {MANY_DIGITS}")
    if type(certify) is not bool:
        raise InputError(f"{where}: certify = {certify!r}; use true or false")
    for k, text, d, action in itertools.product(sizes, weights, dimensions, actions):
        if lengths[text] in (0, k):
            asked = Task(k, _size(d, k), text, "", "", "", digits, certify, action)
            size = asked.mixture.d  # bad weights, d and frequencies are found here
            for kind, gap, orbit in itertools.product(kinds, gaps, orbits):
                share = "" if kind in GAPLESS else gap
                yield Task(k, size, text, kind, share, orbit, digits, certify, action)


def _list(
    grid: dict[str, Any],
    where: str,
    name: str,
    default: list[Any] | None,
    read: Callable[[Any], Any],
    allowed: Sequence[str] = (),
) -> list[Any]:
    if name not in grid:
        if default is None:
            raise InputError(f"{where}: {name} is missing; give a list, {name} = […]")
        return default
    values = grid[name]
    if not isinstance(values, list) or not values:
        raise InputError(f"{where}: {name} = {values!r}; give a list that is not empty")
    result = []
    for value in values:
        try:
            result.append(read(value))
        except ValueError as error:
            raise InputError(f"{where}: {name}: {value!r} is not {error}") from None
        if allowed and value not in allowed:
            raise InputError(f"{where}: {name}: {value!r}; choose {', '.join(allowed)}")
    return result


def _dimension(value: object) -> int | str:
    if isinstance(value, str) and value in DIMENSIONS:
        return value
    if type(value) is not int or value < 1:
        raise ValueError(f"an integer from 1 on, or a text of {', '.join(DIMENSIONS)}")
    return value


def _size(d: int | str, k: int) -> int:
    if isinstance(d, int):
        return d
    slope, constant = DIMENSIONS[d]
    return slope * k + constant


def _component_count(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"10\^[0-9]{1,3}", value):
        power = int(value[3:])
        if power <= LARGEST_POWER:
            return int(10**power)
    if type(value) is not int or value > 10**LARGEST_POWER:
        raise ValueError(f'an integer, or a power of 10 such as "10^30", to 10^{LARGEST_POWER}')
    return value


def _text(value: object) -> str:
    if type(value) is not str:
        raise ValueError("text in quotes, which keeps numbers exact")
    return value


def _length(weights: str) -> int:
    """How many weights a list has; 0 for a family."""
    return 0 if weights.strip().partition(":")[0] in FAMILIES else weights.count(",") + 1


def _parsed(frequencies: str) -> dict[int, int]:
    parts = [part.strip() for part in frequencies.split(",")]
    if not all(re.fullmatch("[0-9]{1,9}", part) for part in parts):
        raise InputError(f"frequencies {frequencies!r}: give text such as '1,2', each once")
    found = {int(part): 1 for part in parts}
    if len(found) < len(parts):
        raise InputError(f"frequencies {frequencies!r}: each at most once")
    return found
