"""Questions about γ that no command asks: convexity, counterexamples, scaling laws.

convexity          Conjecture G (math.md section 4): is ``∇²L(θ) ≻ 0`` for every θ ≠ 0?.
convexity_pairs    Conjecture G for k = 3 where weights differ much or θ is large: pairs alone.
convexity_simplex  Conjecture G on simplices for k ≥ 4, all weights near one-heavy ones.
convexity_weights  Conjecture G for k = 3 and all weights: a cover of them, besides the pairs.
counterexample     A search for a counterexample to conjecture G.
edge               From which heavy weight p_c on γ^g_c is finite on simplex orbits.
laws               Exponents measured in the tables of a sweep.
"""
