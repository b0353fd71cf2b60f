"""overspec: verification of the EM algorithm on overspecified Gaussian mixtures."""

from .action import Action
from .errors import InputError
from .evidence import Certificate, Evidence, Outcome, Provenance
from .mixture import Energies, Mixture
from .weights import Weights

__version__ = "0.1.0"

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
]
