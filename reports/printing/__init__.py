"""Documents as TeX, PDF and HTML, and figures as SVG and PDF.

drawing    Figures and the dependency graph as vector graphics: SVG for the page, PDF for LaTeX.
html       A document as one self-contained HTML page: MathML, inline SVG, no request to anywhere.
latex      A document as LaTeX. Text is escaped; only checked formulas reach TeX as they are.
lettering  The letters of a drawing that stands in a paper: Computer Modern, as the paper around it.
pdf        LaTeX source compiled to PDF by whatever engine is at hand.
tex        Plain text made safe for TeX: every special character escaped, every letter within ASCII.
"""
