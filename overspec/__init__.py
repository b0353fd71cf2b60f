"""overspec: verification of the EM algorithm on overspecified Gaussian mixtures.

The verbs of the command line (`evaluate`, `gamma`, `trajectory`, `sample_em`) are loaded when
first used, so that ``import overspec`` stays quick.

action    R: a cyclic orthogonal action, by its frequencies.
cli       The command line: options of all commands, exit codes, tracebacks.
commands  One file a command.
decimals  Numbers in print: rounded outward, or with their error.
errors    What is wrong with an input.
evidence  What a result is worth: outcomes, evidence, certificates.
exact     Exact numbers: rational and algebraic.
figure    What a figure is: curves and points with their evidence.
files     Files written whole or not at all.
mixture   A mixture and a point θ.
orbit     A regular-simplex orbit, exactly.
proofs    Exact and symbolic: derivations that a machine checks.
ranges    Ranges of k as text.
reports   What was computed, in print.
verify    Numbers: engines, enclosures, EM, radii, claims.
weights   π_0 … π_{k−1}, exact, in runs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from overspec.action import Action
from overspec.errors import InputError
from overspec.evidence import Certificate, Evidence, Outcome, Provenance
from overspec.mixture import Energies, Mixture
from overspec.weights import Weights

if TYPE_CHECKING:
    from overspec.verify.em.population import trajectory
    from overspec.verify.em.sample import sample_em
    from overspec.verify.engines.evaluate import evaluate
    from overspec.verify.radius.search import gamma

__version__ = "0.1.0"

_VERBS = {
    "evaluate": ".verify.engines.evaluate",
    "gamma": ".verify.radius.search",
    "sample_em": ".verify.em.sample",
    "trajectory": ".verify.em.population",
}

__all__ = [
    "Action",
    "Certificate",
    "Energies",
    "Evidence",
    "InputError",
    "Mixture",
    "Outcome",
    "Provenance",
    "Weights",
    "__version__",
    "evaluate",
    "gamma",
    "sample_em",
    "trajectory",
]


def __getattr__(name: str) -> Any:
    if name in _VERBS:
        return getattr(import_module(_VERBS[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
