"""EM that looks ahead.

methods        SQUAREM, Anderson's method and DAAREM, with a monotone safeguard, for any map.
on_data        EM on data as such a map: means, and the logarithm of a covariance.
on_population  Population EM as such a map: amplitudes, a variance, free means.
"""
