"""I1–I7: identities for any maps T_j, any weights and any mixture as the truth.

closed      I1 and I2: the M-step in closed form, and EM as preconditioned gradient descent.
curvature   I4 and I5: the Hessian, the Jacobian at a fixed point, and how far a step descends.
instances   Random exact maps with dual numbers, and with true densities in the second reading.
operators   The nodes: T_ju, T_jᵀu, derivatives, the flux, the truth's posterior mean.
standard    I6 and I7: the truth N(0, I): one stationary point, and the Jacobian there.
stein       I3: the Stein form of the gradient, with the truth's posterior mean.
words       The symbolic model: the free module on words such as T_jᵀT_iθ, for every T_j, d and p.
"""
