"""The interactive page: one ES module that computes in the browser, and what serves it.

``js/`` has the numerics (`model.js` is their face), ``ui/`` what is drawn and dragged (`main.js`).

bundle    ES modules of this folder as one script.
choice    What the probe is asked: the text of its fields, read exactly.
desk      What the page asks of the library: exact facts, jobs.
job       A command of ours that runs beside the page: started, watched, cancelled.
notebook  ``ov.probe``: the page in a notebook.
page      The page as one HTML file: exported, served.
server    The server of the page, for this machine.
verdict   What a view means, exactly: whether EM is fast, and the law where it is not.
widget    The page as a widget of a notebook.
"""
