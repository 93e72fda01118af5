"""What is proposed for files as people send them: literal tables in, fields out."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.mapping.proposal import Proposal, propose
from sources.mapping.value_forms import day_order
from tests.literal import shipped_policy

EMAILS = ["ann@acme.de", "bob@beta.com", "cyd@gamma.cn", "d.e@delta.fr"]
PHONES = ["+49 30 1234567", "+1 212 555 0100", "+86 138 0013 8000", "+33 1 23 45 67 89"]
NAMES = ["Anna Schmidt", "Bob Miller", "Carla Rossi", "David Brown"]
FIRMS = ["Acme GmbH", "Beta Inc.", "Gamma Ltd", "Delta SARL"]
COUNTRIES = ["Germany", "US", "China", "FR"]
ZH_NAMES = ["李伟", "王芳", "陈静", "欧阳娜娜"]
ZH_PHONES = ["13800138000", "139 0013 9000", "13700137000", "13600136000"]
ZH_FIRMS = ["上海华远机械有限公司", "北京瑞康医疗股份有限公司", "深圳市星辰科技有限公司", "广州天河贸易公司"]

REFUSALS = [
    *("Unsubscribed", "Do Not Contact", "Email Opt Out", "Opted Out", "退订", "DNC"),
    *("Unsubscribed from all email", "Opted out of email", "HasOptedOutOfEmail", "Do not email", "Do Not Call"),
    *("Do not allow Bulk Emails", "donotbulkemail", "Newsletter abbestellt", "Keine Werbung", "Ne pas contacter"),
    *("Désinscrit de la newsletter", "No contactar", "Dado de baja", "Non contattare", "Niet mailen", "拒收邮件"),
    *("拒绝营销", "hs_email_optout", "unsubscribed_from_emails", "Unsubscribed at", "Unsubscribed on", "Opted out at"),
    *(
        "Not opted in",
        "I do not want to receive emails",
        "Keine Einwilligung",
        "不希望收到邮件",
        "Do not contact (opt out)",
    ),
    *("Opt-out date", "Unsubscribe date", "Abgemeldet am", "退订时间"),
    *("Abmeldedatum", "Abmeldung", "Baja", "Fecha de baja", "Rezygnacja", "Sperrvermerk", "Widerrufsdatum"),
    *("Blocklisted", "Blacklisted", "Robinson", "Robinsonliste", "Date de désinscription", "Data disiscrizione"),
    *("Uitschrijfdatum", "#3 Unsubscribed", "Unsubscribed from"),
    *("Do not contact this number", "Do not call this number", "Do not call my number", "Bitte nicht anrufen"),
    *("EMAIL_BLACKLIST", "SMS_BLACKLIST", "IsExcludedFromCampaigns", "DND", "Un-subscribed", "Lista Robinson"),
    *(
        "Widerspruch",
        "Не беспокоить",
        "Отписка",
        "黑名单",
        "請勿聯絡",
        "不接受推广",
        "구독 취소",
        "メルマガ不要",
        "メール配信停止",
    ),
    *("Not OK to contact", "Don't allow marketing", "Non inscrit newsletter", "No suscrito", "No autorizo publicidad"),
]

#: Columns of consent by their names: what refuses in them, and what does not.
PERMISSIONS = [
    ("is_subscribed", "0", "1"),
    ("isSubscribed", "false", "true"),
    ("Allow marketing", "No", "Yes"),
    ("Okay to contact", "N", "Y"),
    ("Can we email you?", "no", "yes"),
    ("Opt-in status", "No opt-in", "Opted in"),
    ("Inscrit newsletter", "non", "oui"),
    ("Autorizo el envío de publicidad", "NO", "SI"),
    ("J'autorise l'envoi de publicité", "non", "oui"),
    ("LGPD", "Não", "Sim"),
    ("LOPD", "No", "Sí"),
    ("RODO", "Nie", "Tak"),
    ("KVKK", "Hayır", "Evet"),
    ("是否接受营销", "否", "是"),
    ("接受推广", "否", "是"),
    ("是否接受/不接受营销", "否", "是"),
    ("是否可联系", "否", "是"),
    ("营销许可", "拒绝", "同意"),
    ("同意行銷", "否", "是"),
    ("メルマガ", "希望しない", "希望する"),
    ("メルマガ", "不要", "希望"),
    ("メルマガ購読", "しない", "する"),
    ("メール配信", "不可", "可"),
    ("メール配信希望", "いいえ", "はい"),
    ("配信可否", "否", "可"),
    ("DM可否", "否", "可"),
    ("광고 수신", "N", "Y"),
]

#: The same of names that may mean something else where other words than yes and no stand.
PERMISSIONS_OF_YES_OR_NO = [
    ("Mailing list", "No", "Yes", "VIP"),
    ("Abonné", "non", "oui", "2026-01-01"),
    ("Suscrito", "No", "Sí", "2026-01-01"),
    ("Подписан", "нет", "да", "Иван"),
    ("Подписка", "нет", "да", "Премиум"),
    ("İzin", "hayır", "evet", "5"),
    ("Onay", "Hayır", "Evet", "Mehmet"),
    ("接收邮件", "否", "是", "a@acme.com"),
]

Columns = Mapping[str, Sequence[str]]


def proposed(columns: Columns, kind: str | None = "leads", **options: float) -> Proposal:
    height = max((len(cells) for cells in columns.values()), default=0)
    rows = [[cells[at] if at < len(cells) else None for cells in columns.values()] for at in range(height)]
    return propose(list(columns), rows, kind, **options)  # type: ignore[arg-type]


def fields(columns: Columns, kind: str | None = "leads") -> dict[str, str | None]:
    return {column.header: column.field for column in proposed(columns, kind).columns}


@pytest.mark.parametrize(
    "table",
    [
        {
            "Cust Nm": ("full_name", NAMES),
            "E-mail Addr": ("email", EMAILS),
            "Tel No.": ("phone", PHONES),
            "Co.": ("company", FIRMS),
            "Job Ttl": ("title", ["CEO", "Buyer"]),
            "Ctry": ("country", COUNTRIES),
            "Rev (USD)": ("annual_revenue", ["1000000", "2,500,000"]),
        },
        {
            "Emial": ("email", EMAILS),
            "Phnoe": ("phone", PHONES),
            "Comapny": ("company", FIRMS),
            "Adress": ("address", ["1 Main St", "2 Oak Ave"]),
            "Contry": ("country", COUNTRIES),
            "Frist Name": ("first_name", ["Anna", "Bob"]),
        },
        {
            "properties.email": ("email", EMAILS),
            "properties.firstname": ("first_name", ["Anna", "Bob"]),
            "properties.lastname": ("last_name", ["Abel", "Baker"]),
            "properties.phone": ("phone", PHONES),
            "properties.company": ("company", FIRMS),
            "id": (None, ["101", "102", "107"]),
        },
        {
            "contactEmail": ("email", EMAILS),
            "contactFirstName": ("first_name", ["Anna", "Bob"]),
            "companyName": ("company", FIRMS),
            "mobilePhone": ("phone", PHONES),
            "createdAt": ("submitted_at", ["2026-01-01T10:00:00Z"]),
        },
        {
            "Vorname": ("first_name", ["Anna", "Bernd", "Claudia"]),
            "Name": ("last_name", ["Schmidt", "Meier", "Koch"]),
            "Firma": ("company", ["Acme GmbH", "Beta AG"]),
            "Straße": ("address", ["Hauptstr. 5", "Am Ring 7"]),
            "PLZ": ("postcode", ["10115", "80331"]),
            "Ort": ("city", ["Berlin", "München"]),
            "Telefon": ("phone", ["030 123456", "089/98765"]),
            "E-Mail": ("email", EMAILS),
            "Bemerkung": ("message", ["bitte anrufen"]),
            "Land": ("country", ["Deutschland", "DE"]),
        },
        {
            "Nom": ("last_name", ["Dupont", "Martin"]),
            "Prénom": ("first_name", ["Jean", "Marie"]),
            "Société": ("company", ["Delta SARL", "Omega SA"]),
            "Courriel": ("email", EMAILS),
            "Ville": ("city", ["Lyon", "Paris"]),
            "Pays": ("country", ["France", "FR"]),
            "Fonction": ("title", ["Directeur", "Acheteur"]),
        },
        {
            "姓名": ("full_name", ["陳大文", "林小明", "張雅婷"]),
            "電子郵件": ("email", EMAILS),
            "行動電話": ("phone", ["0912345678", "0922333444"]),
            "公司名稱": ("company", ["台積電股份有限公司", "鴻海精密工業股份有限公司"]),
            "統一編號": ("company_code", ["22099131", "04541302"]),
            "職稱": ("title", ["經理", "工程師"]),
            "產業別": ("industry", ["電子", "製造業"]),
            "備註": ("message", ["請電話聯絡"]),
        },
        {
            "序号": (None, ["1", "2", "3"]),
            "您的姓名(必填)": ("full_name", ZH_NAMES),
            "联系方式(手机)": ("phone", ZH_PHONES),
            "所在公司": ("company", ZH_FIRMS),
            "您的职位是?": ("title", ["采购经理", "总监"]),
            "预算(万元)": ("budget_amount", ["50", "120"]),
            "提交答卷时间": ("submitted_at", ["2026/3/1 10:00:00"]),
        },
        {
            "氏名": ("full_name", ["山田太郎"]),
            "メールアドレス": ("email", EMAILS),
            "会社名": ("company", ["株式会社テスト"]),
            "電話番号": ("phone", ["03-1234-5678"]),
        },
        {
            "序号": (None, ["1", "2"]),
            "1、您的姓名": ("full_name", ZH_NAMES),
            "2、手机": ("phone", ZH_PHONES),
            "3、邮箱": ("email", EMAILS),
            "4、公司名称": ("company", ZH_FIRMS),
        },
        {
            "id": (None, ["l:101", "l:102"]),
            "campaign_id": (None, ["c:1", "c:1"]),
            "campaign_name": ("campaign", ["Spring", "Spring"]),
            "phone_number": ("phone", ["p:+491701239901", "p:+436641234567", "p:<test lead: dummy data>"]),
            "full_name": ("full_name", ["Anna Vogel", "Max Huber"]),
        },
        {
            "(Do Not Modify) Lead": (None, ["5f1e0c1a-9c1d-ec11-b6e6-000d3a1b2c3d"]),
            "(Do Not Modify) Row Checksum": (None, ["abc=="]),
            "Name": ("full_name", NAMES),
            "Web Page": ("website", ["http://www.azienda.it"]),
        },
        {
            "Fax": (None, PHONES),
            "Phone": ("phone", PHONES[::-1]),
            "Owner Email": (None, ["me@us.com"]),
            "Email": ("email", EMAILS),
            "Referred by": (None, NAMES),
            "Contact": ("full_name", NAMES[::-1]),
            "Status": (None, ["new", "open"]),
        },
    ],
    ids=lambda table: next(iter(table)),
)
def test_columns_of_a_list_find_their_fields(table: dict[str, tuple[str | None, Sequence[str]]]) -> None:
    found = fields({header: cells for header, (_, cells) in table.items()})
    assert found == {header: field for header, (field, _) in table.items()}


def test_columns_without_names_are_known_by_their_values() -> None:
    columns = {
        "column 1": [f"a{n}@firm{n}.com" for n in range(12)],
        "column 2": [f"+49 30 12345{n:02}" for n in range(12)],
        "column 3": [f"Firm{n} GmbH" for n in range(12)],
        "column 4": ["Germany", "France", "Spain", "Italy", "US", "China", "Japan", "Brazil"],
        "column 5": [*NAMES, "Emma Stone", "Hans Meier", "Julia Klein", "Frank Zhu"],
    }
    assert list(fields(columns).values()) == ["email", "phone", "company", "country", "full_name"]


def test_a_column_that_is_called_a_date_is_no_company() -> None:
    words = [f"{day} de brumario de 2026 às 00:05" for day in range(1, 9)]
    assert fields({"Email": EMAILS, "Data de criação": words})["Data de criação"] is None


def test_an_email_column_is_one_whatever_it_is_called() -> None:
    emails = [f"a{n}@firm{n}.com" for n in range(12)]
    for header in ("Kontakt", "Feld 7", "x", "联系", "where to write to"):
        assert fields({header: emails}) == {header: "email"}


@pytest.mark.parametrize("header", ["E-posta", "where to write to", "foo", "A"])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_one_address_says_as_much_as_many(header: str, rows: int) -> None:
    assert fields({header: EMAILS[:rows]}) == {header: "email"}


@pytest.mark.parametrize(
    ("header", "row", "found"),
    [
        ("Namn;E-post;Telefon;Företag", "Åsa Ek;asa@a.se;+46701234567;Volvo AB", "full_name email phone company"),
        ("Förnamn;Efternamn;E-postadress;Mobil", "Åsa;Ek;asa@a.se;+46701234567", "first_name last_name email phone"),
        ("Fornavn;Etternavn;E-post;Firma", "Ole;Berg;ole@a.no;Berg AS", "first_name last_name email company"),
        ("Navn;E-mail;Telefon", "Bo Dan;bo@a.dk;+4520123456", "full_name email phone"),
        ("Ad;Soyad;E-posta;Telefon", "Ali;Can;ali@a.tr;+905321234567", "first_name last_name email phone"),
        ("Ad Soyad;E-posta;Şirket", "Ali Can;ali@a.tr;Koç AŞ", "full_name email company"),
        ("Jméno;Příjmení;Telefon;Firma", "Jan;Novák;+420601123456;Škoda", "first_name last_name phone company"),
        ("Nombre;Apellidos;Teléfono;Empresa", "Ana;Mas;+34611111111;Seat", "first_name last_name phone company"),
        ("Nombre;Correo", "María Gómez;maria@a.es", "full_name email"),
        ("Nome;Sobrenome;Telefone", "Ana;Silva;+5511987654321", "first_name last_name phone"),
        ("Имя;Почта;Телефон", "Иван Петров;ivan@a.ru;+74951234567", "full_name email phone"),
        ("Nimi;Sähköposti;Puhelin", "Matti Meik;matti@a.fi;+358401234567", "full_name email phone"),
    ],
)
def test_a_list_of_one_row_is_read_in_the_languages_of_europe(header: str, row: str, found: str) -> None:
    columns = {name: [cell] for name, cell in zip(header.split(";"), row.split(";"), strict=True)}
    assert list(fields(columns).values()) == found.split()


def test_values_that_do_not_fit_refuse_a_good_name() -> None:
    found = proposed({"Email": PHONES, "Phone": FIRMS, "Name": NAMES})
    assert [column.field for column in found.columns] == [None, None, "full_name"]
    assert (found.is_enough, found.missing) == (False, (("email", "phone"),))


@pytest.mark.parametrize(
    "header", ["Extension", "Ext.", "Durchwahl", "Nebenstelle", "Phone ext", "分机", "内線", "Ramal"]
)
def test_a_column_of_extensions_belongs_to_the_one_telephone_beside_it(header: str) -> None:
    alone = {"Email": EMAILS, header: ["12", "x13", "8001"]}
    assert fields({**alone, "Phone": PHONES}) == {"Email": "email", header: "phone_extension", "Phone": "phone"}
    assert fields(alone)[header] is None
    assert fields({**alone, "Phone": PHONES, "Mobile": PHONES[::-1]})[header] is None


def test_a_column_of_whole_numbers_is_one_of_telephones_whatever_it_is_called() -> None:
    assert fields({"Email": EMAILS, "Durchwahl": PHONES}) == {"Email": "email", "Durchwahl": "phone"}


@pytest.mark.parametrize(
    "header", ["Phone code", "Country code", "Dial code", "Vorwahl", "区号", "Country dialing code"]
)
@pytest.mark.parametrize("codes", [["+49", "+33", "+1"], ["49", "33", "1"]])
def test_a_column_of_dialling_codes_is_no_field(header: str, codes: list[str]) -> None:
    found = fields({"Email": EMAILS[:3], header: codes, "Phone number": ["151 2345678", "612345678", "212 555 0123"]})
    assert found == {"Email": "email", header: None, "Phone number": "phone"}


def test_a_country_code_by_letters_is_one_of_a_country() -> None:
    assert fields({"Email": EMAILS[:3], "Country code": ["DE", "US", "FR"]})["Country code"] == "country"


def test_a_second_telephone_counts_where_the_first_is_empty() -> None:
    found = proposed({"Phone": PHONES[::-1], "Mobile": PHONES, "Email 2": EMAILS[::-1], "Email": EMAILS})
    assert found.mapping == {"email": ["Email", "Email 2"], "phone": ["Mobile", "Phone"]}
    assert [column.further for column in found.columns] == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ("Email 1,Email 2,Email 3", "email"),
        ("E-mail Address,E-mail 2 Address,E-mail 3 Address", "email"),
        ("Email,Secondary Email", "email"),
        ("邮箱,备用邮箱", "email"),
        ("Email - Work,Email - Home,Email - Other", "email"),
        ("Phone 1 - Value,Phone 2 - Value,Phone 3 - Value,Phone 4 - Value", "phone"),
        ("Handy,Telefon", "phone"),
        ("Mobile Phone,Mobile 2,Home Phone,Home Phone 2", "phone"),
        ("手机,电话", "phone"),
        ("휴대전화,전화번호", "phone"),
    ],
)
def test_of_several_columns_the_mobile_and_the_lower_number_count_first(headers: str, field: str) -> None:
    values = EMAILS if field == "email" else PHONES
    names = headers.split(",")
    for order in (names, names[::-1]):
        found = proposed({name: values[at:] + values[:at] for at, name in enumerate(order)})
        assert found.mapping == {field: names}


def test_the_country_of_telephones_is_told_by_any_of_their_columns() -> None:
    found = proposed({"手机": ["+86 13800138000"], "电话": ["13800138000", "13900139000"]})
    assert found.phone_region == "CN"


@pytest.mark.parametrize(
    ("columns", "name_is"),
    [
        ({"Name": ["Schmidt", "Meier"], "Vorname": ["Anna", "Bernd"]}, "last_name"),
        ({"Name": ["Schmidt", "Meier"]}, "full_name"),
        ({"Name": NAMES, "Vorname": ["Anna", "Bob"]}, "full_name"),
        ({"Name": ["Anna", "Krzysztof"], "Surname": ["Vogel", "Maj"]}, "first_name"),
        ({"Name": ["Anna Schmidt", "Bob Miller"], "Surname": ["Schmidt", "Miller"]}, "full_name"),
        ({"Name": ["Anna Schmidt", "Bob Miller"], "Surname": []}, "full_name"),
        ({"Name": ["Anna Schmidt"], "First Name": ["Anna"], "Last Name": ["Schmidt"]}, "full_name"),
    ],
)
def test_a_column_called_name_is_what_its_neighbours_leave(columns: Columns, name_is: str) -> None:
    assert fields({**columns, "E-Mail": EMAILS})["Name"] == name_is


@pytest.mark.parametrize(
    ("first", "last", "row"),
    [
        ("Nombre", "Apellidos", ("María José", "García López")),
        ("Name", "Nachname", ("Anna Maria", "Vogel")),
        ("이름", "성", ("철수", "김")),
        ("名字", "姓", ("小明", "王")),
    ],
)
def test_a_bare_name_beside_a_last_name_is_the_first_one(first: str, last: str, row: tuple[str, str]) -> None:
    assert fields({first: [row[0]], last: [row[1]], "Email": EMAILS[:1]}) == {
        first: "first_name",
        last: "last_name",
        "Email": "email",
    }


@pytest.mark.parametrize(
    "header", ["推荐人手机", "销售手机", "紧急联系人电话", "Referrer Phone", "Manager Phone", "Emergency Contact Phone"]
)
def test_the_telephone_of_another_person_is_not_the_leads(header: str) -> None:
    phones = [f"+49 30 12345{n:02}" for n in range(12)]
    assert fields({"Email": EMAILS, header: phones}) == {"Email": "email", header: None}


@pytest.mark.parametrize(
    "header", ["推荐人邮箱", "Referred By Email", "Account Owner Email", "Sales Rep E-Mail", "Mgr Email"]
)
def test_the_address_of_another_person_is_not_the_leads(header: str) -> None:
    emails = [f"a{n}@firm{n}.com" for n in range(12)]
    assert fields({"Phone": PHONES, header: emails}) == {"Phone": "phone", header: None}


@pytest.mark.parametrize("header", ["推荐人姓名", "销售姓名", "Referrer Name", "Emergency Contact Name", "业务员姓名"])
def test_the_name_of_another_person_is_not_the_leads(header: str) -> None:
    assert fields({"Email": EMAILS, header: NAMES})[header] is None


def test_one_who_owns_or_manages_something_may_be_the_lead() -> None:
    assert fields({"Hotel Manager Phone": PHONES, "Shop Owner Email": EMAILS}) == {
        "Hotel Manager Phone": "phone",
        "Shop Owner Email": "email",
    }


def test_what_is_the_firms_is_not_the_persons() -> None:
    found = proposed(
        {
            "Firm Email": ["info@acme.de", "info@beta.de"],
            "Personal Email": ["ida@x.de", "cy@x.de"],
            "First": ["Ida", "Cy"],
            "Last": ["Bo", "Do"],
            "Firm Name": ["Acme", "Beta"],
        }
    )
    assert found.mapping == {
        "email": ["Personal Email", "Firm Email"],
        "first_name": ["First"],
        "last_name": ["Last"],
        "company": ["Firm Name"],
    }


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ("Contact 1 Name,Contact 1 Email,Contact 2 Name,Contact 2 Email", "full_name email - -"),
        ("Contact Name,Contact Email,Contact Name 2,Contact Email 2", "full_name email - -"),
        ("Name,Email,2nd Contact Name,2nd Contact Email", "full_name email - -"),
        ("Primary Contact Name,Primary Contact Email,Secondary Contact Name,Secondary Email", "full_name email - -"),
        ("联系人1,联系邮箱1,联系人2,联系邮箱2", "full_name email - -"),
        ("Contact 2 Name,Contact 2 Email,Contact 1 Name,Contact 1 Email", "- - full_name email"),
        ("Name,Email,Firm,Email 2", "full_name email company email"),
    ],
)
def test_of_several_contacts_in_a_row_the_first_is_the_lead(headers: str, found: str) -> None:
    row = ["Ann Roe", "ann@acme.com", "Bob Lee", "bob@acme.com"]
    columns = {header: [cell] for header, cell in zip(headers.split(","), row, strict=True)}
    assert [field or "-" for field in fields(columns).values()] == found.split()


@pytest.mark.parametrize("header", ["负责人", "Contact Name"])
def test_beside_first_and_last_names_a_column_of_other_names_is_no_full_name(header: str) -> None:
    parts = {"First Name": ["Ida", "Ole", "Pia"], "Last Name": ["Falk", "Lund", "Moe"], "Email": EMAILS[:3]}
    assert fields({**parts, header: ["Anna Schmidt", "Bob Miller", "Carla Rossi"]})[header] is None
    assert fields({**parts, header: ["Ida Falk", "Ole Lund", "Pia Moe"]})[header] == "full_name"


def test_a_state_of_affairs_is_no_region_and_a_dialling_code_no_country() -> None:
    assert fields({"Email": EMAILS, "State": ["open", "closed"], "Country Code": ["49"]}) == {
        "Email": "email",
        "State": None,
        "Country Code": None,
    }
    assert fields({"Email": EMAILS, "State": ["CA", "Texas"], "Country Code": ["DE"]}) == {
        "Email": "email",
        "State": "region",
        "Country Code": "country",
    }


# --- key, formats, questions ---------------------------------------------------------------------------------


def test_the_parts_of_an_address_are_what_they_are_called() -> None:
    parts = {"street": "address", "city": "city", "zip": "postcode", "state": "region", "country": "country"}
    found = propose(["email", *(f"address.{part}" for part in parts)], [["a@x.example", *["?"] * len(parts)]], "leads")
    assert [column.field for column in found.columns[1:]] == list(parts.values())


@pytest.mark.parametrize(
    ("header", "values", "field"),
    [
        ("Time (h)", ["1", "2", "3"], None),
        ("时间（分钟）", ["10", "20", "30"], None),
        ("Time", ["1", "2", "3"], None),
        ("Time", ["46086", "46087.5", "46088"], "submitted_at"),
        ("Time (s)", ["1767225600", "1767225700", "1767225800"], "submitted_at"),
        ("Time (h:mm)", ["2026-01-01 10:00", "2026-01-02 10:00", "2026-01-02 12:00"], "submitted_at"),
    ],
)
def test_how_long_something_lasts_is_no_time(header: str, values: list[str], field: str | None) -> None:
    rows = [[f"a{at}@x.example", value] for at, value in enumerate(values)]
    assert propose(["Email", header], rows, "leads").columns[1].field == field


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"编号": ["A1", "A2", "A9", "A17"]}, "编号"),
        ({"Ref No": ["77", "93", "12", "45"]}, "Ref No"),
        ({"ID": ["1", "2", "3", "4"]}, None),
        ({"ID": ["1", "2", "3", "4"], "Lead ID": ["77", "93", "12", "45"]}, "Lead ID"),
        ({"No.": ["17", "99", "204", "8"]}, None),
        ({"Ref No": ["77", "77", "77", "45"]}, None),
        ({"Booth": ["A1", "A2", "A9", "A17"]}, None),
    ],
)
def test_a_key_is_named_like_one_and_does_not_count_rows(columns: Columns, key: str | None) -> None:
    assert proposed({**columns, "Email": EMAILS}).key == key


def test_a_key_that_sometimes_comes_again_says_so() -> None:
    numbers = [str(100 + 7 * n) for n in range(20)]
    assert proposed({"Ref": numbers, "Email": EMAILS * 5}).key_repeats is False
    assert proposed({"Ref": [*numbers[:-1], numbers[0]], "Email": EMAILS * 5}).key_repeats is True


@pytest.mark.parametrize(
    ("values", "order", "asks"),
    [
        (["31/01/2026", "02/03/2026"], "dmy", False),
        (["01/31/2026", "02/03/2026"], "mdy", False),
        (["01/02/2026", "02/03/2026"], None, True),
        (["31/01/2026", "01/31/2026"], None, True),
        (["03/03/2026"], None, False),
        (["2026-01-02"], None, False),
        (["5.12.25", "24.12.25"], "dmy", False),
    ],
)
def test_values_decide_the_order_of_day_and_month_or_it_is_asked(
    values: list[str], order: str | None, asks: bool
) -> None:
    found, doubt = day_order(values)
    assert (found, doubt is not None) == (order, asks)
    proposal = proposed({"Email": EMAILS, "Created at": values})
    assert proposal.formats.get("submitted_at") == order
    assert any("dmy" in question for question in proposal.questions) == asks


@pytest.mark.parametrize(
    ("values", "decimal", "asks"),
    [
        (["1.234.567,50", "99,00"], ",", False),
        (["1,234,567.50", "99.00"], None, False),
        (["10.000", "25.000"], None, True),
        (["US$50,000", "€1.250,50"], None, True),
        (["10000", "25000"], None, False),
        (["12万", "3"], None, False),
    ],
)
def test_values_decide_the_decimal_mark_or_it_is_asked(values: list[str], decimal: str | None, asks: bool) -> None:
    found = proposed({"Email": EMAILS, "Budget": values})
    assert found.formats.get("decimal") == decimal
    assert bool(found.questions) == asks


def test_a_unit_in_a_name_is_a_currency_or_a_question() -> None:
    assert proposed({"Email": EMAILS, "Budget (EUR)": ["100"]}).constants == {"currency": "EUR"}
    assert proposed({"Email": EMAILS, "Budget (EUR)": ["100"], "Currency": ["USD"]}).constants == {}
    assert proposed({"Email": EMAILS, "Budget (k€)": ["100"]}).constants == {"currency": "EUR"}
    known = proposed({"邮箱": EMAILS, "预算(万元)": ["50"]})
    assert (known.constants, known.questions) == ({}, ())
    asked = proposed({"邮箱": EMAILS, "预算(单位:10万元)": ["50"]})
    assert "10万元" in asked.questions[0]


@pytest.mark.parametrize("header", REFUSALS)
@pytest.mark.parametrize("cells", [["Yes", "no"], ["2026-01-01", ""], ["never", "02.13.2024"], []])
def test_a_yes_to_being_left_alone_or_its_day_is_a_refusal(header: str, cells: list[str]) -> None:
    found = proposed({"Email": EMAILS[:2], header: cells})
    assert (found.mapping, found.refusals) == ({"email": ["Email"]}, (header,))


@pytest.mark.parametrize(
    "header",
    [
        *("Number of unsubscribes", "Unsubscribe count", "# unsubscribes", "Unsubscribes (#)", "Anzahl Abmeldungen"),
        *(
            "Total unsubscribes",
            "Total opt out",
            "#Unsubscribed",
            "退订次数",
            "Opt out of survey",
            "Do not disturb hours",
        ),
    ],
)
def test_a_count_of_refusals_and_those_of_something_else_are_none(header: str) -> None:
    found = proposed({"Email": EMAILS[:3], header: ["0", "1", "2"]})
    assert (found.mapping, found.refusals) == ({"email": ["Email"]}, ())


@pytest.mark.parametrize("header", ["Total opt out", "#Unsubscribed", "Unsubscribed #"])
def test_what_may_count_refusals_is_one_where_it_says_yes_and_no(header: str) -> None:
    assert proposed({"Email": EMAILS[:2], header: ["yes", "no"]}).refusals == (header,)
    assert proposed({"Email": EMAILS[:2], header: ["0", "1"]}).refusals == ()


def test_a_column_of_addresses_that_unsubscribed_is_one_of_addresses() -> None:
    assert proposed({"Unsubscribed email": EMAILS}).refusals == ()


@pytest.mark.parametrize("header", ["Status", "Email status", "Subscriber Status", "邮件状态", "Lead status"])
def test_a_state_may_be_a_refusal(header: str) -> None:
    found = proposed({"Email": EMAILS[:3], header: ["active", "new", "qualified"]})
    assert (found.mapping, found.states) == ({"email": ["Email"]}, (header,))


@pytest.mark.parametrize("header", ["Email Opt In", "Opt-in / Opt-out", "是否同意/不同意接收"])
def test_a_yes_to_being_written_to_is_no_refusal(header: str) -> None:
    found = proposed({"Email": EMAILS[:2], header: ["Yes", "no"]})
    assert (found.mapping["consent"], found.refusals) == ([header], ())


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Marketing permission", "Denied"),
        ("Bulk Email", "Do Not Allow"),
        ("Newsletter consent", "No"),
        ("I agree to be contacted", "No"),
        ("Email Subscription Status", "Unsubscribed"),
        ("Consent status", "withdrawn"),
        ("Zgoda marketingowa", "Nie"),
        ("Einwilligung Marketing", "Nein"),
        ("Accepte de recevoir des emails", "non"),
        ("Acepta publicidad", "no"),
        ("Consenso al marketing", "no"),
        ("是否同意接收短信", "否"),
        ("是否订阅", "不订阅"),
        ("수신 동의", "아니오"),
        ("Samtycke", "nej"),
        ("DSGVO ok", "nicht einverstanden"),
        ("GDPR ok", "not ok"),
        ("Contact allowed", "I do not agree"),
        ("Emails ok?", "n"),
        ("Marketing", "0"),
        ("Marketing emails", "do not agree"),
        ("营销同意", "不同意"),
        ("Darf kontaktiert werden", "nein"),
        ("Accepte d'être contacté", "non"),
        ("可以联系", "否"),
        ("Agreed to marketing", "no"),
        ("Einwilligung", "nicht erteilt"),
        ("Einwilligung", "verweigert"),
        ("Einwilligung", "keine Einwilligung"),
        ("Consentement", "pas de consentement"),
        ("Consentimiento", "no autorizado"),
        ("Consenso", "non concesso"),
        ("Consentimento", "não autorizado"),
        ("Zgoda", "nie udzielono"),
        ("Toestemming", "geen toestemming"),
        ("是否同意", "没有同意"),
        ("Consent", "同意なし"),
        ("수신 동의", "동의 없음"),
        ("Consent", "nope"),
        ("Subscription status", "cancelled"),
        ("Subscription status", "Canceled"),
    ],
)
def test_who_agreed_to_be_written_to_is_known_in_many_words(header: str, value: str) -> None:
    found = proposed({"Email": EMAILS[:1], header: [value]})
    assert (found.mapping, found.refusals) == ({"email": ["Email"], "consent": [header]}, ())
    assert value.lower() in shipped_policy().identity.consent_refusals


@pytest.mark.parametrize(("header", "no", "yes"), PERMISSIONS)
def test_a_permission_is_known_by_the_words_of_its_name(header: str, no: str, yes: str) -> None:
    for cells in ([no, yes], [no], [yes]):
        found = proposed({"Email": EMAILS[: len(cells)], header: cells})
        assert (found.mapping, found.refusals) == ({"email": ["Email"], "consent": [header]}, ())
    refusing = shipped_policy().identity.consent_refusals
    assert (no.lower() in refusing, yes.lower() in refusing) == (True, False)


@pytest.mark.parametrize(("header", "no", "yes", "other"), PERMISSIONS_OF_YES_OR_NO)
def test_some_names_are_of_a_permission_only_where_yes_and_no_stand(header: str, no: str, yes: str, other: str) -> None:
    for cells in ([no, yes], [no], [yes]):
        assert proposed({"Email": EMAILS[: len(cells)], header: cells}).mapping["consent"] == [header]
    found = proposed({"Email": EMAILS[:1], "Phone": PHONES[:1], header: [other]})
    assert (found.mapping.get("consent"), found.refusals) == (None, ())
    refusing = shipped_policy().identity.consent_refusals
    assert (no.lower() in refusing, yes.lower() in refusing) == (True, False)


@pytest.mark.parametrize(
    "header",
    [
        "DND hours",
        "Email blacklist reason",
        "黑名单原因",
        "Company blacklist",
        "Inscrit",
        "Autorizo pagar",
        "Причина отписки",
    ],
)
def test_names_with_a_word_of_refusals_or_consent_may_be_of_something_else(header: str) -> None:
    found = proposed({"Email": EMAILS[:2], header: ["yes", "no"]})
    assert (found.mapping, found.refusals) == ({"email": ["Email"]}, ())


@pytest.mark.parametrize(
    "header",
    [
        "Consent date",
        "Opt-out reason",
        "HasOptedOutOfFax",
        "Consent not required",
        "Consent version",
        "Permission level",
        "Is subscribed at",
        "Allow marketing date",
        "メール配信日",
    ],
)
def test_what_is_told_of_a_refusal_is_none(header: str) -> None:
    found = proposed({"Email": EMAILS[:1], header: ["2026-01-01"]})
    assert (found.mapping, found.refusals) == ({"email": ["Email"]}, ())


def test_every_column_of_consent_counts_and_none_in_which_something_else_is_agreed_to() -> None:
    columns = {"Email": EMAILS[:1], "GDPR consent": ["yes"], "Emails": ["no"], "Do not call": ["no"]}
    found = proposed(columns | {"I agree to pay the amount through cheque": ["No"]})
    assert (sorted(found.mapping["consent"]), found.refusals) == (["Emails", "GDPR consent"], ("Do not call",))


@pytest.mark.parametrize(
    ("header", "is_refusal"), [("No contact", True), ("No e-mail", True), ("Phone No Contact", False)]
)
def test_no_at_the_beginning_of_a_name_is_no_number(header: str, is_refusal: bool) -> None:
    assert (proposed({"Email": EMAILS[:1], header: ["yes"]}).refusals == (header,)) == is_refusal


@pytest.mark.parametrize("cells", [["Google", "Fair"], ["yes", "by phone"], []])
def test_marketing_is_consent_only_where_it_says_yes_and_no(cells: list[str]) -> None:
    assert "consent" not in proposed({"Email": EMAILS[:2], "Marketing": cells}).mapping


@pytest.mark.parametrize(("other", "is_consent"), [("maybe", True), ("500", False)])
def test_a_rare_cell_between_yes_and_no_takes_no_refusal_away(other: str, is_consent: bool) -> None:
    cells = {"Email": [f"lead{at}@acme.com" for at in range(21)], "Marketing": ["yes", "no"] * 10 + [other]}
    assert ("consent" in proposed(cells).mapping) == is_consent


def test_every_column_of_refusals_counts_beside_one_of_consent() -> None:
    columns = {"Email": EMAILS[:1], "GDPR consent": ["Yes"], "Unsubscribed": ["false"], "Do not call": ["1"]}
    found = proposed(columns)
    assert (found.mapping["consent"], found.refusals) == (["GDPR consent"], ("Unsubscribed", "Do not call"))


@pytest.mark.parametrize(
    ("columns", "region"),
    [
        ({"手机": ZH_PHONES}, "CN"),
        ({"Telefon": ["030 1234567", "089 7654321"], "E-Mail": ["a@x.de", "b@y.de"]}, "DE"),
        ({"Telefon": ["030 1234567", "089 7654321"], "E-Mail": ["a@x.com", "b@y.org"]}, None),
        ({"Phone": PHONES}, None),
        ({"手机": ZH_PHONES, "国家": ["中国", "中国"]}, None),
        ({"Phone": ["020 7946 0958", "07700 900123"], "Email": ["a@x.co.uk", "b@y.co.uk"]}, "GB"),
        ({"Phone": ["020 7123 4567", "0161 234 5678"], "Website": ["https://x.co.uk/about", "www.y.co.uk"]}, "GB"),
        ({"Phone": ["(02) 9374 4000", "0491 570 156"], "Email": ["a@x.com.au", "b@y.net.au"]}, "AU"),
        ({"Phone": ["03-3214-5678", "090-1234-5678"], "Email": ["a@x.co.jp", "b@y.co.jp"]}, "JP"),
        ({"Phone": ["010-62345678", "0755-82345678"], "Email": ["a@x.com.cn", "b@y.com.cn"]}, "CN"),
        ({"Phone": ["601 2345678", "310 1234567"], "Email": ["a@x.com.co", "b@y.com.co"]}, "CO"),
        ({"Phone": ["601 2345678", "310 1234567"], "Email": ["a@x.co", "b@y.co"]}, None),
        ({"电话": ["13800138000/13900139000", "13700137000", "13600136000"]}, "CN"),
        ({"电话": ["13800138000", "010-62345678", "13600136000转12"]}, "CN"),
        ({"电话": ["13800138000", "13700137000", "暂无"]}, "CN"),
        (
            {"Telefon": ["0170 1234564/65", "089 7654321 DW 12", "keins"], "E-Mail": ["a@x.de", "b@y.de", "c@z.de"]},
            "DE",
        ),
    ],
)
def test_the_country_of_telephone_numbers_is_told_where_it_is_plain(columns: Columns, region: str | None) -> None:
    assert proposed(columns).phone_region == region


def test_a_column_of_several_telephones_a_cell_is_one_of_telephones() -> None:
    cells = [f"1380013800{n}{between}1390013900{n}" for n, between in enumerate(("/", ",", "，", "、", ";", " "))]
    assert fields({"姓名": [f"王小{n}" for n in "一二三四五六"], "电话": cells}) == {
        "姓名": "full_name",
        "电话": "phone",
    }


def test_numbers_of_a_country_that_nobody_named_must_look_like_the_others() -> None:
    emails = ["a@x.de", "b@y.de"]
    with_zero = proposed({"Telefon": ["030 1234567", "089 7654321"], "E-Mail": emails})
    without = proposed({"Telefon": ["30 1234567", "89 7654321"], "E-Mail": emails})
    assert (with_zero.phone_region_needs, without.phone_region_needs) == (("valid", "trunk"), ("valid",))


@pytest.mark.parametrize(
    ("columns", "language"),
    [
        ({"邮箱": EMAILS, "姓名": ZH_NAMES}, "zh"),
        ({"Email": EMAILS, "姓名": ZH_NAMES}, "en"),
        ({"氏名": ["山田太郎"], "メール": EMAILS}, "en"),
    ],
)
def test_the_language_is_that_of_most_names(columns: Columns, language: str) -> None:
    assert proposed(columns).language == language


@pytest.mark.parametrize(
    ("columns", "folder", "kind"),
    [
        ({"Email": EMAILS, "Name": NAMES, "Message": ["hello"]}, "", "leads"),
        ({"opportunity_id": ["O1"], "deal_stage": ["won"], "close_value": ["5"]}, "", "opportunities"),
        ({"opportunity": ["O1"], "type": ["call"], "at": ["2026-01-01"], "minutes": ["5"]}, "crm", "activities"),
        ({"email": EMAILS, "outcome": ["won"], "decided_at": ["2026-01-01"]}, "crm", "outcomes"),
        ({"event": ["click"], "timestamp": ["2026-01-01T10:00:00Z"], "session_id": ["s1"]}, "events", "events"),
        ({"account": FIRMS, "sector": ["retail"], "subsidiary_of": ["x"]}, "reference", "accounts"),
        ({"date": ["2026-01-01"], "currency": ["USD"], "rate": ["1.1"]}, "reference", "fx_rates"),
        ({"period": ["2026-Q1"], "owner": NAMES, "target": ["100"]}, "reference", "targets"),
        ({"product": ["A"], "series": ["B"], "sales_price": ["5"]}, "reference", "products"),
        ({"sales_agent": NAMES, "manager": NAMES, "regional_office": ["West"]}, "reference", "reps"),
        ({"商机编号": ["O1"], "阶段": ["商务谈判"], "预计成交日期": ["2026-05-01"]}, "crm", "opportunities"),
        ({"a": ["1"], "b": ["2"]}, "", "leads"),
    ],
)  # fmt: skip
def test_the_kind_is_told_from_the_columns(columns: Columns, folder: str, kind: str) -> None:
    rows = [[cells[0] for cells in columns.values()]]
    assert propose(list(columns), rows, folder=folder).kind == kind


# --- what holds for any file ---------------------------------------------------------------------------------

HEADERS = st.sampled_from(
    [
        "Email",
        "Phone",
        "Name",
        "Vorname",
        "公司",
        "手机",
        "Date",
        "Budget",
        "x",
        "column 3",
        "Fax",
        "Notiz",
        "Ref",
        "城市",
        "?",
    ]
)
CELLS = st.lists(st.sampled_from([*EMAILS, *PHONES, *NAMES, *FIRMS, "12", "03/04/2026", "", "李伟"]), max_size=5)


@given(st.dictionaries(HEADERS, CELLS, min_size=1, max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_columns_changes_nothing(columns: dict[str, list[str]], chance: random.Random) -> None:
    order = list(columns)
    chance.shuffle(order)
    one, other = proposed(columns), proposed({header: columns[header] for header in order})
    assert {c.header: c for c in one.columns} == {c.header: c for c in other.columns}
    assert (one.mapping, one.key, one.formats, one.missing) == (other.mapping, other.key, other.formats, other.missing)


@given(st.dictionaries(HEADERS, CELLS, min_size=1, max_size=8), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_only_what_reaches_the_floor_is_found_and_no_field_is_taken_twice(
    columns: dict[str, list[str]], floor: float
) -> None:
    found = proposed(columns, floor=floor)
    assert all(column.confidence >= floor for column in found.columns if column.field)
    assert all(0 <= column.confidence <= 1 for column in found.columns)
    first = [column.field for column in found.columns if column.field and not column.further]
    assert len(set(first)) == len(first)


def test_rows_beyond_the_sample_change_nothing() -> None:
    columns = {"Email": [f"a{n}@b.com" for n in range(600)], "Name": ["Anna Schmidt"] * 400 + ["12"] * 200}
    assert proposed(columns) == proposed({header: cells[:400] for header, cells in columns.items()})


def test_a_file_without_columns_or_rows_is_proposed_nothing_or_by_name() -> None:
    assert propose([], [], "leads").columns == ()
    assert [column.field for column in propose(["E-Mail", "Firma"], [], "leads").columns] == ["email", "company"]
