"""K1 and K2: Lloyd's fixed point and its stability.

any_k        Where k is a symbol: sums over classes of indices, and the instances at integer k.
facets       The Jacobian once more: facet moments as integrals, enclosed in balls (math.md K2).
fixed_point  Lloyd's map at the regular simplex (math.md K1): the fixed point.
jacobian     The Jacobian of Lloyd's map at the regular simplex, exactly (math.md K2).
motions      How the centres of Lloyd's simplex can move.
nodes        What the derivations are made of: flows, averages, a density.
parts        The invariant parts on which the Jacobian is a number: their dimensions (math.md K2).
"""
