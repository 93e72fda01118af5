"""Invented names: first names with their short forms, surnames, titles, cities, company words."""

# ruff: noqa: E501 - Chinese characters count twice

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

COUNTRIES = ("DE", "GB", "US", "FR", "NL", "ES", "CN")
COUNTRY_SHARE = (0.30, 0.14, 0.16, 0.09, 0.06, 0.05, 0.20)
CN = COUNTRIES.index("CN")
CURRENCIES = ("EUR", "GBP", "USD", "EUR", "EUR", "EUR", "CNY")  # of each country, in the same order

FIRST_NAMES = {
    "DE": "Thomas:Tom Michael:Michi Andreas:Andi Stefan Christian:Chris Markus Martin Matthias:Matze Alexander:Alex "
    "Sebastian:Basti Daniel:Dani Tobias:Tobi Jürgen Klaus Wolfgang Uwe Dirk Jens Sven Florian:Flo Johannes:Hannes "
    "Maximilian:Max Lukas Jonas Felix Sabine Susanne:Susi Petra Monika Andrea Claudia Katharina:Kathi Julia "
    "Stefanie:Steffi Anna Christina:Tina Nicole Melanie Birgit Heike Ulrike:Uli Franziska:Franzi Elisabeth:Lisa "
    "Johanna:Hanna Lena Sophie Laura Jörg Günther Käthe",
    "GB": "James:Jim William:Will Thomas:Tom Robert:Rob Edward:Ted Richard:Rich Charles:Charlie Andrew:Andy "
    "Matthew:Matt Christopher:Chris Daniel:Dan Benjamin:Ben Samuel:Sam Joseph:Joe Oliver:Ollie Harry George Simon "
    "Peter:Pete Nicholas:Nick Elizabeth:Liz Margaret:Maggie Katherine:Kate Victoria:Vicky Rebecca:Becky Emma "
    "Charlotte:Lottie Alexandra:Alex Susan:Sue Patricia:Pat Deborah:Debbie Jennifer:Jen Olivia:Liv Amelia Grace "
    "Priya Aisha Imran Siobhan Gareth",
    "US": "James:Jim Robert:Bob John:Jack Michael:Mike William:Bill David:Dave Richard:Rick Joseph:Joe Thomas:Tom "
    "Christopher:Chris Daniel:Dan Matthew:Matt Anthony:Tony Steven:Steve Kenneth:Ken Joshua:Josh Kevin Brian "
    "Timothy:Tim Ronald:Ron Jennifer:Jen Patricia:Patty Elizabeth:Beth Susan:Sue Jessica:Jess Margaret:Peggy "
    "Kimberly:Kim Deborah:Deb Stephanie:Steph Rebecca:Becca Cynthia:Cindy Katherine:Kathy Pamela:Pam Maria Luis "
    "Carlos Sofia Tyrone Keisha Mei",
    "FR": "Jean Pierre Michel Philippe:Phil Alain Nicolas:Nico Christophe:Chris Laurent Frédéric:Fred Stéphane "
    "Sébastien:Seb Olivier Julien Antoine Guillaume Thierry Vincent François Benoît:Ben Marie Nathalie Isabelle:Isa "
    "Sylvie Catherine:Cathy Valérie Sandrine Céline Aurélie Émilie Camille Chloé Hélène Élodie Mathilde",
    "NL": "Jan Pieter:Piet Johannes:Hans Willem:Wim Hendrik:Henk Cornelis:Kees Gerrit Maarten Jeroen Bas Daan Sander "
    "Joost Ruben Thijs Anna Maria Johanna:Jo Elisabeth:Els Wilhelmina:Mina Femke Sanne Lotte Marieke Ilse Anouk",
    "ES": "José:Pepe Francisco:Paco Antonio:Toni Manuel:Manolo Javier:Javi Carlos Miguel Rafael:Rafa Alejandro:Alex "
    "Fernando Pablo Sergio Jorge Diego Álvaro María Carmen Dolores:Lola Pilar Isabel:Isa Cristina:Cris Elena Lucía "
    "Marta Rocío Beatriz:Bea Montserrat:Montse",
}
SURNAMES = {
    "DE": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf "
    "Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause Meier Lehmann "
    "Köhler Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn",
    "GB": "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts "
    "Green Hall Wood Jackson Clarke Patel Khan Lewis James Phillips Mason Mitchell Rose Davis Rodgers Cox Hughes "
    "O'Neill MacDonald",
    "US": "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson "
    "Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson "
    "Nguyen O'Brien Kowalski Schwartz",
    "FR": "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel David "
    "Bertrand Roux Vincent Fournier Morel Girard André Mercier Dupont Lambert Bonnet François Martinez Legrand",
    "NL": "Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Smits Koster Prins "
    "Huisman Postma Kuipers Willems",
    "ES": "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz "
    "Moreno Muñoz Álvarez Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Serrano Blanco Molina",
}
SURNAME_PARTS = {
    "DE": (
        "Stein Linden Eichen Reh Wald Hohen Grün Birk Dorn Falken Rosen Mühl Brunn Kalt Alten Neu Ober Königs Sommer "
        "Winter Silber Haber Kron Eschen",
        "berg mann bach feld hof müller mayer thaler hagen dorf brück kamp",
    ),
    "GB": (
        "Ash Thorn Black White Hart Oak Whit Nor Sut West East Red Green Hol Brad Stan Wood Kings Marsh Fair Elling "
        "Wal Har Pem",
        "ford ton ley field well worth combe bury wick brook dale ham",
    ),
    "US": (
        "Ash Stone Black Cold Hart Oak Whit Nor Sut West East Red Green Hol Brad Stan Wood Lake Marsh Fair Mill Wal "
        "Har Spring",
        "ford ton ley field well worth man berg wick brook dale son",
    ),
    "FR": (
        "Beau Mont Bel Clair Grand Val Font Roche Mar Bois Lam Haut Cour Gai Char Tré",
        "mont ville champ fort court lieu claire val ard eau ier net",
    ),
    "NL": (
        "van_den_ van_der_ de_ van_ ter_",
        "Berg Bosch Vries Dijk Meer Linden Velde Houten Leeuwen Graaf Haan Wit Groot Boer Jong Brink Heide Kamp Laan "
        "Wal",
    ),
    "ES": (
        "García_ Ruiz_ López_ Díaz_ Gil_ Ramos_ Vega_ Cano_ Soler_ Prieto_ Rubio_ Marín_ Sanz_ Nieto_ Campos_ Reyes_",
        "Aguilar Vidal Ortega Castro Suárez Iglesias Medina Cortés Castillo Garrido Santos Guerrero Lozano Méndez Cruz "
        "Flores Herrera Peña León Márquez",
    ),
}
CHINESE_SURNAMES = (
    "王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 吴wu 周zhou 徐xu 孙sun 马ma 朱zhu 胡hu 郭guo 何he 高gao 林lin "
    "罗luo 郑zheng 梁liang 谢xie 宋song 唐tang 许xu 韩han 冯feng 邓deng 曹cao 彭peng 曾zeng 肖xiao 田tian 董dong 袁yuan "
    "潘pan 于yu 蒋jiang 蔡cai 余yu 杜du 叶ye 程cheng 苏su 魏wei 吕lv 丁ding 任ren 沈shen 姚yao 卢lu 姜jiang 崔cui 钟zhong "
    "谭tan 陆lu 汪wang 范fan 金jin 石shi 廖liao 贾jia 夏xia 韦wei 付fu 方fang 白bai 邹zou 孟meng 熊xiong 秦qin 邱qiu 江jiang "
    "尹yin 薛xue 闫yan 段duan 雷lei 侯hou"
)
CHINESE_GIVEN = (
    "伟wei 芳fang 娜na 敏min 静jing 丽li 强qiang 磊lei 军jun 洋yang 勇yong 艳yan 杰jie 娟juan 涛tao 明ming 超chao 霞xia "
    "平ping 刚gang 桂gui 英ying 华hua 玉yu 兰lan 红hong 建jian 国guo 文wen 志zhi 海hai 晓xiao 春chun 燕yan 雪xue 梅mei "
    "林lin 鹏peng 飞fei 宇yu 浩hao 婷ting 佳jia 琳lin 欣xin 怡yi 俊jun 峰feng 辉hui 波bo 宁ning 云yun 思si 雨yu 子zi 涵han "
    "梓zi 轩xuan 嘉jia 悦yue 可ke 瑞rui 博bo 诗shi 晨chen 睿rui 天tian 一yi 泽ze 若ruo 凯kai 欢huan 帆fan 倩qian 颖ying 露lu"
)
CITIES = {
    "DE": ["Berlin", "Hamburg", "München", "Köln", "Stuttgart", "Leipzig", "Nürnberg", "Münster"],
    "GB": ["London", "Manchester", "Leeds", "Bristol", "Glasgow", "Cardiff"],
    "US": ["Boston", "Chicago", "Seattle", "Austin", "Denver", "Atlanta"],
    "FR": ["Paris", "Lyon", "Nantes", "Lille", "Toulouse"],
    "NL": ["Amsterdam", "Rotterdam", "Utrecht", "Eindhoven"],
    "ES": ["Madrid", "Barcelona", "Valencia", "Sevilla"],
    "CN": ["上海", "北京", "深圳", "广州", "杭州", "苏州", "成都", "南京"],
}
CHINESE_CITY_SOUNDS = [
    "shanghai",
    "beijing",
    "shenzhen",
    "guangzhou",
    "hangzhou",
    "suzhou",
    "chengdu",
    "nanjing",
]
CHINESE_CITY_CODES = ["310115", "110108", "440305", "440106", "330106", "320505", "510107", "320114"]

