"""Certificates as files.

plain         Frozen dataclasses as plain data and back, for the ledger's JSON: the types say how.
write         Certificates as JSON files: exact dyadic numbers, outward-rounded decimals.
write_radius  The certificate of a radius: the cover, box by box.
"""
