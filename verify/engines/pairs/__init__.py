"""k = 4, every θ: one-dimensional sums over two pairs of components and one frequency.

With u = a_1x_1, v = a_1x_2 and t = a_2x_3 independent normals (θ on the first axis of each block)

    S = e^t(π_0e^u + π_2e^{-u}) + e^{-t}(π_1e^v + π_3e^{-v}) = 2 e^{(A+B)/2} cosh z,
    A = log(π_0e^u + π_2e^{-u}),  B = log(π_1e^v + π_3e^{-v}),  z = t + (A − B)/2.

The pair {0, 2} has the mass (1 + tanh z)/2, and inside the pairs the shares differ by p(u) =
tanh(u + ½log(π_0/π_2)) and q(v): every moment is E[f(x_1) g(x_2) x_3^m F(z)], F = tanh, sech² or
log cosh. Their Fourier sums on ξ_n = (n + ½)η, Λ = 2π/η, are exact but for the images at nΛ
(Poisson for sech², then integrated from 0):

    η Σ_{n≥0} ξ cos(ξz)/sinh(πξ/2)       = Σ_m (−1)^m sech²(z − mΛ),
    η Σ_{n≥0} sin(ξz)/sinh(πξ/2)         = Σ_m (−1)^m tanh(z − mΛ), m and −m together,
    η Σ_{n≥0} (1 − cos ξz)/(ξ sinh(πξ/2)) = Σ_m (−1)^m (log cosh(z − mΛ) − log cosh mΛ),

and ``E f g e^{iξz} = e^{−ξ²a_2²/2} Φ_f(ξ) Ψ_g(ξ)*`` with the transforms ``Φ_f = E f e^{iξA/2}``,
``Ψ_g = E g e^{iξB/2}``: sums over one line of nodes each. So N_ξ·N_x terms do what took N³.
A factor x_3 is iξa_2 there, x_3² is 1 − ξ²a_2².

digits    The pairs engine in any number of digits, on MPFR numbers.
doubles   The pairs engine in doubles: k = 4 and any θ.
grid      Steps and ranges of the sums of the pairs engine, and what is summed.
rounding  Rounding errors of the pairs engine in doubles, by the model of `engines.rounding`.
sums      The sums of the pairs engine on FLINT's balls.
tables    The nodes of both pairs and the frequencies of the pairs engine in doubles, tabulated.
"""
