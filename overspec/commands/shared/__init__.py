"""What commands share: options, printing, plots.

certified  ``--certify`` and ``--out``: the certificate of a result, written.
options    The options that commands share, and how they become a mixture and a point.
output     What a command prints: one JSON object.
plot       ``--plot``: a figure in a file, or drawn in the terminal.
"""
