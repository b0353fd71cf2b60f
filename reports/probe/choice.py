"""What the probe is asked: the text of its fields, read exactly, and commands that say the same.

The fields are named like the options of the command line and the query of the page's address, so
that a view can be shared as an address, reopened by a command, and checked by the other commands.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from overspec.errors import InputError
from overspec.exact import Exact, exact, sign, text_of
from overspec.mixture import Energies, Mixture
from overspec.verify.engines.moments import MAX_K
from overspec.verify.radius.options import (
    KIND,
    KINDS,
    MANY_DIGITS,
    MAX_DIGITS,
    ORBITS,
    PAIR_DIGITS,
)
from overspec.weights import FAMILIES

#: The fields and what they hold when nothing is given.
FIELDS = {
    "k": "4",
    "d": "",
    "weights": "one-heavy:9/10",
    "gap": "9/10",
    "kind": KIND,
    "orbit": "simplex",
    "digits": "12",
    "radius": "1",
    "amplitudes": "",
    "steps": "40",
}
MOST_COMPONENTS = 10**6
MOST_RUNS = 200  # different weights; beyond, one radius takes more than a second
MOST_IRRATIONAL = 8  # different weights with square roots, whose signs take long to decide
FEW_RUNS = ("one-heavy", "uniform")  # families that cost the same at any k
FARTHEST = Fraction(6)  # |θ| of a start
FARTHEST_WIDE = Fraction(4)  # the same for k = 5 and 6, whose lattices have more dimensions
MOST_STEPS = 500
MOST_DIGITS = 30  # of the numbers at the start
LONGEST = 4000  # characters of a field


@dataclass(frozen=True)
class Choice:
    """A view of the probe, read from its fields.

    Attributes:
        mixture: k, d and the exact weights, with the simplex action.
        gap, kind, orbit, digits: what γ is asked for, as in `radius.search.gamma`.
        start: θ_0 by its energies.
        steps: EM steps to follow.
        fields: the text of every field, as given or by default.
    """

    mixture: Mixture
    gap: Exact
    kind: str
    orbit: str
    digits: int
    start: Energies
    steps: int
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Choice:
        """The choice that some fields make; what is left out has its default.

        Raises:
            InputError: a field that cannot be read or is out of range, in one sentence.

        >>> choice = Choice.read({"k": "4", "weights": "2/5,3/10,1/10,1/5", "amplitudes": "1,1/2"})
        >>> choice.start.norm_squared, choice.query["amplitudes"]
        (Fraction(5, 4), '1,1/2')
        >>> Choice.read({"k": "many"})
        Traceback (most recent call last):
        ...
        overspec.errors.InputError: k 'many': write a whole number from 2 to 1000000
        """
        unknown = sorted(set(given) - set(FIELDS))
        if unknown:
            raise InputError(f"field {unknown[0]!r} is not known; there are {', '.join(FIELDS)}")
        text = {name: given.get(name, default).strip() for name, default in FIELDS.items()}
        for name, value in text.items():
            if len(value) > LONGEST:
                raise InputError(f"{name}: {len(value)} characters; at most {LONGEST} are read")
        k = whole("k", text["k"], 2, MOST_COMPONENTS)
        d = whole("d", text["d"], k - 1, 10**9) if text["d"] else k - 1
        few = text["weights"].partition(":")[0] in FEW_RUNS
        if k > MOST_RUNS and not few:
            raise InputError(
                f"weights {_short(text['weights'])} at k = {k}: the probe takes {MOST_RUNS} "
                f"different weights; {' and '.join(FEW_RUNS)} ones go to k = {MOST_COMPONENTS}"
            )
        if k > MOST_IRRATIONAL and "sqrt" in text["weights"] and not few:
            raise InputError(
                f"weights {_short(text['weights'])} at k = {k}: with square roots the probe takes "
                f"{MOST_IRRATIONAL} different weights"
            )
        mixture = Mixture.simplex(k, text["weights"], d)
        gap = exact(text["gap"], "gap")
        if sign(gap) <= 0 or sign(gap - 1) >= 0:
            raise InputError(f"gap {text_of(gap)}: the gap c must lie strictly between 0 and 1")
        return cls(
            mixture=mixture,
            gap=gap,
            kind=one_of("kind", text["kind"], KINDS),
            orbit=one_of("orbit", text["orbit"], ORBITS),
            digits=whole("digits", text["digits"], 1, MOST_DIGITS),
            start=_start(k, text),
            steps=whole("steps", text["steps"], 1, MOST_STEPS),
            fields=tuple(text.items()),
        )

    @property
    def query(self) -> dict[str, str]:
        """The fields that differ from their defaults: the query of the page's address."""
        return {name: value for name, value in self.fields if value != FIELDS[name]}

    @property
    def family(self) -> str | None:
        """The weights as a family with its parameter, or None for a list."""
        text = dict(self.fields)["weights"]
        return text if text.partition(":")[0] in FAMILIES else None

    @property
    def on_simplex(self) -> bool:
        """Whether the start is a regular simplex: then the Laplace engine reaches any k."""
        return self.start.is_regular_simplex

    def command(self) -> str:
        """The command that opens this view."""
        return _command("probe", self.query)

    def radius_command(self, certify: bool = False) -> list[str]:
        """The words of the command for γ: what "certify this" runs."""
        names = ("weights", "gap", "kind", "orbit")
        options = {"k": str(self.mixture.k)} | {name: dict(self.fields)[name] for name in names}
        words = ["overspec", "radius"]
        for name, value in options.items():
            words += [f"--{name}", value]
        if certify:
            return [*words, "--certify"]
        one = self.orbit == "simplex" or self.mixture.k <= 3  # amplitude decides
        most = MANY_DIGITS if one else PAIR_DIGITS if self.mixture.k == 4 else MAX_DIGITS
        return [*words, "--digits", str(min(self.digits, most))]

    def evaluate_command(self) -> list[str]:
        """The words of the command for the numbers at the start."""
        return ["overspec", "evaluate", *self._point(), "--digits", str(self.digits)]

    def _point(self) -> list[str]:
        text = dict(self.fields)
        options = {"k": str(self.mixture.k), "weights": text["weights"]}
        if text["d"]:
            options["d"] = text["d"]
        name = "amplitudes" if text["amplitudes"] else "radius"
        return [w for n, v in (options | {name: text[name]}).items() for w in (f"--{n}", v)]

    @property
    def asked(self) -> tuple[str, ...]:
        """Which radius this view is about, however it is found."""
        return tuple(self.radius_command())

    def commands(self) -> tuple[str, ...]:
        """Commands that compute the numbers of this view on a terminal."""
        found = [self.command(), shlex.join(self.radius_command())]
        found.append(shlex.join(["overspec", "evaluate", *self._point()]))
        if self.mixture.k <= MAX_K:
            steps = dict(self.fields)["steps"]
            found.append(shlex.join(["overspec", "run", *self._point(), "--steps", steps]))
        return tuple(found)