INDUSTRIES = (
    "manufacturing", "healthcare", "software", "logistics", "retail",
    "energy", "finance", "construction", "education", "food",
)  # fmt: skip
INDUSTRIES_GERMAN = (
    "Maschinenbau", "Gesundheit", "Software", "Logistik", "Handel",
    "Energie", "Finanzen", "Bau", "Bildung", "Lebensmittel",
)  # fmt: skip
INDUSTRIES_CHINESE = ("制造业", "医疗", "软件", "物流", "零售", "能源", "金融", "建筑", "教育", "食品")
TRADE_WORDS = {
    "DE": [
        "Maschinenbau",
        "Medizintechnik",
        "Software",
        "Logistik",
        "Handel",
        "Energie",
        "Finanz",
        "Bau",
        "Lernwelt",
        "Feinkost",
    ],
    "GB": [
        "Engineering",
        "Healthcare",
        "Software",
        "Logistics",
        "Retail",
        "Energy",
        "Capital",
        "Construction",
        "Learning",
        "Foods",
    ],
    "US": [
        "Manufacturing",
        "Medical",
        "Systems",
        "Freight",
        "Stores",
        "Power",
        "Financial",
        "Builders",
        "Education",
        "Foods",
    ],
    "FR": [
        "Mécanique",
        "Santé",
        "Logiciels",
        "Transport",
        "Distribution",
        "Énergie",
        "Finance",
        "Bâtiment",
        "Formation",
        "Saveurs",
    ],
    "NL": [
        "Techniek",
        "Zorg",
        "Software",
        "Transport",
        "Handel",
        "Energie",
        "Kapitaal",
        "Bouw",
        "Onderwijs",
        "Voeding",
    ],
    "ES": [
        "Maquinaria",
        "Salud",
        "Sistemas",
        "Transportes",
        "Comercio",
        "Energía",
        "Capital",
        "Obras",
        "Formación",
        "Alimentos",
    ],
    "CN": ["机械", "医疗", "软件", "物流", "商贸", "能源", "金融", "建设", "教育", "食品"],
}
TRADE_SOUNDS = [
    "jixie",
    "yiliao",
    "ruanjian",
    "wuliu",
    "shangmao",
    "nengyuan",
    "jinrong",
    "jianshe",
    "jiaoyu",
    "shipin",
]
LEGAL_FORMS = {
    "DE": ["GmbH", "AG", "GmbH & Co. KG"],
    "GB": ["Ltd", "plc", "Limited"],
    "US": ["Inc.", "LLC", "Corp."],
    "FR": ["SAS", "SARL", "SA"],
    "NL": ["B.V.", "N.V.", "BV"],
    "ES": ["S.L.", "S.A.", "SL"],
    "CN": ["有限公司", "股份有限公司", "有限责任公司"],
}
STEM_PARTS = (
    [
        "Nord",
        "Alta",
        "Ver",
        "Lum",
        "Cor",
        "Bel",
        "Tri",
        "Quan",
        "Sol",
        "Ar",
        "Kal",
        "Mir",
        "Ost",
        "Fer",
        "Gal",
        "Hel",
        "Jun",
        "Lor",
        "Nov",
        "Pra",
        "Rav",
        "Sig",
        "Tal",
        "Ul",
        "Vel",
        "Wes",
        "Xen",
        "Zan",
        "Bran",
        "Del",
    ],
    ["a", "e", "i", "o", "u", "an", "en", "in", "on", "ar", "er", "or", "al", "el", "il"],
    [
        "tec",
        "mar",
        "don",
        "via",
        "lux",
        "plan",
        "form",
        "werk",
        "dyn",
        "gen",
        "port",
        "vox",
        "line",
        "ris",
        "nor",
        "sen",
        "tra",
        "mex",
        "fin",
        "bau",
    ],
)
CHINESE_STEM = (
    "华hua 远yuan 鑫xin 瑞rui 宏hong 盛sheng 泰tai 恒heng 嘉jia 正zheng 大da 新xin 东dong 方fang 海hai 天tian 金jin 龙long "
    "腾teng 达da 博bo 联lian 信xin 诚cheng 智zhi 创chuang 睿rui 凯kai 安an 康kang 美mei 百bai 万wan 星xing 辰chen 宇yu 航hang "
    "润run 和he 顺shun"
)

