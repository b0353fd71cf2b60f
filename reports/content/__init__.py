"""What a report says, before it is TeX or HTML.

chapters     Which claims stand together, in the order in which a paper would have them.
claims       The section of a claim: statement, proof, hypotheses; and the particulars beside it.
compose      A ledger as a document: which section says what. Every number comes from the ledger.
coverage     The document under test, sentence by sentence, with how its claims came out.
diff         What changed between two ledgers.
document     A document as pure data: what the LaTeX and the HTML renderer both print.
format       Numbers as text: never more digits than the error supports.
gallery      What ``overspec gallery --all --out FILE`` found, as sections of the page.
graph        The dependency graph in layers from left to right: ancestors first.
mathematics  Formulas: which TeX is mathematics and nothing else, as TeX that breaks, and as MathML.
summary      What a ledger shows, in one paragraph.
tables       Tables as files, with where they came from inside: CSV, and Parquet (extra ``tables``).
"""
