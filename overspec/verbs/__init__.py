"""The verbs of ``import overspec as ov``, which the command line parses and prints.

check        ``ov.check``: a certificate file, proved again by independent code.
coverage     ``ov.coverage``: each sentence of the source, and what answers it.
derive       ``ov.derive``: the exact condition, spectrum and local rate, by computer algebra.
evaluate     ``ov.evaluate``: everything at one point theta, measured or certified.
explain      ``ov.explain``: the derivation of a statement, re-checked.
gallery      ``ov.gallery``: theorems from the literature, audited.
lloyd        ``ov.lloyd``: the simplex as a fixed point of Lloyd's algorithm.
population   ``ov.population_em``: EM on the population.
radius       ``ov.radius``: how far the contraction of the optimum persists.
report       ``ov.report``: a ledger as a document.
samples      ``ov.samples``: how many samples an error needs, and the inverse.
save         ``ov.save_certificate``: a certified result as a file for ``ov.check``.
sweep        ``ov.sweep``: a grid of radii.
verify       ``ov.verify``: every claim checked; ``ov.load_ledger`` reads what was kept.
"""
