"""Sentences of what is measured: printed from the tree that the judge decides on the measurement.

alter     Every small change of such a sentence, judged; how many are told, and which are not.
estimate  A measured number with its error, and a law that a quantity follows, in arithmetic.
judge     What a measurement says of a sentence: true, false, or not to be told.
letters   The letters of such sentences: measured quantities, |π̂_m|², the least of them, laws.
"""
