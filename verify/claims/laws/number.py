"""A measured number with its error, and a prediction of it, judged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import t

from overspec.evidence import Evidence
from overspec.mixture import Energies, Mixture
from overspec.proofs.language.statement import Statement
from overspec.verify.claims.claim import Finding
from overspec.verify.claims.sentences import judge as sentences
from overspec.verify.claims.sentences.estimate import Estimate
from overspec.verify.claims.sentences.letters import Instance

CONFIDENCE = 0.9999  # of the interval of a sampled number


@dataclass(frozen=True)
class Measured:
    """One measured number.

    Attributes:
        key: names its law, where a claim has several.
        words: what it is.
        mixture: of which mixture.
        value, error: the number, and how far it may be off.
        start: the point that it is measured from or at.
        also: other mixtures and points that went into it.
    """

    key: str
    words: str
    mixture: Mixture
    value: float
    error: float
    start: Energies | None = None
    also: tuple[Mixture | Energies, ...] = ()


def mean(values: Sequence[float], bias: float) -> tuple[float, float]:
    """The mean of independent repetitions, and half of Student's interval and the bias.

    >>> mean([1.0, 1.0, 1.0], 0.25)
    (1.0, 0.25)
    """
    n = len(values)
    centre = math.fsum(values) / n
    spread = math.sqrt(math.fsum((v - centre) ** 2 for v in values) / (n - 1) / n)
    return centre, float(t.ppf((1 + CONFIDENCE) / 2, n - 1)) * spread + bias


def instance(n: Measured) -> Instance:
    """A case with one letter, the key of the number."""
    where = f"{n.words} = {n.value:.7g} ± {n.error:.1g}, {n.mixture}"
    return Instance(where, {n.key: Estimate(n.value, n.error)}, n.mixture, {"number": n})


def judge(
    sentence: Statement, numbers: Sequence[Measured], evidence: Evidence = Evidence.MEASURED
) -> Finding:
    """Every number within its error of what a sentence says of its key."""
    values = (("numbers compared", str(len(numbers))),)
    return sentences.judge(sentence, list(map(instance, numbers)), evidence, values)
