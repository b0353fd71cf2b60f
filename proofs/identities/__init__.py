"""S1 to S8, T7, D and R: exact identities of the EM operator, for all θ.

circulant        A = Σ_j π_j R^j: circulant form and eigenvalues (S3), Hessian at the optimum (S4).
conditions       The polynomial conditions on the weights under which A is invertible (math.md S3).
idle_dimensions  Dimensions on which R is the identity change nothing.
operator         The EM operator: from Q (S1), as a gradient step on L (S2), and its Jacobian (S5).
rotation         What R is: its exact matrix.
stein            Gaussian integration by parts: the Stein form of M (S6), the energy form of L (S7).
symmetry         What L and g_m depend on: the energies of θ alone (S8), from the centraliser of R.
"""
