"""k = 4 and 6, every amplitude positive: pairs of opposite components.

Components s and s + k/2 have the same even part e_s (of the even frequencies) and opposite odd
parts, ``z = e_s ± o_s``. At k = 4 and 6 there is one even frequency, on k/2 points: a regular
simplex, so that up to a common shift, which w ignores, ``e_s = cg_s`` with independent g_s, ``c² =
a_2²/ε``, ε = 1/2 at k = 4 and 2/3 at k = 6. And the o_s are alike (with every other sign changed
at k = 6): each has variance ``v = a_1² k/4`` of its own, and all have in common one of ``a_3² −
v/3`` (k = 6; none at k = 4). With

    Y_s = e^τ e^{e_s} (π_+ e^{o_s} + π_− e^{−o_s}),    S = e^{−τ} Σ_s Y_s,
    E log S = log E S + ∫ (e^{−u} − E Π_s e^{−Y_s}) dτ,    u = e^τ E S (Frullani),

all numbers are integrals over τ of sums of products over the pairs: what is in common is η if its
variance is positive, given which the pairs are independent; if negative, the density is that of
independent o_s times ``e^{−κ(Σo_s)²/2}``, the mean of ``e^{iξΣo_s}`` over ξ ~ N(0, κ). So τ and one
more line (rows: η or ξ) are outer, o_s and g_s inner for each pair alone: four dimensions, two by
two, whatever the ratios of the amplitudes. `operators` has the forms for g and DM. M is ``a_m M_m =
E Σ_j w_j z_j^m``, z^m the part of frequency m; it shares no integral with the g_m.

doubles    The engine for opposite components in doubles: k = 4 and 6, every amplitude positive.
operators  The forms of which g_m and DM are expectations, in derivatives of each pair.
plan       Where the sums of the engine for opposite components are taken.
rounding   Rounding errors of this engine, by the model of `engines.rounding`.
sums       The sums of the engine for opposite components: over g and o, then over τ and the rows.
"""
