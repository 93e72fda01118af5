"""Countries as people write them."""

import pandas as pd
import pytest

from assets.intake.countries import countries


def test_a_country_is_known_by_code_and_name():
    given = [
        "cn",
        "CHN",
        "中国",
        "P.R. China",
        "U.S.A.",
        "Deutschland",
        "Türkiye",
        "UK",
        "zw",
        "Atlantis",
        None,
    ]
    found = countries(pd.Series(given, dtype=object))
    assert found["country"].tolist() == ["CN", "CN", "CN", "CN", "US", "DE", "TR", "GB", "ZW", None, None]
    assert found["problem"].tolist() == [None] * 9 + ["unknown-country", None]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("NA", ["Namibia", "NA", "NAM", "Namibie", "纳米比亚", "納米比亞"]),
        ("GE", ["Georgia", "GE", "Republic of Georgia", "Georgien", "Géorgie", "格鲁吉亚"]),
        (
            "CD",
            [
                "DR Congo",
                "Congo - Kinshasa",
                "Democratic Republic of the Congo",
                "Congo (the Democratic Republic of the)",
            ],
        ),
        ("CG", ["Congo", "Republic of the Congo", "刚果(布)"]),
        ("KP", ["North Korea", "Korea (the Democratic People's Republic of)", "朝鲜"]),
        ("BA", ["Bosnia & Herzegovina", "Bosnien und Herzegowina", "Bosnia"]),
        ("LC", ["St. Lucia", "Saint Lucia"]),
        ("IR", ["Iran (Islamic Republic of)", "Iran, Islamic Republic of"]),
        ("NL", ["Netherlands (Kingdom of the)", "Kingdom of the Netherlands", "Pays-Bas", "Países Bajos"]),
        ("MM", ["Myanmar (Burma)", "Birma"]),
        ("US", ["États-Unis", "EE. UU.", "Vereinigte Staaten", "美國", "United States (USA)"]),
        ("CZ", ["Tschechien", "Czech Republic", "República Checa"]),
        ("ZA", ["南非共和国", "Südafrika"]),
        ("AU", ["澳大利亞", "Commonwealth of Australia"]),
        ("XK", ["Kosovo", "科索沃"]),
        (None, ["State of Georgia", "Georgia (USA)", "Ireland (Northern)", "Europe", "DACH", "n/a", "Latin America"]),
    ],
)
def test_a_country_is_known_by_its_names_in_many_languages(code, names):
    assert countries(pd.Series(names, dtype=object))["country"].tolist() == [code] * len(names)


def test_every_name_that_the_library_of_numbers_has_is_known():
    from phonenumbers.geodata.locale import LOCALE_DATA

    languages = ("aa", "de", "fr", "es", "it", "pt", "nl", "pl", "zh", "ja", "ko", "ru")
    told = [(LOCALE_DATA[code].get(language, "*"), code) for code in LOCALE_DATA for language in languages]
    told = [(name, code) for name, code in told if not name.startswith("*")]
    assert len(told) > 1_500
    found = countries(pd.Series([name for name, _ in told], dtype=object))["country"].tolist()
    assert found == [code for _, code in told]