TITLES = {
    "DE": "Geschäftsführer;Leiter Einkauf;IT-Leiter;Produktionsleiter;Projektmanager;Sachbearbeiter;Werkstudent",
    "GB": "Managing Director;Head of Procurement;CTO;Operations Manager;Project Manager;Buyer;Intern",
    "US": "CEO;VP Procurement;CIO;Director of Operations;Project Manager;Analyst;Student",
    "FR": "Directeur général;Directrice des achats;DSI;Responsable production;Chef de projet;Acheteur;Stagiaire",
    "NL": "Directeur;Hoofd inkoop;IT-manager;Productieleider;Projectleider;Inkoper;Stagiair",
    "ES": "Director general;Jefa de compras;Director de TI;Jefe de producción;Jefe de proyecto;Comprador;Becario",
    "CN": "总经理;采购总监;技术总监;生产经理;项目经理;采购专员;实习生",
}
SENIORITY = (3, 2, 2, 1, 1, 0, -1)  # of each title above

_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", " ": "", "'": "", "_": "", ".": ""})


@dataclass(frozen=True)
class NamePool:
    """Names of one kind, all countries after one another; the lists run in parallel."""

    written: list[str]
    folded: list[str]  # as in an e-mail address
    short: list[str]  # as a friend says it
    mistyped: list[str]
    start: npt.NDArray[np.int64]  # of each country
    weight: list[npt.NDArray[np.float64]]  # cumulative, of each country

    def draw(self, country: npt.NDArray[np.int8], chance: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
        """A place in the pool for each row: its country, and a number in [0, 1)."""
        place = np.zeros(len(country), np.int32)
        for code, cumulative in enumerate(self.weight):
            rows = country == code
            place[rows] = self.start[code] + np.searchsorted(cumulative, chance[rows], side="right")
        return place


def folded(text: str) -> str:
    """Lower-case ASCII, as people write their name in an address."""
    plain = unicodedata.normalize("NFD", text.lower().translate(_FOLDED))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


def mistyped(text: str) -> str:
    """The same word with one slip of the finger, always the same slip."""
    if len(text) < 4 or not text.isascii():
        return text
    place = 1 + sum(map(ord, text)) % (len(text) - 2)
    match sum(map(ord, text)) % 3:
        case 0:
            return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        case 1:
            return text[:place] + text[place + 1 :]
        case _:
            return text[:place] + text[place] + text[place:]


def _spelled(pairs: str) -> list[tuple[str, str]]:
    return [(pair[0], pair[1:]) for pair in pairs.split()]


def _pool(by_country: list[list[tuple[str, str, str]]], tail: float) -> NamePool:
    rows = [row for names in by_country for row in names]
    weights = []
    for names in by_country:
        weight = 1.0 / (np.arange(len(names)) + tail)
        weights.append(np.cumsum(weight / weight.sum())[:-1])
    return NamePool(
        written=[written for written, _, _ in rows],
        folded=[plain for _, plain, _ in rows],
        short=[short for _, _, short in rows],
        mistyped=[mistyped(written) for written, _, _ in rows],
        start=np.cumsum([0, *(len(names) for names in by_country)])[:-1],
        weight=weights,
    )


@cache
def first_name_pool() -> NamePool:
    """First names with short forms; Chinese given names have one or two characters."""
    countries = []
    for country in COUNTRIES[:CN]:
        pairs = [name.partition(":") for name in FIRST_NAMES[country].split()]
        countries.append([(name, folded(name), short or name) for name, _, short in pairs])
    given = _spelled(CHINESE_GIVEN)
    twice = [(a + b, x + y, a + b) for a, x in given for b, y in given]
    # every eighth two-character name first, so that the frequent ones are not all alike
    countries.append(sorted(twice, key=lambda row: hash_order(row[1]))[:3000] + [(a, x, a) for a, x in given])
    return _pool(countries, 25.0)


@cache
def surname_pool() -> NamePool:
    """Surnames, the frequent ones first and a long tail of composed ones."""
    countries = []
    for country in COUNTRIES[:CN]:
        front, back = SURNAME_PARTS[country]
        composed = [(a + b).replace("_", " ") for a in front.split() for b in back.split()]
        names = SURNAMES[country].split() + sorted(composed, key=hash_order)
        countries.append([(name, folded(name), name) for name in dict.fromkeys(names)])
    countries.append([(name, sound, name) for name, sound in _spelled(CHINESE_SURNAMES)])
    return _pool(countries, 12.0)


@cache
def chinese_stems() -> tuple[list[str], list[str]]:
    """Two-character company names and how they sound."""
    parts = _spelled(CHINESE_STEM)
    return [a + b for a, _ in parts for b, _ in parts], [x + y for _, x in parts for _, y in parts]


@cache
def stems() -> list[str]:
    """Invented company names of three syllables."""
    front, middle, back = STEM_PARTS
    return [a + b + c for a in front for b in middle for c in back]


def hash_order(text: str) -> int:
    """An order that is neither alphabetical nor different tomorrow."""
    value = 7
    for letter in text:
        value = (value * 1_000_003 + ord(letter)) % 2_147_483_647
    return value
