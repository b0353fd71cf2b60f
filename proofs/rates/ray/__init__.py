"""What happens along a ray from 0: the lower bounds on γ_c, derived (B, Ba).

cumulants  Cumulants of two variables under weights: by SymPy, by jets, as index sums.
free       The bound that is free of k (Ba).
spread     Values in an interval: the variance of a square, the fourth cumulant.
theorem    The bound by the range of the values (B): its constants come out of the steps.
"""
