"""What the model would join and a person is asked about."""

import json

import pytest

from policy.identity import Slips
from tests.identity.conftest import Bench, date, record


def decided(bench: Bench, *records: dict) -> list[tuple[str, str, str, str | None]]:
    """The pairs with their decision, and why they are not joined."""
    pairs = bench.identified([*records])["record_matches"].order("record_id_l, record_id_r")
    return [
        (*pair, json.loads(evidence).get("contradiction"))
        for *pair, evidence in pairs.select("record_id_l", "record_id_r", "decision", "evidence").fetchall()
    ]


def at(record_id: str, email: str, **fields: str) -> dict:
    return record(record_id, **{"full_name": "Tom Reyes", "email": email, **fields})


@pytest.mark.parametrize(
    ("one", "other", "companies"),
    [
        ("tom@abc.com", "tom@abd.com", [{}, {}]),
        ("tom@store12.com", "tom@store13.com", [{"company": "Store 12"}, {"company": "Store 13"}]),
        ("tom@sina.cn", "tom@sine.cn", [{"company": "A公司"}, {"company": "B公司"}]),
        (
            "tom@hausbau.de",
            "tom@hautbau.de",
            [{"company": "Mond", "city": "Bonn"}, {"company": "Ziel", "city": "Bonn"}],
        ),
    ],
)
def test_domains_a_letter_apart_are_asked_about(bench: Bench, one: str, other: str, companies: list[dict]):
    found = decided(bench, at("r1", one, **companies[0]), at("r2", other, **companies[1]))
    assert found == [("r1", "r2", "review", "email")]


@pytest.mark.parametrize(
    ("one", "other", "fields"),
    [
        ("tom@gmail.com", "tom@gmial.com", {}),
        ("tom@abc.com", "tom@abd.com", {"company": "Abacus"}),
        ("tom.reyes@winterfeldbau.de", "tom.reyes@winterfelbau.de", {}),
        ("tom@acme.com", "tom@acme.co", {}),
    ],
)
def test_a_slip_in_a_domain_is_none_of_them(bench: Bench, one: str, other: str, fields: dict):
    assert decided(bench, at("r1", one, **fields), at("r2", other, **fields)) == [("r1", "r2", "same", None)]


def test_policy_says_how_long_a_domain_is_in_which_a_letter_is_a_slip(bench: Bench):
    identity = bench.policy.identity.model_copy(update={"slips": Slips(least_letters_alone=3)})
    bench.policy = bench.policy.model_copy(update={"identity": identity})
    assert decided(bench, at("r1", "tom@abc.com"), at("r2", "tom@abd.com")) == [("r1", "r2", "same", None)]


@pytest.mark.parametrize("shared", [{"email": "home@smith.org"}, {"phone": "+12125550177"}])
@pytest.mark.parametrize("order", [("John Smith", "Jane Smith", "J. Smith"), ("J. Smith", "John Smith", "Jane Smith")])
def test_an_initial_is_no_bridge_between_two_who_differ(bench: Bench, shared: dict, order: tuple[str, ...]):
    records = [record(f"r{place}", full_name=name, **shared) for place, name in enumerate(order)]
    records.append(record("r9", full_name="J Smith", day=2, **shared))
    initial = order.index("J. Smith")
    others = [[f"r{place}"] for place in range(3) if place != initial]
    assert bench.leads(records) == sorted([[f"r{initial}", "r9"], *others])
    asked = {pair[:2] for pair in decided(bench, *records) if pair[2:] == ("review", "full_name")}
    assert len(asked) >= 2


