"""What the data are: samples, heavy tails, digits, tables.

departures     Data that are not N(0, I): EM's factor and limit, and Lloyd's simplex.
digit_fits     Real data: the handwritten digits that scikit-learn ships, one class at a time.
digits         Experiment ``digits``: what tied simplex EM is worth on real data.
laws           Laws of data that depart from N(0, I) by degrees.
robustness     Experiment ``robustness``: data that are not N(0, I).
sample_bound   How sample EM approaches its limit, against ``|θ_t| ≤ ρ^t|θ_0| + ε/(1−ρ)``.
sample_limits  The limits of sample EM on many independent samples of each size.
samples        how far the limit of sample EM is from the truth, by n and weights.
tables         Experiment ``tables``: tied simplex EM on the tables that scikit-learn ships.
"""
