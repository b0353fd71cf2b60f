"""The template of the gallery: a paper, what it states, and how each statement is checked.

A statement has a pure function ``check(at, published)``: ``at`` maps the names of the parameters to
rational numbers, ``published`` is what the paper gives, a number or a function. A mutant is another
``published``, nearby and false, that the same check must not accept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from overspec.errors import InputError
from overspec.exact import exact
from overspec.verify.gallery.verdict import Finding, Known

#: The values of the parameters, by name.
At: TypeAlias = Mapping[str, Fraction]
#: From parameters and what is published to what is found.
Check: TypeAlias = Callable[[At, Any], Finding]


@dataclass(frozen=True)
class Parameter:
    """A number that a reader may choose.

    Attributes:
        name: as it is given, ``--name`` on the command line.
        words: what it is.
        default: used when it is left out.
        low, high: the ends of the range, both allowed.
        whole: whether it must be an integer.
    """

    name: str
    words: str
    default: Fraction
    low: Fraction
    high: Fraction
    whole: bool = False

    def read(self, given: object) -> Fraction:
        """The value from text, an integer or a rational.

        Raises:
            InputError: not an exact number, or out of range.

        >>> theta = Parameter("theta", "the mean", Fraction(1), Fraction(0), Fraction(4))
        >>> theta.read("0.4")
        Fraction(2, 5)
        """
        value = exact(given, self.name)
        if not isinstance(value, Fraction):
            raise InputError(f"{self.name} = {given}: give a rational number, such as 2/5 or 0.4")
        if self.whole and value.denominator != 1:
            raise InputError(f"{self.name} = {given}: give an integer")
        if not self.low <= value <= self.high:
            raise InputError(
                f"{self.name} = {given} is out of range; {self.words}: "
                f"use {plain(self.low)} <= {self.name} <= {plain(self.high)}"
            )
        return value


@dataclass(frozen=True)
class Mutant:
    """A false statement near a true one, for the same check.

    Attributes:
        words: what is changed.
        published: in the place of what is published.
        at: parameters at which it must not be accepted, where not the defaults.
    """

    words: str
    published: Any
    at: tuple[tuple[str, Fraction], ...] = ()


@dataclass(frozen=True)
class Statement:
    """One thing that a paper claims.

    Attributes:
        label: a few words for a table.
        words: the claim; in quotation marks where it is the paper's own.
        known: how the wording is known.
        source: the page where it was read, or the place in the paper that is remembered.
        published: the number or function that the check compares with.
        check: see the module.
        mutants: at least one.
        amended: words and ``published`` of a true form, for a statement that is not accepted as it
            stands: the check must accept it.
    """

    label: str
    words: str
    known: Known
    source: str
    published: Any
    check: Check
    mutants: tuple[Mutant, ...]
    amended: tuple[str, Any] | None = None


@dataclass(frozen=True)
class Entry:
    """One paper of the gallery.

    Attributes:
        name: as a function of ``ov.gallery``.
        arxiv: its identifier.
        authors, year, title: of the paper.
        setting: model, truth and algorithm, in words.
        parameters: what a reader may choose.
        statements: what is checked, in the order of the paper.
    """

    name: str
    arxiv: str
    authors: str
    year: int
    title: str
    setting: str
    parameters: tuple[Parameter, ...]
    statements: tuple[Statement, ...]

    def read(self, given: Mapping[str, object]) -> dict[str, Fraction]:
        """All parameters, exactly.

        Raises:
            InputError: a name that this entry does not have, or a value out of range.
        """
        known = {p.name: p for p in self.parameters}
        for name in given:
            if name not in known:
                has = ", ".join(known) if known else "none"
                raise InputError(f"{self.arxiv} has no parameter {name}; its parameters: {has}")
        return {name: p.read(given.get(name, p.default)) for name, p in known.items()}


def plain(value: Fraction) -> str:
    """A decimal where it ends soon, else the fraction.

    >>> plain(Fraction(1, 20)), plain(Fraction(1, 3)), plain(Fraction(4))
    ('0.05', '1/3', '4')
    """
    text = f"{float(value):.6g}"
    return text if "e" not in text and Fraction(text) == value else str(value)