@pytest.mark.parametrize(
    ("names", "mailboxes", "shared"),
    [
        (("C. Fischer", "C. Fischer"), ("christian.fischer", "christiane.fischer"), {}),
        (("Christian Fischer", "C. Fischer"), ("christian.fischer", "christiane.fischer"), {}),
        (("C. Müller", "Müller, C."), ("christian.mueller", "mueller_christiane"), {}),
        (("J. van den Berg", "J. van den Berg"), ("janvandenberg", "julia.van.den.berg"), {}),
        (("Jan Fischer", "J. Fischer"), ("jan.fischer", "julia.fischer"), {"phone": "+4930755001"}),
    ],
)
def test_an_initial_is_the_given_name_that_its_own_mailbox_spells_out(
    bench: Bench, names: tuple[str, str], mailboxes: tuple[str, str], shared: dict
):
    records = [
        record(f"r{place}", full_name=name, email=f"{mailbox}@alpen.de", company="Alpen", **shared)
        for place, (name, mailbox) in enumerate(zip(names, mailboxes, strict=True))
    ]
    assert bench.leads(records) == [["r0"], ["r1"]]
    assert decided(bench, *records) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"full_name": "C. Fischer"}, {"full_name": "Christian Fischer", "email": "fischer@alpen.de"}),
        ({"first_name": "C.", "last_name": "Fischer"}, {"full_name": "C. Fischer", "email": "chris.fischer@alpen.de"}),
        ({"full_name": "C. Fischer"}, {"full_name": "C. Fischer", "email": "cm.fischer@alpen.de"}),
    ],
)
def test_an_initial_is_joined_with_whom_its_mailbox_spells_out(bench: Bench, one: dict, other: dict):
    shared = {"company": "Alpen"}
    assert bench.leads(
        [record("r1", email="christian.fischer@alpen.de", **one, **shared), record("r2", **other, **shared)]
    ) == [["r1", "r2"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("george.ketterer@yahoo.com", "klaus.ketterer@yahoo.com"),
        ("george.ketterer@gmail.com", "klaus.ketterer+shop@gmail.com"),
        ("george.ketterer@web.de", "klaus_ketterer@web.de"),
    ],
)
def test_a_family_name_alone_has_the_given_name_of_its_own_mailbox(bench: Bench, one: str, other: str):
    phone = {"phone": "+4930755001"}
    records = [
        record("r1", full_name="George Ketterer", email=one, **phone),
        record("r2", full_name="Ketterer", email=other, **phone),
    ]
    assert bench.leads(records) == [["r1"], ["r2"]]


@pytest.mark.parametrize(
    ("fields", "email"),
    [
        ({"full_name": "Baumbach"}, "dirk.baumbach@alpen.de"),
        ({"last_name": "Müller"}, "dirk-mueller@alpen.de"),
        ({"last_name": "Müller"}, "mueller.dirk@alpen.de"),
    ],
)
def test_a_family_name_alone_is_joined_with_whom_its_mailbox_spells_out(
    bench: Bench, fields: dict[str, str], email: str
):
    whole = f"Dirk {next(iter(fields.values()))}"
    shared = {"company": "Alpen", "city": "Ulm"}
    assert bench.leads(
        [record("r1", full_name=whole, **shared), record("r2", email=email, phone="+4930755001", **fields, **shared)]
    ) == [["r1", "r2"]]


@pytest.mark.parametrize("mailbox", ["familie.sturz", "info.sturz", "m.sturz", "msturz", "sturz.werk", "heike.sturz2"])
def test_a_mailbox_that_spells_out_no_given_name_leaves_a_family_name_alone(bench: Bench, mailbox: str):
    phone = {"phone": "+4930755001"}
    records = [
        record("r1", full_name="Heike Sturz", **phone),
        record("r2", full_name="Sturz", email=f"{mailbox}@alpen.de", **phone),
    ]
    assert bench.leads(records) == [["r1", "r2"]]


def test_an_initial_stays_with_the_only_one_it_can_be_and_with_whom_a_date_of_birth_tells(bench: Bench):
    home = {"email": "home@smith.org"}
    assert bench.leads([record("r1", full_name="John Smith", **home), record("r2", full_name="J. Smith", **home)]) == [
        ["r1", "r2"]
    ]
    born = {"birth_date": date(1980, 4, 2)}
    assert bench.leads(
        [
            record("r1", full_name="John Smith", **home, **born),
            record("r2", full_name="J. Smith", **home, **born),
            record("r3", full_name="Jane Smith", **home, birth_date=date(1991, 7, 9)),
        ]
    ) == [["r1", "r2"], ["r3"]]


