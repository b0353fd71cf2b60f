"""The papers, one file an entry.

daskalakis_2017  1609.00368: ten steps, and the factor of the balanced pair.
dwivedi_2020     1810.00828: a pair fitted to one Gaussian, balanced and not.
xu_2018          1810.11344: the weight fixed or learned.
xu_2024          2407.00490: gradient EM on free means, its rate and its traps.
"""
