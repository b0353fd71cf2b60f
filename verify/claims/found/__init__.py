"""What is read off a claim instead of being written beside it.

methods  How a claim is checked, in two ways, and the code that both use.
older    Ledgers of older schemas, and the hash that rows of any schema have.
scope    Over which k, d, weights and θ a check ran, read off what it measured or derived.
uses     Which tools a check calls, and so on which claims it rests.
"""
