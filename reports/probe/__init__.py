"""The interactive page.

app       The interactive page, a marimo app: ``overspec probe`` serves it.
choice    What the probe is asked: the text of its fields, read exactly.
controls  The controls of the probe: which there are, what they start from.
drag      The portrait of the amplitudes with a start that is dragged in it: a widget of the page.
job       A command of ours that runs beside the page: started, watched, cancelled.
motion    Motion in the probe: KL along EM beside its predicted slope, and the amplitudes.
page      The parts of the probe as HTML: sentences, a table of numbers with their evidence.
parts     The parts of the probe's page: what one choice of mixture, gap and start means.
radius    γ in the probe: λ and the factors against the radius.
static    The probe as one HTML file: sliders over a sweep computed beforehand, plotly inlined.
svg       A figure as SVG in a millisecond: what an interactive page redraws at every change.
view      A view of the probe: every part of the page by name, computed when called.
"""
