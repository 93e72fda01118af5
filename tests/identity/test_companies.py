"""Writings of one company's name become equal, those of different companies stay apart."""

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assets.identity.companies import company_names, keys_by_place
from assets.identity.words.lists import company_words
from policy.identity import NameWords
from tests.identity.conftest import texts


@pytest.mark.parametrize(
    "writings",
    [
        ["ACME Widgets, Inc.", "Acme Widgets Ltd", "acme widgets GmbH", "Acme  Widgets", "ACME WIDGETS LIMITED"],
        ["北京小米科技有限公司", "小米科技股份有限公司", "小米科技（北京）有限公司", "小米科技"],
        ["北京市小米科技有限责任公司", "小米科技"],
        ["Müller & Söhne GmbH & Co. KG", "Muller and Sohne", "Müller und Söhne", "MÜLLER + SÖHNE KG"],
        ["株式会社 日立製作所", "日立製作所", "㈱日立製作所", "日立製作所(株)"],
        ["삼성전자 주식회사", "삼성전자", "삼성전자(주)", "㈜삼성전자"],
        ["ООО Ромашка", "Ромашка", "«Ромашка» ООО"],
        ["Samsung Electronics Co., Ltd.", "SAMSUNG ELECTRONICS"],
        ["Foo Sp. z o.o.", "Foo S.A.", "FOO SP. Z O. O."],
        ["Amazon.com, Inc.", "Amazon", "amazon.com", "www.amazon.com"],
        ["Salesforce.com", "Salesforce, Inc.", "https://www.salesforce.com/"],
        ["The Coca-Cola Company", "Coca Cola", "COCA-COLA CO."],
        ["阿里巴巴集团控股有限公司", "阿里巴巴集團", "阿里巴巴"],
        ["中国建设银行股份有限公司", "建设银行", "中國建設銀行"],
        ["广东省深圳市南山区腾讯科技有限公司", "深圳市腾讯科技有限公司", "腾讯科技（深圳）有限公司", "腾讯科技"],
        ["招商银行股份有限公司上海分行", "招商银行"],
        ["臺灣積體電路製造股份有限公司", "台湾积体电路制造"],
        ["Siemens (China) Ltd.", "Siemens AG", "SIEMENS"],
        ["Acme LLC d/b/a Joe's Pizza", "Acme LLC"],
        ["Smith Ltd t/a The Corner Shop", "Smith Limited"],
        ["c/o Acme Inc", "Acme Inc c/o Regus", "Acme"],
        ["Meta Platforms Inc (formerly Facebook)", "Meta Platforms, Inc.", "Meta Platforms f/k/a Facebook"],
        ["Volkswagen AG", "Volkswagen Group"],
        ["St. Mary's Hosp.", "Saint Mary's Hospital"],
        ["Smith Bros Mfg Intl.", "SMITH BROTHERS MANUFACTURING INTERNATIONAL LLC"],
        ["Hull Univ. Theatre Svcs", "Hull University Theater Service"],
        ["Société Générale S.A.", "SOCIETE GENERALE SA"],
        ["PT Astra International Tbk", "Astra International"],
        ["Grupo Bimbo, S.A.B. de C.V.", "Grupo Bimbo SAB de CV"],
        ["3M Company", "3M Co."],
        ["Nestlé S.A.", "NESTLE SA", "Nestlé"],
        ["Koninklijke Philips N.V.", "Koninklijke Philips"],
        ["Telefonaktiebolaget LM Ericsson AB", "Telefonaktiebolaget LM Ericsson"],
        ["Petronas Sdn. Bhd.", "PETRONAS SDN BHD", "Petronas", "Petronas Sendirian Berhad"],
        ["Hof gGmbH", "Hof gemeinnützige GmbH", "Hof gemeinnützige Gesellschaft mit beschränkter Haftung"],
        ["Rosen e.K.", "Rosen e. K.", "Rosen eingetragener Kaufmann", "Rosen eingetragene Kauffrau"],
        ["Rosen UG (haftungsbeschränkt)", "Rosen Unternehmergesellschaft (haftungsbeschränkt)", "Rosen e. V."],
        ["Molnár Kft.", "Molnár Korlátolt Felelősségű Társaság", "Molnár Zártkörűen Működő Részvénytársaság"],
        ["ООО Ромашка", "Общество с ограниченной ответственностью «Ромашка»", "АО Ромашка",
         "Публичное акционерное общество Ромашка", "Ромашка, закрытое акционерное общество"],
        ["Banksia Pty Ltd", "Banksia Proprietary Limited", "Banksia (P) Ltd", "Banksia Limited Liability Partnership"],
        ["Martinet SARL", "Martinet société à responsabilité limitée", "Martinet société en nom collectif"],
        ["Novák s.r.o.", "Novák společnost s ručením omezeným", "Novák akciová společnost"],
        ["Sosna Sp. z o.o. Sp.k.", "Sosna spółka komandytowa", "Sosna Sp. j."],
        ["Bellotti S.r.l.s.", "Bellotti società a responsabilità limitata semplificata", "Bellotti soc. coop."],
        ["Roldán S.L.", "Roldán sociedad de responsabilidad limitada", "Roldán Sociedade Anônima", "Roldán S/A"],
        ["Yıldız A.Ş.", "Yıldız Sanayi ve Ticaret Anonim Şirketi", "Yıldız Sanayi ve Ticaret Limited Şirketi"],
        ["Công ty TNHH Sen", "Công ty Trách nhiệm hữu hạn Sen", "Công ty TNHH MTV Sen", "Công ty Cổ phần Sen"],
        ["한빛전자 유한회사", "(유)한빛전자", "유한책임회사 한빛전자", "㈜한빛전자"],
        ["合同会社サクラ電機", "(同)サクラ電機", "合資会社サクラ電機", "サクラ電機㈱"],
        ["บริษัท มะลิ จำกัด", "มะลิ จำกัด (มหาชน)", "บจก. มะลิ"],
    ],
)  # fmt: skip
def test_a_companys_writings_have_one_key(writings):
    found = company_names(texts(*writings))["name_key"].to_pylist()
    assert len(set(found)) == 1, found


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (["上海东方贸易有限公司", "北京东方贸易有限公司", "东方贸易"], ["上海东方贸易", "北京东方贸易", "东方贸易"]),
        (["上海东方贸易有限公司", "上海市东方贸易公司", "东方贸易"], ["东方贸易"] * 3),
        (["北京小米科技有限公司", "小米科技（上海）有限公司"], ["北京小米科技", "上海小米科技"]),
        (["广东省深圳市腾讯科技有限公司", "腾讯科技（深圳）有限公司", "广东腾讯科技有限公司"], ["腾讯科技"] * 3),
        (["北京华为技术有限公司", "华为技术有限公司(深圳)", "华为技术有限公司上海分公司"], ["华为技术"] * 3),
        (["中国建设银行", "上海建设银行"], ["建设银行", "上海建设银行"]),
    ],
)
def test_companies_registered_in_different_places_are_two(names, keys):
    found = dict(zip(names, company_names(texts(*names))["name_key"].to_pylist(), strict=True))
    assert [(found | keys_by_place(found))[name] for name in names] == keys


