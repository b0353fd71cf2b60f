"""What forgers do to certificates."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from overspec.verify.certificates.write import dyadic_text
from overspec.verify.check.format import dyadic
from overspec.verify.check.radius import read
from overspec.verify.check.radius_proof import enclosed
from overspec.verify.check.value import Purse

Certificate = dict[str, Any]


def near(value: Fraction, bits: int = 160) -> Fraction:
    return Fraction(round(value * 2**bits), 2**bits)


def shifted(text: str, by: Fraction) -> str:
    return dyadic_text(dyadic(text) + near(by, 220))


def upper_end(value: str) -> Callable[[Certificate], None]:
    def change(c: Certificate) -> None:
        c["parameters"]["upper"] = value

    return change


def upper_end_with_its_point(c: Certificate) -> None:
    """Below the lower end, where the inequality holds."""
    c["parameters"]["upper"] = "1*2^-4"
    c["parameters"]["worst"] = ["1*2^-4"]


def value_above_the_truth(c: Certificate) -> None:
    """By 1.5e-11, at one of the points."""
    stated = read(c)
    point = max(stated.values)
    _, high = enclosed(stated, point, 25, stated.sigma, Purse(10**11))
    for item in c["parameters"]["values"]:
        if dyadic(item[0][0]) == point[0]:
            item[1] = dyadic_text(near(high + Fraction(15, 10**12)))


def sigma_moved(c: Certificate) -> None:
    given = c["parameters"]
    given["sigma"] = [shifted(end, Fraction(7, 10**12)) for end in given["sigma"]]


def a_value_without_a_box(c: Certificate) -> None:
    c["parameters"]["values"].append(["1*2^0", "1*2^-1"])


def a_second_value(c: Certificate) -> None:
    first = c["parameters"]["values"][0]
    c["parameters"]["values"].append([first[0], "1*2^-9"])


RADIUS: dict[str, Callable[[Certificate], None]] = {
    "upper 1/16": upper_end("1*2^-4"),
    "upper -1": upper_end("-1*2^0"),
    "upper and its point 1/16": upper_end_with_its_point,
    "a value 1.5e-11 above the true one": value_above_the_truth,
    "sigma moved by 7e-12": sigma_moved,
    "a value without a box": a_value_without_a_box,
    "a second value": a_second_value,
}
