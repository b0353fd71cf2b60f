"""The same with proof: balls and a named bound for every error.

ball             Exact numbers as balls, and the enclosure that a rigorous engine hands over.
bounds           The error bounds of the rigorous engines.
bounds_hessian   Bounds for the rigorous engines' second derivatives of L.
budget           The error budget of a certified claim: which errors there are, how each is bounded.
choice           Which rigorous engine certifies a point, and what each of them assumes.
cover            Proof that a function is positive on a box.
doubles          Lattice sums in doubles, with a bound for every rounding: few digits.
evaluate         Certified evaluation at one θ: which rigorous engine, and what it encloses.
factors          The least g_m over all frequencies on a regular-simplex orbit, with proof.
hessian          The certified Hessian at one θ: which rigorous engine, what it encloses.
laplace          The Laplace engine with proof: regular-simplex orbits at any k.
laplace_hessian  The Hessian of L with proof on regular-simplex orbits, from moments of degree ≤ 4.
lattice          The lattice engine with proof: E log S and E|ŵ_m|² in balls, for k ≤ 6 and any θ.
lattice_hessian  The Hessian of L with proof: an enclosure of every entry, and of the eigenvalues.
lowrank          The low-rank engine with proof: any θ without a zero amplitude.
pairs            The pairs engine with proof: k = 4 and any θ, E log S, the g_m and the Hessian.
"""
