"""The papers on free means.

chen_2024    2009.13040: what local minima look like.
jin_2016     1609.00978: bad local maxima of three free means.
mallik_2026  2601.01051: the local rate, and over-specified free means.
segol_2021   2101.00575: how far from the truth three free means contract.
wang_2026    2605.30936: Polyak steps.
xu_2024      2407.00490: gradient EM on free means, its rate and its traps.
yan_2017     1705.08530: gradient EM near the truth.
"""
