"""Which telephone numbers there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

#: British numbers that Ofcom keeps free for films and examples; the library knows those of other countries.
_KEPT_FREE = re.compile(
    r"(?:11[3-8]|1[2-6]1)4960\d{3}|1914980\d{3}|1632960\d{3}|2079460\d{3}|2896496\d{3}|2920180\d{3}|3069990\d{3}|"
    r"7700900\d{3}|8081570\d{3}|9098790\d{3}"
)


def is_a_number(number: PhoneNumber) -> bool:
    """Whether there is such a number, were it only in films."""
    import phonenumbers

    is_british = number.country_code == 44 and _KEPT_FREE.fullmatch(str(number.national_number))
    return bool(is_british) or phonenumbers.is_valid_number(number)


def is_a_mobiles(e164: str) -> bool:
    """Whether a number is that of a telephone that people carry about, which has no extensions."""
    import phonenumbers

    number = phonenumbers.parse(e164.split(";")[0], None)
    return bool(phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE)
