"""P: sentences of the document under test, judged.

data      The audit row on data that are not Gaussian (P10), settled on finite rational laws.
geometry  Audit rows on the geometry: the orbit, the matrix R, the landscape (P3, P4, P5).
rates     Audit rows on the rate: starts outside γ, free means, PL against the true rate (P2, P7.
weights   Audit rows of math.md section 10 on the weights: uniform, non-uniform, by cells (P1, P6.
"""
