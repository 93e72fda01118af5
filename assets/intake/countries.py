"""Countries as people write them, brought to ISO 3166-1 alpha-2."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

import pandas as pd

from assets.intake.normalise import cleaned, frame_of, texts_of
from sources.mapping.tables import country_names, simplified

#: Alpha-3 codes of the countries that are not in the table of the mapping, in pairs with alpha-2.
_CODES = """
AD AND AF AFG AG ATG AI AIA AL ALB AM ARM AO AGO AQ ATA AS ASM AW ABW AX ALA AZ AZE BA BIH BB BRB BF BFA BI BDI BJ BEN
BL BLM BM BMU BN BRN BQ BES BS BHS BT BTN BV BVT BW BWA BZ BLZ CC CCK CD COD CF CAF CG COG CI CIV CK COK CM CMR CU CUB
CV CPV CW CUW CX CXR DJ DJI DM DMA EH ESH ER ERI FJ FJI FK FLK FM FSM FO FRO GA GAB GD GRD GE GEO GF GUF GG GGY GI GIB
GL GRL GM GMB GN GIN GP GLP GQ GNQ GS SGS GU GUM GW GNB GY GUY HM HMD HN HND HT HTI IM IMN IO IOT JE JEY JM JAM KG KGZ
KI KIR KM COM KN KNA KP PRK KY CYM LC LCA LI LIE LR LBR LS LSO LY LBY MC MCO MD MDA ME MNE MF MAF MG MDG MH MHL MK MKD
ML MLI MP MNP MQ MTQ MR MRT MS MSR MU MUS MV MDV MW MWI MZ MOZ NA NAM NC NCL NE NER NF NFK NI NIC NR NRU NU NIU PF PYF
PG PNG PM SPM PN PCN PS PSE PW PLW RE REU RW RWA SB SLB SC SYC SD SDN SH SHN SJ SJM SL SLE SM SMR SN SEN SO SOM SR SUR
SS SSD ST STP SV SLV SX SXM SY SYR SZ SWZ TC TCA TD TCD TF ATF TG TGO TJ TJK TK TKL TL TLS TM TKM TO TON TT TTO TV TUV
UM UMI VA VAT VC VCT VG VGB VI VIR VU VUT WF WLF WS WSM XK XKX YE YEM YT MYT ZM ZMB ZW ZWE
"""

#: Names beside those that the library of telephone numbers has in forty languages: official, older and other ones.
_FURTHER = """
AE EAU|VAE
BA Bosnia|Bosnien|波黑|波斯尼亚
BD Bangladés
BH Baréin
BN Brunei Darussalam|文莱达鲁萨兰国
BQ Caribbean Netherlands
BS The Bahamas
BY Weißrussland|Belarus (Weißrussland)|Biélorussie|Bielorrusia
BZ 伯利兹
CC Cocos (Keeling) Islands|Kokosinseln
CD Congo - Kinshasa|DR Congo|DRC|D.R. Congo|Democratic Republic of the Congo|Congo, Democratic Republic of the
CD Congo (Kinshasa)|Congo-Kinshasa|Kongo-Kinshasa|République démocratique du Congo|RD Congo|RDC
CD Demokratische Republik Kongo|República Democrática del Congo|刚果民主共和国|刚果(金)|刚果金
CD Congo, The Democratic Republic of the|Congo (DRC)
CF 中非|中非共和国
CG Congo - Brazzaville|Congo (Brazzaville)|Congo-Brazzaville|Kongo-Brazzaville|Congo (Republic)|刚果(布)|刚果布
CG República del Congo|刚果共和国|Congo, Republic of the
CH Swiss Confederation|Schweizerische Eidgenossenschaft|Confédération suisse
CI Ivory Coast|Elfenbeinküste|Côte d'Ivoire|Cote d'Ivoire|科特迪瓦|象牙海岸
CN Volksrepublik China
CV Cabo Verde|Kap Verde|佛得角
CZ Tschechische Republik|Tschechei|République tchèque|República Checa|Tschechien|Tchéquie|Chequia
DE Bundesrepublik Deutschland|BRD
ER 厄立特里亚
ES 西班牙王国
FK Falkland Islands (Malvinas)|Malvinas
FM Federated States of Micronesia
FR République française|法兰西共和国
GB United Kingdom of Great Britain and Northern Ireland|Grossbritannien|Großbritannien|Angleterre|Inglaterra
GB Schottland|Grande-Bretagne|Gran Bretaña|England (UK)|イギリス|Nordirland
GE Republic of Georgia|格鲁吉亚
GM The Gambia
GR Hellenic Republic
GS South Georgia & South Sandwich Islands
HK 香港特别行政区|中国香港特别行政区
HM Heard & McDonald Islands
IT 義大利
JP 日本国|ジャパン
KE 肯亞
KG Kirguistán|吉尔吉斯斯坦
KN St. Kitts and Nevis
KP North Korea|Democratic People's Republic of Korea|Korea, Democratic People's Republic of|Korea, North|DPRK|朝鲜
KP 北韩|Nordkorea|朝鲜民主主义人民共和国
KR Korea (South)|South Korea (Republic of Korea)|Corea|Südkorea|大韩民国|南朝鲜
KZ Kazajistán
LA Lao People's Democratic Republic|Lao PDR|Lao|寮國
LC St. Lucia
LK Democratic Socialist Republic of Sri Lanka|Ceylon
LY Libyan Arab Jamahiriya
MD Moldawien
ME Crna Gora
MF St. Martin
MK North Macedonia|FYROM|Macedonia, The Former Yugoslav Republic of|Nordmazedonien|Macédoine du Nord
MK Macedonia del Norte|北马其顿|马其顿
MM Myanmar (Burma)|Birma|Birmanie|Birmania
MO 澳门特别行政区|中国澳门特别行政区
MX Méjico
NC 新喀里多尼亚
NG 奈及利亞
NL Die Niederlande|Les Pays-Bas|Los Países Bajos|Holanda|Hollande|Países Bajos
NZ 紐西蘭|Nueva Zelandia
PF 法属波利尼西亚
PG Papúa Nueva Guinea
PM St. Pierre and Miquelon
PN Pitcairn Islands
PS Palestinian Territory|Palestinian Territories|State of Palestine|Palestine, State of
PS Palestinian Territory, Occupied|Palästina|巴勒斯坦国|巴勒斯坦领土
RE Réunion|La Réunion
RU Rusland|俄罗斯联邦
SA 沙烏地阿拉伯|沙特阿拉伯王国
SC 塞舌尔
SH St. Helena|Saint Helena, Ascension and Tristan da Cunha
SJ 斯瓦尔巴
SL 塞拉利昂
SX Sint Maarten
SY Syrian Arab Republic
SZ Eswatini|Swaziland|斯威士兰|Esuatini
TL East Timor|Timor Leste|Osttimor|东帝汶
TR Türkei (Türkiye)
TT Trinidad
TW Republic of China|Republic of China (Taiwan)|Taiwan, R.O.C.|中华民国|台灣|台湾省
TZ United Republic of Tanzania|Tanzania, United Republic of
UM U.S. Outlying Islands
US USA|Vereinigte Staaten von Amerika|Amerika|US of A|États-Unis d'Amérique|Etats Unis|EE. UU.|EE.UU.|EEUU
US Estados Unidos de América|Stati Uniti d'America|Vereinigte Staaten|アメリカ|アメリカ合衆国|米国
VA Vatican City|Holy See|Holy See (Vatican City State)|Vatican City State|Vatikanstadt|Cité du Vatican|梵蒂冈城国
VC St. Vincent and the Grenadines|St. Vincent|St. Vincent & Grenadines
VG Virgin Islands, British|Virgin Islands (British)|英属维尔京群岛
VI Virgin Islands, U.S.|US Virgin Islands|Virgin Islands (U.S.)|United States Virgin Islands
WS Samoa|Western Samoa|萨摩亚
XK Kosovo|Kosova|科索沃
ZA RSA|Republic of South Africa
"""

#: The states of the United States, in lower case: beside one of them Georgia is another one.
_STATES = """
al alabama|ak alaska|az arizona|ar arkansas|ca california|co colorado|ct connecticut|de delaware|fl florida|ga georgia
hi hawaii|id idaho|il illinois|in indiana|ia iowa|ks kansas|ky kentucky|la louisiana|me maine|md maryland
ma massachusetts|mi michigan|mn minnesota|ms mississippi|mo missouri|mt montana|ne nebraska|nv nevada|nh new hampshire
nj new jersey|nm new mexico|ny new york|nc north carolina|nd north dakota|oh ohio|ok oklahoma|or oregon
pa pennsylvania|ri rhode island|sc south carolina|sd south dakota|tn tennessee|tx texas|ut utah|vt vermont|va virginia
wa washington|wv west virginia|wi wisconsin|wy wyoming|dc district of columbia
"""
STATES = frozenset(name for state in re.split(r"[|\n]", _STATES.strip()) for name in state.split(" ", 1))

#: Before or behind the name by which a country is known: ``Republic of Moldova``, ``Iran (Islamic Republic of)``.
_OFFICIAL = re.compile(
    r"(?:the |la |le |der |die )?(?:[\w'’]+ )?(?:[\w'’]+ )?"
    r"(?:republic|kingdom|sultanate|principality|grand duchy|commonwealth|republik|königreich|république|royaume"
    r"|república|reino|states?)(?: of| de| del| du| von)?(?: the)?|province of china|the|sar china|sar",
    re.IGNORECASE,
)
_OFFICIAL_ENDING = re.compile(r"(?:人民|伊斯兰|联邦)*(?:共和国|王国)$")
#: Countries whose neighbour of the same name calls itself democratic.
_DEMOCRATIC = {"CG": "CD", "KR": "KP"}
#: What is longer is no name of a country.
LONGEST_NAME = 200
#: A name with something in brackets or behind a comma.
_WITH_MORE = re.compile(r"([^(,]+?)\s*(?:[(（]([^()]+)[)）]|,\s*(.+))")
#: What people leave out of names or write as a sign.
_JOINING = re.compile(r"\s(?:and|und|et|y|e|&)\s", re.IGNORECASE)


def _key(text: str) -> str:
    plain = simplified(cleaned(text).casefold())
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if c.isalnum())


@cache
def _names() -> dict[str, str]:
    """Alpha-2 codes by key; a short word is a code before it is a name in some language."""
    import phonenumbers
    from phonenumbers.geodata.locale import LOCALE_DATA

    codes = _CODES.split()
    pairs = dict(zip(codes[1::2], codes[::2], strict=True))
    names = {_key(name): code for name, code in (pairs | country_names()).items()}
    names |= {code.casefold(): code for code in (*codes[::2], *phonenumbers.SUPPORTED_REGIONS) if len(code) == 2}
    listed = [line.split(" ", 1) for line in _FURTHER.strip().splitlines()]
    spoken = [(code, name) for code, others in listed for name in others.split("|")]
    # what begins with an asterisk is but a reference to another language
    spoken += [(code, name) for code, said in LOCALE_DATA.items() for name in said.values() if name[:1] != "*"]
    for code, name in spoken:
        for written in (name, _JOINING.sub(" ", name), re.sub(r"\bSaint\b", "St", name)):
            names.setdefault(_key(written), code)
    return names


@cache
def _code(text: str) -> str | None:
    known = _names()
    plain = cleaned(text)
    if len(text) > LONGEST_NAME or "/" in plain:  # n/a is not Namibia
        return None
    found = known.get(_key(plain)) or known.get(_key(_JOINING.sub(" ", plain)))
    return found or _officially(plain, known)


def _officially(text: str, known: Mapping[str, str]) -> str | None:
    """The country of a name with what it is: a kingdom, an Islamic republic; or with another name in brackets."""
    with_more = _WITH_MORE.fullmatch(text)
    official = _OFFICIAL.match(text)
    if with_more:
        found, more = known.get(_key(with_more[1])), with_more[2] or with_more[3]
        if not _OFFICIAL.fullmatch(more) and known.get(_key(more)) != found:
            return None
    elif official:
        found = known.get(_key(text[official.end() :]))
    else:
        found = known.get(_OFFICIAL_ENDING.sub("", _key(text)))
    low = text.casefold()
    if found == "GE" and "state" in low:
        return None  # that of the United States
    return _DEMOCRATIC.get(found, found) if found and "democratic" in low else found


def countries(values: pd.Series) -> pd.DataFrame:
    """ISO 3166-1 alpha-2 codes of countries written as code or name, in whatever language.

    Args:
        values: countries as given, distinct.

    Returns:
        value, country (null where it could not be told), problem (unknown-country).
    """
    given = texts_of(values).to_pylist()
    found = [_code(text) if text else None for text in given]
    problems = ["unknown-country" if text and not code else None for text, code in zip(given, found, strict=True)]
    return frame_of(value=given, country=found, problem=problems)
