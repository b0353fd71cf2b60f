"""Lloyd's radius and the eigenvalues of its map, with proof.

radius     Population Lloyd on N(0, I_{k−1}): the regular simplex as a fixed point, certified.
stability  Stability of the simplex under population Lloyd: the spectrum of the Lloyd map.
"""
