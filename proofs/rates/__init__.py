"""T1 to T6 and B: how fast EM converges, and from how far.

coset_limit         The contraction factors as θ → ∞ along a ray, exactly: a mean over cosets.
cosets              Sums of weights over cosets of the subgroups of Z/k: what w becomes at infinity.
dominance           What follows from a gradient that dominates L: T3a, and T3b within γ_c.
global_rate         Why EM converges linearly from everywhere when no π̂_m is 0 (T1).
gradient_dominance  The Polyak–Łojasiewicz inequality on the whole space (T3).
null_blocks         What happens on null blocks: the quartic form in the energies, the recursion.
null_law            The law of EM on the null blocks of given weights: t² KL → 1/(16λ), exactly.
quartic             The expansion of L at the optimum to order 4, its remainder of order 6.
quartic_forms       Quadratic and quartic forms with symmetric matrices, as nodes (T2).
quartic_models      The two models of T6: symbols c_r = ⟨θ, R^rθ⟩ with Wick.
radius_bound        Explicit lower bounds on γ_c as functions of k and σ, free of d: the best one.
ray                 Along a ray from 0: the lower bounds on γ_c, derived (B, Ba).
turns               Every factor from below at once, by Cauchy and Schwarz (Bb).
uniform             Uniform weights: every frequency but 0 is null, for every k ≥ 2.
"""
