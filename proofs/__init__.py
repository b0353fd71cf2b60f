"""Exact and symbolic: derivations that a machine checks step by step; no floats.

catalogue   All derivations by label: what the ledger runs and what a referee opens first.
identities  S1 to S8, T7, D and R: exact identities of the EM operator, for all θ.
language    What is said and how it follows: expressions, statements, theorems, and one renderer.
lloyd       K1 and K2: Lloyd's fixed point and its stability.
machinery   Where formulas are evaluated: symbolic and rational models, exact numbers.
questions   Q1 and Q2: beyond the assumptions of the source.
rates       T1 to T6 and B: how fast EM converges, and from how far.
samples     T8 and T9: EM on samples, with numbers.
tied        I1 to I7: any maps T_j in place of the powers of one R, and any mixture as the truth.
weights     T5 and H: which weights fail, and which keep a simplex.
"""

if __name__ != "overspec.proofs":  # the folder was imported under its bare name
    raise ImportError("import this package as overspec.proofs, after installing overspec")
