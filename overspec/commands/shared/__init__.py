"""What commands share.

certified  ``--certify`` and ``--out``: the certificate of a result, written.
options    The options that commands share, and how they become a mixture and a point.
output     What a command prints: one JSON object, or text for a terminal and a file.
plot       ``--plot``: a figure in a file, or drawn in the terminal.
"""
