"""γ and the global rate: searched for, and certified.

bracket     Proved brackets for γ: a cover of all |θ| ≤ lower.
crossing    γ to many digits: the secant method on λ(r) − threshold from the search's estimate.
far         What is certified for all θ, however large.
near        What is certified near 0, and near the first failure.
options     What may be asked of a radius: apart from the search.
rate        Certified bounds of ``μ = inf_θ min_m g_m(θ)``.
root        The secant method on λ(r) = threshold, in many digits, and what it needs.
scaling     The factor of one-heavy weights on simplex orbits as k grows: limit, minimum.
search      The radius γ up to which the contraction of the optimum persists (math.md section 4).
sector      γ to many digits over two amplitudes, k = 4 and 5: the nearest crossing there is.
slack       What the search for γ looks at: λ(θ) − threshold in doubles.
values      Certified values that decide γ: enclosures of every g_m.
"""
