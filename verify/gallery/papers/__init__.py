"""The papers, one file an entry.

balakrishnan_2017   1408.2156: contraction of the balanced pair near the truth, d ≥ 2.
daskalakis_2017     1609.00368: ten steps, and the factor of the balanced pair.
dwivedi_2020        1810.00828: a pair fitted to one Gaussian, balanced and not.
dwivedi_2020_scale  1902.00194: the same with a learned scale.
jin_2016            1609.00978: bad local maxima of three free means.
mallik_2026         2601.01051: the local rate, and over-specified free means.
segol_2021          2101.00575: how far from the truth three free means contract.
wang_2026           2605.30936: Polyak steps.
weinberger_2022     2103.15653: a pair with known unequal weights.
wu_2021             1908.10935: how many steps the worst case takes.
xu_2016             1608.07630: stationary points of the balanced pair, linear convergence.
xu_2018             1810.11344: the weight fixed or learned.
xu_2024             2407.00490: gradient EM on free means, its rate and its traps.
"""
