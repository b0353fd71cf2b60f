"""Where formulas are evaluated: symbolic and rational models, exact numbers.

ball        Numbers known up to a proved radius, in the formulas for exact ones.
calculus    The formulas of math.md section 1, written once for any model that can evaluate them.
cyclotomic  Exact arithmetic with roots of unity: which DFT entries of the weights are zero.
expansion   Taylor expansions in exact arithmetic.
identity    Whether a rational function is identically zero.
prose       Mathematics in running words: which parts are formulas, and their TeX.
rational    The rational models: random instances in exact arithmetic.
separation  Sums over roots of unity with algebraic coefficients: enclosures.
symbolic    The symbolic model: SymPy symbols, R the cyclic shift of k coordinates.
"""
