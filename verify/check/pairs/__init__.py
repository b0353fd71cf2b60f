"""What the engine for k = 4 by pairs has to account for.

bounds  What each line of a budget of the engine ``pairs`` must come to.
"""
