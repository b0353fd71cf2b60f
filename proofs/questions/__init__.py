"""Q1 and Q2: beyond the assumptions of the source.

covariance         The covariance estimated too (math.md section 9, Q2): the local rate stays.
free_means         Free means, fixed weights (math.md section 9, Q1).
free_means_models  The two models of Q1f: symbols with Hermite polynomials.
learned_weights    Weights learned together with tied means (math.md section 9, Q1).
orthogonal         Any orthogonal family T_j in place of R^j (math.md section 9, Q1): S6.
orthogonal_models  The two models of Q1o: the free module on the words of the family.
orthogonal_sums    The terms of Q1o as index sums, for every k and every family.
uniform_rate       Uniform weights with an estimated variance: how slowly EM then converges.
wrong_covariance   A fixed covariance that is wrong (math.md section 9, Q2): when EM leaves 0.
"""
