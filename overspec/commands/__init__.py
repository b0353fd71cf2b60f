"""The command line: one file a command; each parses, calls the library and prints.

check       ``overspec check``: a certificate, proved again by independent code.
coverage    ``overspec coverage``: each sentence of the source, and what answers it.
derive      ``overspec derive``: the exact condition, spectrum and local rate, by computer algebra.
evaluate    ``overspec evaluate``: everything at one point theta.
experiment  ``overspec experiment``: predictions put to the test, with tables and figures.
fit         ``overspec run`` and ``overspec compare``: EM on the population or on data.
lloyd       ``overspec lloyd``: the simplex as a fixed point of Lloyd's algorithm.
model       ``overspec model``: any maps of one theta, any Gaussian mixture as the truth.
probe       ``overspec probe``: the interactive page, served or as a file.
radius      ``overspec radius``: how far the contraction of the optimum persists.
report      ``overspec report``: the ledger as a document.
samples     ``overspec samples``: how many samples an error needs, and the inverse.
shared      What commands share: options, printing, plots.
sweep       ``overspec sweep``: a grid of radii, on local processes or a Dask cluster.
theorems    ``overspec gallery``: published theorems on EM, audited.
verify      ``overspec verify``: check every claim and print the ledger.
"""

from overspec.commands.check import check
from overspec.commands.coverage import coverage
from overspec.commands.derive import derive
from overspec.commands.evaluate import evaluate
from overspec.commands.experiment import experiment
from overspec.commands.fit.compare import compare
from overspec.commands.fit.run import run
from overspec.commands.lloyd import lloyd
from overspec.commands.model import model
from overspec.commands.probe import probe
from overspec.commands.radius import radius
from overspec.commands.report import report
from overspec.commands.samples import samples
from overspec.commands.sweep import sweep
from overspec.commands.theorems.gallery import gallery
from overspec.commands.verify import verify

#: The commands in the order of the help page.
COMMANDS = (verify, report, coverage, derive, evaluate, radius, samples, sweep, run, compare,
            experiment, lloyd, model, gallery, check, probe)  # fmt: skip
