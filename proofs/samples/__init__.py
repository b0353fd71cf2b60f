"""T8 and T9: EM on samples, with numbers.

deviation  How far the sample operator is from that of the population: the lemmas and their sources.
finite     The path of EM on n samples, from anywhere (T8): its constants come out of the steps.
sharp      The same with the exact linear part, the Jacobians apart (T9).
nets       The same by a net and the matrix Bernstein inequality, also of the Jacobian.
slopes     How steep the operator and its Jacobian are.
words      What such a theorem says: with probability, suprema, tails of χ².
"""
