"""How two records are compared, field by field: ladders of levels, from the same to different.

Each level states how often it is seen in pairs that are the same (m) and in pairs taken at random (u):
Fellegi and
Sunter, A Theory for Record Linkage, 1969. The stated values are priors, worth using as they stand; training
replaces them by what the data say.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """One level of a comparison.

    Attributes:
        name: for the evidence and the charts.
        condition: SQL over ``<column>_l`` and ``<column>_r``; the first level whose condition holds counts.
        m: prior share among pairs that are the same.
        u: prior share among pairs taken at random.
        rare: column whose rare values weigh more than common ones when they agree.
        least_u: training may not find it rarer by chance than this. People of one name have mailboxes of one
            name, and people of one company one domain: counted among random pairs, which share neither, such
            agreement would look like news.
    """

    name: str
    condition: str
    m: float
    u: float
    rare: str | None = None
    least_u: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """The ladder of one field.

    Attributes:
        name: as it appears in the evidence.
        column: the field; where it is missing on either side the comparison weighs nothing.
        levels: from the same to different; the last one's condition is ELSE.
        trained_on: whether pairs with this field equal are a good sample to train the other fields on.
    """

    name: str
    column: str
    levels: tuple[Level, ...]
    trained_on: bool = False


#: Two dates of birth that agree in two of year, month and day, or with day and month in each other's place.
TWO_PARTS = """
right(birth_date_l, 5) = right(birth_date_r, 5)
OR left(birth_date_l, 7) = left(birth_date_r, 7)
OR left(birth_date_l, 4) = left(birth_date_r, 4) AND (
    right(birth_date_l, 2) = right(birth_date_r, 2)
    OR right(birth_date_l, 2) = substr(birth_date_r, 6, 2)
    AND right(birth_date_r, 2) = substr(birth_date_l, 6, 2)
)
"""
#: The cheap test stands first: an edit distance takes twenty times as long as Jaro-Winkler.
SLIP_OF_THE_PEN = "jaro_winkler_similarity(email_l, email_r) >= 0.9 AND levenshtein(email_l, email_r) <= 2"
SAME_MAILBOX = "split_part(email_l, '@', 1) = split_part(email_r, '@', 1)"
SHORT_FORM = "starts_with(first_name_l, first_name_r) OR starts_with(first_name_r, first_name_l)"

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "first_name",
        "first_name",
        (
            Level("same", "first_name_l = first_name_r", 0.70, 0.006, rare="first_name"),
            Level("short form", SHORT_FORM, 0.05, 0.002),
            Level("nearly the same", "jaro_winkler_similarity(first_name_l, first_name_r) >= 0.9", 0.10, 0.003),
            Level("swapped", "first_name_l = last_name_r", 0.02, 0.001),
            Level("similar", "jaro_winkler_similarity(first_name_l, first_name_r) >= 0.8", 0.04, 0.010),
            Level("different", "ELSE", 0.09, 0.978),
        ),
    ),
    Comparison(
        "last_name",
        "last_name",
        (
            Level("same", "last_name_l = last_name_r", 0.74, 0.004, rare="last_name"),
            Level("nearly the same", "jaro_winkler_similarity(last_name_l, last_name_r) >= 0.9", 0.13, 0.002),
            Level("swapped", "last_name_l = first_name_r", 0.02, 0.001),
            Level("similar", "jaro_winkler_similarity(last_name_l, last_name_r) >= 0.8", 0.03, 0.005),
            Level("different", "ELSE", 0.08, 0.988),
        ),
    ),
    Comparison(
        "birth_date",
        "birth_date",
        (
            Level("same", "birth_date_l = birth_date_r", 0.80, 0.0005),
            Level("one character apart", "hamming(birth_date_l, birth_date_r) <= 1", 0.10, 0.0015),
            Level("two parts the same", TWO_PARTS, 0.03, 0.0030),
            Level("different", "ELSE", 0.07, 0.9950),
        ),
        trained_on=True,
    ),
    Comparison(
        "email",
        "email",
        (
            Level("same", "email_l = email_r", 0.55, 0.0005, rare="email"),
            Level("nearly the same", SLIP_OF_THE_PEN, 0.10, 0.0005, least_u=0.0005),
            Level("same mailbox name", SAME_MAILBOX, 0.10, 0.01, least_u=0.005),
            Level("similar", "jaro_winkler_similarity(email_l, email_r) >= 0.9", 0.05, 0.02, least_u=0.02),
            Level(
                "same domain",
                "split_part(email_l, '@', 2) = split_part(email_r, '@', 2)",
                0.07,
                0.05,
                least_u=0.05,
            ),
            Level("different", "ELSE", 0.13, 0.92),
        ),
        trained_on=True,
    ),
    Comparison(
        "phone",
        "phone",
        (
            Level("same", "phone_l = phone_r", 0.65, 0.0002, rare="phone"),
            Level("one digit apart", "jaro_winkler_similarity(phone_l, phone_r) >= 0.96", 0.05, 0.0002),
            Level("different", "ELSE", 0.30, 0.9996),
        ),
        trained_on=True,
    ),
    Comparison(
        "company",
        "company_key",
        (
            Level("same", "company_key_l = company_key_r", 0.70, 0.001, rare="company_key"),
            Level(
                "nearly the same",
                "jaro_winkler_similarity(company_key_l, company_key_r) >= 0.92",
                0.10,
                0.002,
            ),
            Level("similar", "jaro_winkler_similarity(company_key_l, company_key_r) >= 0.85", 0.05, 0.010),
            Level("different", "ELSE", 0.15, 0.987),
        ),
        trained_on=True,
    ),
    Comparison(
        "city",
        "city",
        (
            Level("same", "city_l = city_r", 0.75, 0.02, rare="city"),
            Level("nearly the same", "jaro_winkler_similarity(city_l, city_r) >= 0.88", 0.12, 0.005),
            Level("different", "ELSE", 0.13, 0.975),
        ),
    ),
    Comparison(
        "postcode",
        "postcode",
        (
            Level("same", "postcode_l = postcode_r", 0.80, 0.002, rare="postcode"),
            Level("one character apart", "levenshtein(postcode_l, postcode_r) <= 1", 0.10, 0.010),
            Level("different", "ELSE", 0.10, 0.988),
        ),
        trained_on=True,
    ),
    Comparison(
        "address",
        "address",
        (
            Level("same", "address_l = address_r", 0.55, 0.0005),
            Level("nearly the same", "jaro_winkler_similarity(address_l, address_r) >= 0.92", 0.25, 0.001),
            Level("similar", "jaro_winkler_similarity(address_l, address_r) >= 0.8", 0.10, 0.010),
            Level("different", "ELSE", 0.10, 0.9885),
        ),
    ),
)
