"""Prints what was computed: reports, fragments, figures and the probe; computes no claims.

content     What a report says, before it is TeX or HTML.
experiment  The files of a finished experiment: its table, its text and its figures.
figures     The data of figures: what is drawn, computed.
fragment    Derived conditions as LaTeX for a paper, and the entries to cite.
gallery     The table of audited theorems: as LaTeX for a paper, as a page.
printing    Documents as TeX, PDF and HTML, and figures as SVG and PDF.
probe       The interactive page.
report      The report on a ledger as files: ``.tex`` and ``.html``.
"""

if __name__ != "overspec.reports":  # the folder was imported under its bare name
    raise ImportError("import this package as overspec.reports, after installing overspec")
