"""overspec: verification of the EM algorithm on overspecified Gaussian mixtures.

The verbs of the command line (`evaluate`, `gamma`, `trajectory`, `sample_em`) are loaded when
first used, so that ``import overspec`` stays quick.
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
