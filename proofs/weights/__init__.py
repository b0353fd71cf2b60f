"""T5 and H: which weights fail, and which keep a simplex.

averages         Averages over the subgroups of prime order: which weights fail at primitive m.
classified       k = 5, 6, 7: all weights that keep a regular simplex (H5, H6, H7).
difference_sets  Cyclic difference sets.
faces            Which weights fail: the faces on which DFT entries vanish (math.md T5).
four_components  k = 4: which weights keep a regular simplex, decided by orders 0, 2 and 4 (H4).
heat             E[w_iw_j] on a regular simplex by the heat semigroup, order by order, both ways.
log_weights      Weights that keep a simplex have a flat spectrum of log π, too (H).
monomials        Monomial equations between roots of unity, and what is left of them.
pair_moments     ``E[w_i w_j]`` on a regular simplex, order by order in r.
roots            What T5 is made of: orders of roots of unity, ranks of relations, coordinates.
simplex_keeping  Which weights keep a regular simplex under EM (conjecture H of math.md section 10).
vanishing        Which weights fail (T5): rational relations between roots of unity.
"""
