"""Certificates as files.

write         Certificates as JSON files: exact dyadic numbers, outward-rounded decimals.
write_radius  The certificate of a radius: the cover, box by box.
"""
