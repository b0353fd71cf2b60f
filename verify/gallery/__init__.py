"""Theorems on EM from the literature, audited: one template, one file an entry.

audit     Run an entry, and try its mutants.
entry     The template: papers, statements, parameters, mutants.
certificate  What a run compared by formulas, as a certificate file.
formula   Formulas that a file can hold: rational numbers, functions, moments on the line.
line      Expectations over N(μ, 1) on the line, with proof: the trapezoidal rule in balls.
papers    The entries.
registry  All of them, by arXiv identifier or name.
search    Crossings, roots and least values on an interval, with proof.
softmax   Free means on the line: KL, EM and its gradient, with proof.
two_means All stationary points of two free means on the line, with proof.
verdict   Holds, sharp, loose, under a condition, refuted: computed from enclosures.
"""
