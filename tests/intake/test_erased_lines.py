"""Who was erased is told again by what a line says, and nobody else is."""

import pytest

from assets.intake.erased_lines import is_erased_number
from sources.tombstones import PHONE, Key, Tombstones, phone_forms

KEY = Key("k", b"a key")


@pytest.mark.parametrize(
    ("erased", "number", "is_erased"),
    [
        ("+491701234567", "+491701234567", True),
        ("+491701234567", "01701234567", True),
        ("+491701234567", "+441701234567", False),
        ("+491701234567", "+491701234567;ext=12", False),
        ("+493012345678;ext=12", "+493012345678;ext=12", True),
        ("+493012345678;ext=12", "03012345678;ext=12", True),
        ("+493012345678;ext=12", "+493012345678;ext=34", False),
        ("+493012345678;ext=12", "+493012345678", False),
    ],
)
def test_a_number_with_an_extension_is_one_telephone(erased: str, number: str, is_erased: bool) -> None:
    stones = Tombstones((KEY,), {PHONE: frozenset(KEY.of(PHONE, form) for form in phone_forms(erased))})
    assert is_erased_number(number, stones) == is_erased
