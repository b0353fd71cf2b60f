"""P: sentences of the document under test, judged. Each row quotes the sentence in full and amends
only what it asserts; where a row was reworded for that, its module says from what.

data       The audit row on data that are not Gaussian (P10), settled on finite rational laws.
decay      The audit row on how fast KL decays (P9).
geometry   Audit rows on the geometry: the orbit (P3), the matrix R (P4); lists P5 too.
landscape  The audit row on the landscape (P5): what is multi-modal, what is convex near the origin.
lloyd      The audit row on Lloyd's algorithm as initialisation (P8), on certified eigenvalues.
rates      Audit rows on the rate: starts outside γ (P2); lists P7 and P9 too.
tying      The audit row on what an exponential rate requires (P7): not a simplex, but tied means.
weights    Audit rows on the weights: uniform ones (P1), the DFT condition (P6); lists P8 too.
"""
