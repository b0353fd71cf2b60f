"""The papers, one file an entry; those on free means are in `means`.

means               A room: papers on free means.
balakrishnan_2017   1408.2156: contraction of the balanced pair near the truth, d ≥ 2.
daskalakis_2017     1609.00368: ten steps, and the factor of the balanced pair.
dwivedi_2020        1810.00828: a pair fitted to one Gaussian, balanced and not.
dwivedi_2020_scale  1902.00194: the same with a learned scale.
weinberger_2022     2103.15653: a pair with known unequal weights.
wu_2021             1908.10935: how many steps the worst case takes.
xu_2016             1608.07630: stationary points of a pair and of two means, convergence.
xu_2018             1810.11344: the weight fixed or learned.
"""
