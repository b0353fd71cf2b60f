"""Beyond every box: what is certified of γ for all θ, however large.

everywhere  λ > threshold for all θ, k = 4: the cover of a rectangle and the tails around it.
explicit    The global rate without a cover: a lower bound at every odd prime k.
hessian     All eigenvalues of ∇²L for large θ, k = 4: what `everywhere` needs beyond the factors.
tail        Bounds for large |θ| and for what lies between points, in balls.
"""
