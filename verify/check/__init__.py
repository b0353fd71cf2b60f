"""Proves certificates again with code of its own: imports the nouns only.

bounds         The checker's own error bounds: what each line of a budget must come to at least.
cover          What a cover rests on beside its values: constants, tips, tails.
decide         Proved, false or not decided; the numbers and the mixture in words; eigenvalues.
format         The checker's own reading of a certificate file: its grammar, its exact numbers.
laplace        Proved enclosures on regular simplices, any k.
lattice        Proved enclosures by a sum over a lattice: any θ, k ≤ 6.
lloyd          Proved enclosures of Lloyd's radius and of the eigenvalues of the Lloyd map.
moments        Comparisons of formulas: arithmetic, functions, moments on the line.
pairs          k = 4 by two pairs of components: bounds, and enclosures in many digits.
radius         A certificate of a radius as the file states it.
radius_proof   Proves a certificate of a radius again, with constants and quadratures of its own.
radius_values  Values of radii in doubles, where proof would take too long.
subject        What a number of a certificate is the number of.
value          What a certificate is about: exact weights and θ, the parts of a Hessian; the budget.
verdict        Proves a certificate file again.
"""
