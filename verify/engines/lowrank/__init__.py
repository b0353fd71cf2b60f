"""Any k, every amplitude positive: the Laplace engine, and a lattice over a remainder of low rank.

The responsibilities ignore a common shift of the ``z_j = ⟨x, R^jθ⟩``, so that only the eigenvalues
``a_m²/ε_m`` of their covariance at the frequencies m ≠ 0 count, ε_m = 2/k (1/k where 2m = k). With
c² the least of them

    z_j = c g_j + ⟨l_j, h⟩,    ⟨l_j, h⟩ = Σ_m b_m (h_m cos 2πmj/k + h'_m sin 2πmj/k),

b_m² = a_m² − ε_m c², in distribution, up to such a shift, g_j and h independent standard normals; h
has the dimensions r of the frequencies with b_m > 0, the *remainder*. Given h it is the problem of
`engines.laplace` for the weights ``p_j ∝ π_j e^{⟨l_j, h⟩}``:

    E Π w_i^{a_i} = (1/Γ(n)) E_h ∫ Π_j P_{a_j}(τ + log p_j(h)) dτ,
    E log S = E_h {log Σ_j π_j e^{⟨l_j,h⟩} + ∫ (P_0(τ) − Π_j P_0(τ + log p_j(h))) dτ},

1 + r dimensions in place of k − 1: 3 for k = 5, 1 for a regular simplex. The moments are those of
`engines.laplace`, with log p_j(h) in place of log π_j; g_m is 1 less the lags a ≠ 0,

    g_m = 1 − Σ_a (1 − cos 2πma/k) E C_a,    DM_mn = δ_mn (1 − g_m) + a_m a_n Σ_ab u_ma u_nb X_ab,

u_ma = cos(2πma/k) − 1 with the X of `laplace.hessian`. M is the projection of ``Σ_j w_j z_j`` to
each frequency, ``a_m M_m = Σ_ij ε_m cos(2πm(i−j)/k) E w_j z_i`` (S1); it shares no integral with
the g_m.

digits    The low-rank engine to 17 digits: the same sums on the numbers of `engines.extended`.
doubles   The low-rank engine in doubles: any k, every amplitude positive.
plan      How θ is split, and where the sums of the low-rank engine are taken.
rounding  Rounding errors of the low-rank engine, by the model of `engines.rounding`.
sums      The sums of the low-rank engine: over τ at each h, and then over h.
tables    The one-dimensional functions of the low-rank engine, on cells, as polynomials.
"""
