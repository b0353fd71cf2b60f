"""What a number of a certificate is the number of: the one place where its name is read or said.

The quantities of a Hessian have indices, which the checker computes with; every other quantity is
known by its name alone.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple, TypeAlias

INDEX = r"([1-9][0-9]{0,15})"


class Entry(NamedTuple):
    """``∂²L/∂a_m ∂a_n``, m ≤ n."""

    m: int
    n: int

    def __str__(self) -> str:
        return f"hessian {self.m} {self.n}"


class Eigenvalue(NamedTuple):
    """The n-th eigenvalue of the matrix of all `Entry`, ascending from 1."""

    n: int

    def __str__(self) -> str:
        return f"hessian eigenvalue {self.n}"


class Singled(Enum):
    """The two eigenvalues beside g where all weights but one are equal."""

    RADIAL = "hessian radial"
    EVEN = "hessian even"

    def __str__(self) -> str:
        return self.value


Subject: TypeAlias = str | Entry | Eigenvalue | Singled


def subject(name: str) -> Subject:
    """What a name in the file stands for.

    >>> subject("hessian 1 2"), subject("hessian eigenvalue 2"), subject("g1")
    (Entry(m=1, n=2), Eigenvalue(n=2), 'g1')
    >>> all(str(subject(name)) == name for name in ("hessian even", "hessian 3 3", "hessian 03 3"))
    True
    """
    if match := re.fullmatch(f"hessian {INDEX} {INDEX}", name):
        return Entry(int(match[1]), int(match[2]))
    if match := re.fullmatch(f"hessian eigenvalue {INDEX}", name):
        return Eigenvalue(int(match[1]))
    return next((one for one in Singled if one.value == name), name)
