"""K1 and K2: Lloyd's fixed point and its stability.

any_k        Where k is a symbol: sums over classes of indices, and the instances at integer k.
bounds       The form on translations and sizes is below the lengths, for every k (math.md K2).
facets       The Jacobian once more: facet moments as integrals, enclosed in balls (math.md K2).
fixed_point  Lloyd's map at the regular simplex (math.md K1): the fixed point.
images       The image of a motion under the Jacobian, for symbolic k.
jacobian     The Jacobian of Lloyd's map at the regular simplex for one k, exactly (math.md K2).
motions      How the centres of Lloyd's simplex can move.
nodes        What the derivations are made of: flows, averages, a density.
parts        The invariant parts on which the Jacobian is a number: their dimensions (math.md K2).
stability    The spectrum for every k, and that only rotations are neutral (math.md K2).
"""
