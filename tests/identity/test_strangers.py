"""Colleagues and families are not one person, however much they have in common."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from assets.identity.strangers import without_common_ground
from policy.identity import NameSlips, NameWords
from tests.identity.conftest import Bench, record

OFFICE = {
    "company": "Rhein Pharma GmbH",
    "city": "Köln",
    "postcode": "50667",
    "address": "Domstr. 5",
    "domain": "rhein-pharma.de",
}


def at_office(record_id: str, name: str, **fields: object) -> dict:
    mailbox = name.lower().replace(" ", ".").replace("ü", "ue")
    return record(record_id, full_name=name, **{"email": f"{mailbox}@rhein-pharma.de", **OFFICE, **fields})


@pytest.mark.parametrize(
    "names",
    [
        ("Olga Krüger", "Claudia Maier"),
        ("Anna Müller", "Bernd Müller"),
        ("Anna Huber", "Anna Schmidt"),
        ("赵敏", "周杰"),
        ("王伟", "王芳"),
    ],
)
def test_colleagues_at_one_address_are_two(bench: Bench, names: tuple[str, str]):
    records = [at_office(f"r{place}", name, phone=f"+4922155501{place}3") for place, name in enumerate(names)]
    assert bench.leads(records) == [["r0"], ["r1"]]


def test_telephones_in_a_row_and_mailboxes_alike_do_not_make_one_of_two_colleagues(bench: Bench):
    records = [
        at_office("r1", "Anton Huber", email="a.huber@rhein-pharma.de", phone="+4922155501003"),
        at_office("r2", "Berta Huber", email="b.huber@rhein-pharma.de", phone="+4922155501004"),
    ]
    assert bench.leads(records) == [["r1"], ["r2"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Mark Smith", "+442079460201"), ("Mary Smith", "+442079460202")),
        (("Mark Smith", "+442079460201"), ("Mary Smith", "+442079467388")),
        (("Mark Smith", "+442079460201"), ("Mary Smith", "+442079461201")),
        (("John Smith", "+442079460101"), ("Joan Smith", "+442079460102")),
        (("Maria Smith", "+442079460301"), ("Marie Smith", "+442079460302")),
        (("王二", "+8613900000002"), ("王五", "+8613900000005")),
        (("Lê Văn Bình", "+84901775851"), ("Lê Thị Minh", "+84901775850")),
    ],
)
@pytest.mark.parametrize("town", [{}, {"city": "Leeds", "postcode": "LS1 4AP"}])
def test_the_next_desks_number_is_no_slip_of_the_pen(
    bench: Bench, one: tuple[str, str], other: tuple[str, str], town: dict[str, str]
):
    work = {"company": "Oakby Steel Ltd", **town}
    records = [record(f"r{at}", full_name=name, phone=phone, **work) for at, (name, phone) in enumerate([one, other])]
    assert bench.leads(records) == [["r0"], ["r1"]]


@pytest.mark.parametrize(
    "people",
    [
        [("Thomas Maier", "thomas.maier@oakby.de"), ("Thomas Mayer", "thomas.mayer@oakby.de")],
        [("Petra Stein", "u1@oakby.de"), ("Petra Stern", "u2@oakby.de")],
        [("Cixi Aann", "c0@oakby.de"), ("Cixi Bann", "c1@oakby.de"), ("Cixi Cann", "c2@oakby.de")],
    ],
)
@pytest.mark.parametrize("have_telephones", [True, False])
def test_namesakes_but_for_a_letter_with_a_mailbox_and_a_desk_each_are_not_one(
    bench: Bench, people: list[tuple[str, str]], have_telephones: bool
):
    records = [
        record(f"r{at}", full_name=name, email=email, company="Oakby Stahl GmbH")
        | ({"phone": f"+493055500{at:02}"} if have_telephones else {})
        for at, (name, email) in enumerate(people)
    ]
    assert bench.leads(records) == [[f"r{at}"] for at in range(len(people))]


@pytest.mark.parametrize(
    ("email", "phone"),
    [("thomas.maier@oakby.de", "+493055500011"), ("thomas.mayer@oakby.de", "+493055500010"), (None, "+493055500011")],
)
def test_a_slip_in_ones_surname_and_another_beside_it_stays_one(bench: Bench, email: str | None, phone: str):
    work = {"company": "Oakby Stahl GmbH"}
    records = [
        record("r1", full_name="Thomas Maier", email="thomas.maier@oakby.de", phone="+493055500010", **work),
        record("r2", full_name="Thomas Mayer", email=email, phone=phone, **work),
    ]
    assert bench.leads(records) == [["r1", "r2"]]


@pytest.mark.parametrize("name", ["Mark Smith", "M. Smith", "Mark Smithe"])
def test_a_slip_in_ones_own_number_stays_one(bench: Bench, name: str):
    records = [
        record("r1", full_name="Mark Smith", phone="+442079460201", company="Oakby Steel Ltd"),
        record("r2", full_name=name, phone="+442079460202", company="Oakby Steel Ltd"),
    ]
    assert bench.leads(records) == [["r1", "r2"]]


def test_one_name_at_one_company_is_one_and_a_new_surname_with_the_old_telephone_is_asked_about(bench: Bench):
    own = {"phone": "+491701234567"}
    records = [
        at_office("r1", "Olga Krüger", **own),
        at_office("r2", "Olga Krueger", email="krueger@gmx.net"),
        at_office("r3", "Olga Maier", **own),
    ]
    assert bench.leads(records) == [["r1", "r2"], ["r3"]]
    matches = bench.identified(records)["record_matches"].df().to_dict("records")
    assert ("r1", "r3", "review") in {(one["record_id_l"], one["record_id_r"], one["decision"]) for one in matches}


@pytest.mark.parametrize(("born", "are_one"), [(date(1984, 7, 12), False), (date(1965, 3, 2), True)])
def test_father_and_son_have_a_mailbox_each_and_a_slip_of_the_pen_does_not(bench: Bench, born: date, are_one: bool):
    records = [
        at_office("r1", "Hans Brandt", email="hans@brandt-bau.de", birth_date=date(1955, 3, 2)),
        at_office("r2", "Hans Brandt", email="hans.jun@brandt-bau.de", birth_date=born),
    ]
    assert bench.leads(records) == ([["r1", "r2"]] if are_one else [["r1"], ["r2"]])
    (match,) = bench.identified(records)["record_matches"].df().to_dict("records")
    assert match["decision"] == ("same" if are_one else "review")


@pytest.mark.parametrize(
    "names",
    [("Anna Berg", "Anton Lorenz"), ("Hans Gruber", "Monika Gruber"), ("王建军", "王丽"), ("Paul Noack", "Eva Noack")],
)
@pytest.mark.parametrize("have_mailboxes", [True, False])
def test_colleagues_behind_one_telephone_are_two(bench: Bench, names: tuple[str, str], have_mailboxes: bool):
    own = {} if have_mailboxes else {"email": None}
    records = [at_office(f"r{place}", name, phone="+49308811223", **own) for place, name in enumerate(names)]
    assert bench.leads(records) == [["r0"], ["r1"]]


@pytest.mark.parametrize(
    "names",
    [
        ("Johann Roth", "Johanna Roth"),
        ("Christian Vogt", "Christine Vogt"),
        ("Daniel Kern", "Daniela Kern"),
        ("Mario Rossi", "Maria Rossi"),
    ],
)
@pytest.mark.parametrize("is_turned", [True, False])
def test_a_man_and_a_woman_of_one_name_with_a_mailbox_each_are_two(
    bench: Bench, names: tuple[str, str], is_turned: bool
):
    company = {"company": "Rothholz GmbH"}
    people = [
        record(f"r{place}", full_name=name, email=f"{name.split()[0].lower()}@rothholz.de", **company)
        for place, name in enumerate(reversed(names) if is_turned else names)
    ]
    assert bench.leads(people) == [["r0"], ["r1"]]


@pytest.mark.parametrize("names", [("Gabriel Trost", "Gabriele Trost"), ("Simon Gerlach", "Simone Gerlach")])
def test_a_mailbox_of_the_man_and_a_telephone_of_the_woman_are_two_peoples(bench: Bench, names: tuple[str, str]):
    man, woman = names
    at_one = {"company": "Nelkenwerk AG", "city": "Ulm"}
    people = [
        record("r1", full_name=man, email="g.s@nelkenwerk.de", **at_one),
        record("r2", full_name=woman, phone="+491761234561", **at_one),
    ]
    assert bench.leads(people) == [["r1"], ["r2"]]


def test_colleagues_whose_given_names_begin_alike_are_two(bench: Bench):
    desk = {"phone": "+49405550011", "company": "Distelwerk KG", "city": "Ulm"}
    assert bench.leads(
        [
            record("r1", full_name="Leon Aldinger", **desk),
            record("r2", full_name="Lena Bormann", email="lena.bormann@gmail.com", **desk),
        ]
    ) == [["r1"], ["r2"]]


@pytest.mark.parametrize(
    "fields",
    [{"email": "adler@adlerhaus.de"}, {"phone": "+491701239911"}],
)
def test_a_man_and_a_woman_of_one_name_at_one_mailbox_or_telephone_are_a_slip(bench: Bench, fields: dict[str, str]):
    assert bench.leads(
        [record("r1", full_name="Paul Adler", **fields), record("r2", full_name="Paula Adler", **fields)]
    ) == [["r1", "r2"]]


@pytest.mark.parametrize("names", [("Johan Roth", "Johann Roth"), ("Dan Kern", "Daniel Kern")])
def test_a_slip_and_a_short_form_with_a_mailbox_each_stay_one(bench: Bench, names: tuple[str, str]):
    mailboxes = ("j.roth@rothholz.de", "roth.johann@rothholz.de")
    assert bench.leads(
        [
            record(f"r{place}", full_name=name, email=mailboxes[place], company="Rothholz GmbH")
            for place, name in enumerate(names)
        ]
    ) == [["r0", "r1"]]


@pytest.mark.parametrize(
    ("names", "mailbox", "are_one"),
    [
        (("Robert Sumser", "Bob Sumser"), "robert.sumser@outlook.com", True),
        (("José Ibarra", "Pepe Ibarra"), None, True),
        (("Anita Sumser", "Anke Sumser"), "anke.sumser@alpen.de", False),
        (("Robert Sumser", "Ralf Sumser"), "sumser@outlook.com", False),
    ],
)
def test_a_short_form_at_one_company_is_the_name_that_it_is_short_for(
    bench: Bench, names: tuple[str, str], mailbox: str | None, are_one: bool
):
    work = {"company": "Alpen AG", "city": "Ulm"}
    own = names[0].lower().replace(" ", ".").replace("é", "e")
    records = [
        record("r1", full_name=names[0], email=f"{own}@alpen.de", **work),
        record("r2", full_name=names[1], email=mailbox, **work),
    ]
    assert bench.leads(records) == ([["r1", "r2"]] if are_one else [["r1"], ["r2"]])


def test_policy_adds_names_of_a_man_and_a_woman(bench: Bench):
    people = [
        record("r1", full_name="Xanto Roth", email="x.roth@rothholz.de", company="Rothholz GmbH"),
        record("r2", full_name="Xanta Roth", email="roth.x@rothholz.de", company="Rothholz GmbH"),
    ]
    assert bench.leads(people) == [["r1", "r2"]]
    words = NameWords(female_forms={"Xanto": ["Xanta"]})
    identity = bench.policy.identity.model_copy(update={"words": words})
    bench.policy = bench.policy.model_copy(update={"identity": identity})
    assert bench.leads(people) == [["r1"], ["r2"]]


def test_policy_says_how_many_years_a_generation_is(bench: Bench):
    identity = bench.policy.identity.model_copy(update={"generation_years": (40, 60)})
    bench.policy = bench.policy.model_copy(update={"identity": identity})
    records = [
        at_office("r1", "Hans Brandt", email="hans@brandt-bau.de", birth_date=date(1955, 3, 2)),
        at_office("r2", "Hans Brandt", email="hans.jun@brandt-bau.de", birth_date=date(1984, 7, 12)),
    ]
    assert bench.leads(records) == [["r1", "r2"]]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Records 1 and 2 with mailboxes of their own, 3 with that of 1, and 4 an organisation."""
    with duckdb.connect() as made:
        made.execute(
            "CREATE TABLE compared_records AS FROM (VALUES "
            "(1, 'person', 'a@x.de', NULL::VARCHAR, 'Ada', 'Lee'), (2, 'person', 'b@x.de', NULL, 'Bob', 'Lee'), "
            "(3, 'person', 'a@x.de', NULL::VARCHAR, 'Ada', 'Lee'), (4, 'organisation', 'c@x.de', NULL, 'Cy', 'Lee')) "
            "AS records(record_no, record_kind, email, phone, first_name, last_name)"
        )
        yield made


