"""The document under test, sentence by sentence, and what answers each.

coverage   Each sentence with its claims and experiments, and how these came out in a ledger.
sentences  A Markdown document as its sentences.
"""
