"""Where EM starts: radii, and Lloyd's simplex.

lloyd        Experiment ``lloyd``: random starts, stability, turning, and the weights that are left.
lloyd_map    Lloyd's map on N(0, I_d) and on data; the population's along parallel lines.
lloyd_runs   Lloyd's algorithm from random starts: which shape, how stable, how it turns.
radius       the factor per step against |θ_0|, from 0.01 to 100: no threshold.
radius_runs  EM on regular simplices from starts of any size, in the population and on one sample.
"""
