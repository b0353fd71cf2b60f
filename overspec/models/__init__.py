"""The wider class: means that any exact matrices make of one θ, and the truths they are fitted to.

matrices  Exact vectors and matrices: read, multiplied, their rank and whether they are positive.
model     p_θ = Σ_j π_j N(T_jθ + c_j, vI): any T_j, weights and variance fixed or learned.
truth     What the data come from: a Gaussian mixture with covariances I, or N(0, Σ).
"""
