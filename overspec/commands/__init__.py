"""One file per command; what a command computes with is imported inside it, for a quick start."""

from .check import check
from .derive import derive
from .evaluate import evaluate
from .experiment import experiment
from .lloyd import lloyd
from .probe import probe
from .radius import radius
from .report import report
from .run import run
from .sweep import sweep
from .verify import verify

#: The commands in the order of the help page.
COMMANDS = (verify, report, derive, evaluate, radius, sweep, run, experiment, lloyd, check, probe)
