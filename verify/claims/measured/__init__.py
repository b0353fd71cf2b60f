"""Measured claims, one family a module; `claims.rates` has T1 and lists them all.

engines  E1: two engines that share no code agree.
null     T2, T4c: sublinear convergence where a null block carries the energy.
"""
