"""overspec: verification of the EM algorithm on overspecified Gaussian mixtures.

The verbs of the command line (`evaluate`, `gamma`, `trajectory`, `sample_em`) are loaded when
first used, so that ``import overspec`` stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .action import Action
from .errors import InputError
from .evidence import Certificate, Evidence, Outcome, Provenance
from .mixture import Energies, Mixture
from .weights import Weights

if TYPE_CHECKING:
    from .verify.em import evaluate
    from .verify.radius import gamma
    from .verify.sample import sample_em
    from .verify.trajectory import trajectory

__version__ = "0.1.0"

_VERBS = {
    "evaluate": ".verify.em",
    "gamma": ".verify.radius",
    "sample_em": ".verify.sample",
    "trajectory": ".verify.trajectory",
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
