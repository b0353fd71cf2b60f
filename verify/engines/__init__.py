"""KL, g_m, M and DM at one θ, in doubles or many digits, with error estimates.

contraction     How well the factor of an EM step, |θ'|/|θ|, is known in doubles.
evaluate        Everything at one θ: KL, the convergence factors g_m, the EM map and the Hessian.
extended        The processor's own numbers beyond doubles, for 16 and 17 digits.
laplace         Regular-simplex orbits at any k: one-dimensional integrals.
lattice         The engine in doubles: all expectations at θ from trapezoidal sums.
lattice_digits  Gaussian expectations in any number of digits by the trapezoidal rule.
lowrank         Any k, every amplitude positive: the Laplace engine, and a lattice over a remainder.
moments         What an engine hands over: Gaussian expectations at one θ, with an error.
opposites       k = 4 and 6, every amplitude positive: pairs of opposite components.
pairs           k = 4, every θ: one-dimensional sums over two pairs of components and one frequency.
richardson      The limit of a sequence with a known expansion, and how far it may be off.
rounding        The rounding model behind every error estimate in doubles.
series          Small θ: g_m and KL by power series, which lose no digit as θ → 0.
sobol           The sampling engine: any θ at large k, by randomised quasi-Monte Carlo.
spectrum        The weights' Fourier energies |π̂_m|² as numbers.
trapezoid       Gaussian expectations of softmax responsibilities by the trapezoidal rule.
twins           Two coarse lattices, half a step apart, whose mean is accurate.
"""