@pytest.mark.parametrize(
    ("names", "emails", "shared"),
    [
        (
            ("Max Ottersbach", "Eva Ottersbach"),
            ("max.ottersbach@web.de", "eva.ottersbach@web.de"),
            {"phone": "+4930755002"},
        ),
        (("Gregor Acker", "Rosa Acker"), ("fam.acker@web.de",) * 2, {"phone": "+4940777111"}),
        (("Daniel Kranz", "Daniela Kranz"), ("daniel@web.de", "daniela@web.de"), {"phone": "+4930755008"}),
        (
            ("Anna Berg", "Anna Vogt"),
            ("anna.berg@ulm.de", "anna.vogt@gmx.de"),
            {"phone": "+4930755901", "company": "Ulm"},
        ),
        (("Jan Novák", "Jana Nováková"), ("jan@ulm.cz", "jana@ulm.cz"), {"phone": "+420222111003", "company": "Ulm"}),
        (("Francesca Hof", "Henry Hof"), (None, "hhof@mohn.de"), {"phone": "+49405550012", "city": "Ulm"}),
        (("Andreas Holbein", "Andrea Holbein"), ("andreas@dahlie.de", None), {"company": "Dahlie AG"}),
        (("Paul Noack", "Paula Noack"), ("p@noack.de", None), {"company": "Noack", "phone": "+49307550021"}),
        (("Rolf Unger", "Ralf Unger"), ("rolf.unger@ulm.de", "ralf.unger@ulm.de"), {"company": "Ulm"}),
        (("张伟", "张薇"), ("p1@xinghai.cn", "p2@xinghai.cn"), {"phone": "+862188880001"}),
    ],
)
def test_two_names_of_people_with_mailboxes_are_asked_about(
    bench: Bench, names: tuple[str, str], emails: tuple[str | None, str | None], shared: dict
):
    records = [
        record(f"r{place}", full_name=name, email=email, **shared)
        for place, (name, email) in enumerate(zip(names, emails, strict=True))
    ]
    assert decided(bench, *records) == [("r0", "r1", "review", "full_name")]


@pytest.mark.parametrize(
    ("email", "is_asked"),
    [("office@kanzlei-prell.de", True), ("agent77@gmail.com", True), ("kontor@safranhof.de", False)],
)
def test_two_organisations_of_one_mailbox_are_asked_about_unless_it_is_of_one_of_them(
    bench: Bench, email: str, is_asked: bool
):
    found = decided(
        bench,
        record("r1", company="Safranhof GmbH", email=email),
        record("r2", company="Zimtstern AG", email=email),
    )
    assert found == [("r1", "r2", *(("review", "company") if is_asked else ("same", None)))]


@pytest.mark.parametrize(
    ("names", "mailboxes", "is_asked"),
    [
        (("Anna Berg", "Gregor Berg"), ("anna.berg", "gregor.berg"), False),
        (("Anna Müller", "Gregor Müller"), ("mueller.anna", "gregormueller2"), False),
        (("Anna Berg", "Gregor Berg"), ("a.berg", "gregor.berg"), True),
        (("Anna Berg", "Andrea Berg"), ("anna.berg", "andrea.berg"), False),
        (("William Berg", "Bill Berg"), ("william.berg", "bill.berg"), True),
        (("Christoph Berg", "Christof Berg"), ("christoph.berg", "christof.berg"), True),
        (("Hans Peter Berg", "Peter Berg"), ("hans.berg", "peter.berg"), True),
        (("Anna Berg", "Berg Anna"), ("anna.berg", "berg.anna"), True),
    ],
)
def test_whose_mailboxes_spell_out_two_given_names_are_two_and_nobody_is_asked_about_them(
    bench: Bench, names: tuple[str, str], mailboxes: tuple[str, str], is_asked: bool
):
    likely = bench.policy.identity.thresholds.model_copy(update={"untrained_chance": 0.01})
    identity = bench.policy.identity.model_copy(update={"thresholds": likely})
    bench.policy = bench.policy.model_copy(update={"identity": identity})
    records = [
        record(f"r{place}", full_name=name, email=f"{mailbox}@alpen.de", company="Alpen")
        for place, (name, mailbox) in enumerate(zip(names, mailboxes, strict=True))
    ]
    assert bool(decided(bench, *records)) is is_asked


def test_an_initial_is_no_bridge_between_two_of_one_company(bench: Bench):
    names = ("John Smith", "Jane Smith", "J. Smith")
    emails = ("john.smith@plumbar.com", "jane.smith@plumbar.com", "info@plumbar.com")
    records = [
        record(f"r{place}", full_name=name, email=email, company="Plumbar")
        for place, (name, email) in enumerate(zip(names, emails, strict=True))
    ]
    asked = [("r0", "r2", "review", "full_name"), ("r1", "r2", "review", "full_name")]
    assert decided(bench, *records) == asked
    assert bench.leads([records[0], records[2]]) == [["r0", "r2"]]