@pytest.mark.parametrize("many", [1, 3_000])
def test_what_says_that_there_is_no_company_is_none(many):
    none = ["N/A", "n.a.", "none", "Self-Employed", "self employed", "selfemployed", "Freelancer", "Student", "privat",
            "Private Person", "個體", "个人", "无", "暂无", "test", "-", "GmbH", "有限公司", "Selbständig",
            "k.A.", "x", "X.", "0", r"\N", ".com", "home", "NULL", "nil", "TBD", "?", ".", "未知", "keine", "same",
            "12-34", "不明", "該当なし", "#N/A"]  # fmt: skip
    some = [
        "Test Rite Ltd",
        "None Such Records",
        "Private Bank AG",
        "个人图书馆",
        "Student Union",
        "NA-KD",
        "Firma Schmidt",
        "3M",
        "X Corp.",
        "QA",
        "Home Depot",
        "Other World Computing",
    ]
    found = company_names(texts(*[*none, *some] * many)).to_pylist()
    assert {name for name, keys in zip([*none, *some] * many, found, strict=True) if keys["name_key"]} == set(some)
    assert all((keys["name_key"] is None) == (keys["name_brand"] is None) for keys in found)


def test_policy_adds_to_what_says_that_there_is_no_company():
    words = company_words(NameWords(no_company=["Mustermann GmbH"]))
    assert company_names(texts("Mustermann, GmbH", "Mustermann AG"), words)["name_key"].to_pylist() == [
        None,
        "mustermann",
    ]


