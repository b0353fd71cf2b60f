"""What follows from a gradient that dominates L: along the path of EM, and within γ_c.

local  The Polyak–Łojasiewicz inequality, strong convexity and smoothness for |θ| ≤ γ_c (T3b).
path   KL along the path of EM, and the number of iterations (T3a).
"""
