"""What is said and how it follows: expressions, statements, theorems, and one renderer.

alterations   Every small change of a sentence: numbers, exponents, signs, relations, quantifiers.
analysis      What analysis does to an expression: derivatives, expectations, integrals, limits.
definitions   What the letters stand for, checked where the exponentials are true ones.
derivation    What a derivation is: a theorem, made by rules from steps that two methods re-check.
every         Every formula read with a symbolic k: what is proved for every k at once.
explicit      A SymPy expression as a tree: what computer algebra found.
expression    Formulas as trees: one tree is evaluated in every model and printed in every alphabet.
lemmas        The rules that prove what steps alone do not.
lowest_terms  Arithmetic on trees: lowest terms by SymPy, whatever is not arithmetic being an atom.
operators     The operations of the mixture as nodes: R^j u, ⟨u, v⟩, ŵ_m, ∇, E.
ranges        What an index runs over, and sums over it.
reading       Every formula read a second time, by code that the first method does not run.
render        One layout of a formula, three alphabets: TeX, Unicode for a terminal.
statement     What a claim says, as a tree: relations, quantifiers over named ranges, conditions.
theorem       How a statement follows: theorems are made from checked steps by rules.
"""
