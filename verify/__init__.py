"""Numbers: engines, enclosures, EM, radii, the claims and the ledger.

alone         A second checker in one file, which needs mpmath and nothing of overspec.
certificates  Certificates as files.
check         Proves certificates again with code of its own: imports the nouns only.
claims        The claims, how each is judged, and the ledger of their outcomes.
em            EM itself: on the population, on samples, and a plain one to compare with.
enclosures    The same with proof: balls and a named bound for every error.
engines       KL, g_m, M and DM at one θ, in doubles or many digits, with error estimates.
experiments   Predictions put to the test: what an experiment is, and rooms by what they vary.
gallery       Theorems on EM from the literature, audited: a template, and an entry a paper.
lloyd         Lloyd's radius and the eigenvalues of its map, with proof.
models        Models with any maps T_j in up to three dimensions: numbers, EM, fixed points.
radius        γ and the global rate: searched for, and certified.
samples       What n samples guarantee (T8), and what they do in simulations.
source        The document under test, sentence by sentence, and what answers each.
studies       Questions about γ that no command asks: convexity, counterexamples, scaling laws.
suite         The suite that ``pytest --pyargs overspec.verify.suite`` runs.
sweep         Grids of radii: run, resumed and stored.
testing       For tests of one's own: the pytest plugin, the EM protocol, Hypothesis strategies.
"""

if __name__ != "overspec.verify":  # the folder was imported under its bare name
    raise ImportError("import this package as overspec.verify, after installing overspec")
