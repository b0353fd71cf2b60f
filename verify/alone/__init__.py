"""Programs that need nothing of overspec: copy the file and run it.

check_radius  Proves certificates along a radius again, with the standard library and mpmath alone.
"""
