"""The data of figures: what is drawn, computed.

gallery   Published bounds beside what is true, against a parameter.
ledger    The data behind the figures of a report: computed here, stored in the ledger.
looks     One colour and one dash for each quantity, in every drawing.
radius    What decides a radius, along the ray of the worst point.
sweep     The table of a sweep as a figure: γ, or the least factor, against the axis that was swept.
terminal  A figure drawn with characters, for a terminal: the same data as `reports.drawing` draws.
"""
