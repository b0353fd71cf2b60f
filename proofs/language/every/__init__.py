"""The third evaluation: every formula read with a symbolic k, its sums over Z/k kept as sums.

A value is a normal form (`sums`): an equation of two formulas with the same one is proved for every
k, every orthogonal R with R^k = I and all weights at once (docs/math.md, "Every k").

atoms      Atoms of index sums: their kinds, their indices, the one way to write each.
forms      Index expressions: polynomials with whole coefficients in index variables, read modulo k.
rules      The rules by which a sum over one index goes away.
sums       Normal forms of index sums: shift, renaming, orthogonality of characters.
words      Words of any maps, T_jᵀT_iθ for example: images, transposes, inner products.
calculus   Derivatives and products of vectors and matrices whose terms are index sums.
maps       Images and derivatives with any maps T_j in the place of R^j.
gauss      Expectations over x ~ N(0, I), by Wick's formula.
moments    Cumulants of ⟨x, R^jθ⟩, mean and covariance of the R^jθ, as index sums.
subsets    Sums over parts of Z/k, and over pairs.
evaluate   The nodes of the trees, read as index sums.
numbers    The numbers that an index sum stands for at an exact instance.
proof      A derivation for every k: its steps, random k up to 40, and what is false from k = 7 on.
"""
