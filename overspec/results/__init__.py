"""How a result shows itself: to a person, a notebook, a program.

criteria    What a fit is worth: BIC, ICL, and those of several k.
evaluation  What an evaluation shows, measured or certified: one dialect.
radius      What a radius shows, searched for or certified.
result      What every result offers: one line, a table, HTML, plain data, a data frame.
run         What a run of EM shows: a table of iterates, and how fast they went.
schema      The published JSON Schemas of what ``--json`` prints.
text        Numbers as text: never more digits than the error supports.
"""
