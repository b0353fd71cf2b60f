"""The pairs engine with proof: k = 4 and any θ, E log S, the g_m and the Hessian.

bounds   The error bounds of the pairs engine: images, frequency tail, aliasing, node tail.
enclose  The pairs engine with proof: E log S, g_m and the radial matrix in balls, k = 4.
"""
