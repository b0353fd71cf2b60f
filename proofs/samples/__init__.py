"""T8, T9 and T10: EM on samples, with numbers.

deviation  How far the sample operator is from that of the population: the lemmas and their sources.
finite     The path of EM on n samples, from anywhere (T8): its constants come out of the steps.
sharp      The same within a ball, sharp as n grows (T9).
peeled     From all starts, from ball to ball (T10).
parts      M_n − M in three parts: at 0, linear in θ, and the rest.
nets       Suprema by a net and the matrix Bernstein inequality.
slopes     How steep the operator and its Jacobian are.
words      What such a theorem says: with probability, suprema, tails of χ².
"""