def whole(name: str, text: str, least: int, most: int) -> int:
    """A whole number in a range.

    >>> whole("k", " 12 ", 2, 99)
    12
    """
    stripped = text.strip().replace("_", "")
    digits = stripped.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 12:
        raise InputError(f"{name} {_short(text)}: write a whole number from {least} to {most}")
    value = int(stripped)
    if not least <= value <= most:
        raise InputError(f"{name} = {value}: must be from {least} to {most}")
    return value


def one_of(name: str, text: str, allowed: tuple[str, ...]) -> str:
    """One of some words."""
    if text not in allowed:
        raise InputError(f"{name} {_short(text)}: choose {', '.join(allowed)}")
    return text


def fields_of(mixture: Mixture) -> dict[str, str]:
    """The fields that say a mixture with the simplex action.

    >>> fields_of(Mixture.simplex(4, "9/10,1/30,1/30,1/30"))
    {'k': '4', 'd': '', 'weights': 'one-heavy:9/10'}
    """
    k, runs = mixture.k, mixture.weights.runs
    weights = str(mixture.weights)
    if len(runs) == 1:
        weights = "uniform"
    elif len(runs) == 2 and runs[0][1] == 1:
        weights = f"one-heavy:{text_of(runs[0][0])}"
    d = mixture.action.d
    return {"k": str(k), "d": str(d) if d != k - 1 else "", "weights": weights}


def _start(k: int, text: Mapping[str, str]) -> Energies:
    if text["amplitudes"]:
        if k > 2 * LONGEST:
            raise InputError(f"k = {k}: too many amplitudes to list; give a radius")
        start = Energies.of_amplitudes(k, text["amplitudes"])
    else:
        start = Energies.regular_simplex(k, text["radius"])
    if k > MAX_K and not start.is_regular_simplex:
        raise InputError(
            f"amplitudes at k = {k}: starts off the regular simplex are followed to k = {MAX_K}; "
            "give a radius instead"
        )
    if sign(start.norm_squared) == 0:
        raise InputError("the start is θ = 0, where EM stays; give a radius above 0")
    farthest = FARTHEST_WIDE if 5 <= k <= MAX_K else FARTHEST
    if sign(start.norm_squared - farthest**2) > 0:
        raise InputError(f"the start lies beyond |θ| = {farthest}; bring it nearer")
    return start


def _command(name: str, options: Mapping[str, str]) -> str:
    words = ["overspec", name]
    for option, value in options.items():
        words += [f"--{option}", value]
    return shlex.join(words)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