PLACE = ("company", "city", "postcode", "address", "email", "phone")
NAMES = ("first_name", "last_name", "birth_date", "company", "city", "address")


@pytest.mark.parametrize(
    ("other", "weights", "left"),
    [
        (2, (-3, -3, 0, 9, 5, 10), (-3, -3, 0, 0, 0, 0)),
        (2, (-3, -3, 0, -2, 5, 10), (-3, -3, 0, -2, 0, 0)),
        (2, (-3, 7, 0, 9, 5, 9), (-3, 7, 0, 9, 0, 0)),
        (2, (-3, 7, 0, 0, 5, 10), (-3, 7, 0, 0, 5, 10)),
        (2, (6, 7, 0, 9, 5, 10), (6, 7, 0, 9, 5, 10)),
        (2, (-3, -3, 8, 9, 5, 10), (-3, -3, 8, 9, 5, 10)),
        (3, (-3, -3, 0, 9, 5, 10), (-3, -3, 0, 9, 5, 10)),
        (4, (-3, -3, 0, 9, 5, 10), (-3, -3, 0, 9, 5, 10)),
    ],
    ids=[
        "nothing of the names",
        "what speaks against stays",
        "a surname and a company",
        "a surname and a house",
        "one name",
        "one date of birth",
        "one mailbox",
        "an organisation",
    ],
)
def test_what_people_of_one_place_share(
    connection: duckdb.DuckDBPyConnection, other: int, weights: tuple[int, ...], left: tuple[int, ...]
):
    columns = ", ".join(f"{weight}::DOUBLE AS {name}" for name, weight in zip(NAMES, weights, strict=True))
    pairs = connection.sql(f"SELECT 1 AS record_no_l, {other} AS record_no_r, {columns}")
    assert without_common_ground(connection, pairs, NAMES, PLACE, 0, (), NameSlips()).fetchall() == [(1, other, *left)]


def test_policy_says_what_people_of_one_place_share(connection: duckdb.DuckDBPyConnection):
    pairs = connection.sql("SELECT 1 AS record_no_l, 2 AS record_no_r, -3.0 AS last_name, 9.0 AS company, 5.0 AS city")
    names = ("last_name", "company", "city")
    assert without_common_ground(connection, pairs, names, ["city"], 0, (), NameSlips()).fetchall() == [
        (1, 2, -3.0, 9.0, 0.0)
    ]
    assert without_common_ground(connection, pairs, names, [], 0, (), NameSlips()).fetchall() == [
        (1, 2, -3.0, 9.0, 5.0)
    ]


def test_without_names_nothing_is_left_out(connection: duckdb.DuckDBPyConnection):
    pairs = connection.sql("SELECT 1 AS record_no_l, 2 AS record_no_r, 9.0 AS company")
    assert without_common_ground(connection, pairs, ("company",), PLACE, 0, (), NameSlips()).fetchall() == [(1, 2, 9.0)]