#: Each pair is two companies.
DIFFERENT = """
General Electric | General Motors
General Electric Company | General Dynamics Corporation
General Mills | General Motors
American Express | American Airlines
American Express | American Eagle
United Airlines | United Parcel Service
United Airlines | United Healthcare
United Technologies | United Systems
First National Bank | First Republic Bank
Bank of America | Bank of China
Bank of America | Bank of Montreal
Northern Trust | Northern Group
Capital One | Capital Group
Deutsche Bank | Deutsche Telekom
Deutsche Bank AG | Deutsche Post AG
Deutsche Post | Deutsche Bahn
Standard Chartered | Standard Oil
Royal Dutch Shell | Royal Bank of Scotland
British Airways | British Telecom
British American Tobacco | British Petroleum
China Mobile | China Telecom
China Unicom | China Mobile
Air France | Air China
Air France | Air Canada
Delta Air Lines | Delta Electronics
Boston Scientific | Boston Consulting Group
Johnson & Johnson | Johnson Controls
Procter & Gamble | Procter
Goldman Sachs | Sachs
Morgan Stanley | JP Morgan
Hewlett Packard Enterprise | Hewlett Packard
Apple Inc | Apple Records
Phase I LLC | Phase II LLC
Fund III LP | Fund IV LP
Studio 54 | Studio 55
3M | 3i
E Trade | Trade
Lloyds Bank | Lloyds Pharmacy
Texas Instruments | Texas Roadhouse
Kraft Foods | Kraft Heinz
Toyota Motor | Toyota Industries
Mitsubishi Motors | Mitsubishi Electric
Mitsubishi Chemical | Mitsubishi Electric
Hitachi Metals | Hitachi Chemical
Samsung Electronics | Samsung Heavy Industries
Hyundai Motor | Hyundai Steel
Tata Motors | Tata Steel
Tata Consultancy Services | Tata Motors
Alibaba | Alipay
中国银行 | 中国建设银行
中国银行 | 北京银行
北京银行 | 上海银行
中国银行 | 中国工商银行
中国农业银行 | 中国工商银行
江苏银行 | 浙江银行
北京农商银行 | 上海农商银行
北京大学 | 南京大学
北京科技大学 | 武汉科技大学
上海交通大学 | 西安交通大学
北京师范大学 | 华东师范大学
中国移动 | 中国电信
中国联通 | 中国电信
中国石油 | 中国石化
中国人寿保险 | 中国平安保险
北京科技有限公司 | 上海科技有限公司
北京电视台 | 上海电视台
广州地铁 | 深圳地铁
南京医院 | 武汉医院
京东方科技 | 京东
京东集团 | 京东方科技集团股份有限公司
小米科技 | 大米科技
华为技术 | 华为终端
腾讯科技 | 腾讯云计算
网易雷火科技 | 网易传媒科技
比亚迪汽车 | 比亚迪电子
海尔智家 | 海信家电
三星电子 | 三星重工
长江电力 | 长江证券
中信证券 | 中信银行
招商银行 | 招商证券
平安银行 | 平安保险
日立製作所 | 日立化成
삼성전자 | 삼성물산
현대자동차 | 현대건설
"""


@pytest.mark.parametrize("pair", DIFFERENT.strip().splitlines())
def test_different_companies_stay_apart(pair):
    one, other = company_names(texts(*pair.split(" | ")))["name_key"].to_pylist()
    assert one != other


@pytest.mark.parametrize(
    ("given", "brand"),
    [
        ("阿里巴巴（中国）网络技术有限公司", "阿里巴巴"),
        ("阿里巴巴", "阿里巴巴"),
        ("深圳市腾讯计算机系统有限公司", "腾讯"),
        ("京东方科技集团股份有限公司", "京东方"),
        ("中国银行", "中国银行"),
        ("北京科技有限公司", "北京科技"),
        ("中国移动", "中国移动"),
        ("Siemens Technologies China", "siemens"),
        ("Oracle Systems Ltd", "oracle"),
        ("United Technologies Corp", "united technologies"),
        ("General Electric", "general electric"),
        ("American Software Inc", "american software"),
        ("Acme LLC d/b/a Joe's Pizza", "joes pizza"),
        ("Boston Consulting Group", "boston consulting"),
        ("--", None),
        (None, None),
    ],
)
def test_a_brand_is_the_shorter_name(given, brand):
    assert company_names(texts(given))["name_brand"].to_pylist() == [brand]


def test_what_a_name_begins_or_ends_with_is_a_legal_form_of_one_letter_in_brackets_only():
    names = ["주성엔지니어링", "서울우유", "有明製菓(株)", "株木建設"]
    assert company_names(texts(*names))["name_key"].to_pylist() == [
        "주성엔지니어링",
        "서울우유",
        "有明制菓",
        "株木建设",
    ]


def test_a_name_that_is_all_legal_form_keeps_it():
    found = company_names(texts("Group", "上海", "S.A.", "--", None))
    assert found["name_key"].to_pylist() == ["group", "上海", "sa", None, None]


@settings(max_examples=40, deadline=None)
@examples(st.lists(st.text(max_size=30) | st.from_regex(r"[A-Za-z .,&()-]{0,25}", fullmatch=True), max_size=25))
def test_any_text_has_a_key_whatever_its_case_and_space(names):
    keys = company_names(texts(*names))["name_key"]
    assert company_names(texts(*(f" {name}\t " for name in names)))["name_key"] == keys
    ascii_names = [name for name in names if name.isascii()]
    upper = company_names(texts(*(name.upper() for name in ascii_names)))["name_key"]
    assert upper == company_names(texts(*ascii_names))["name_key"]
