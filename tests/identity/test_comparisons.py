"""The ladders of the comparisons: what is asked stands in the code, how alike and how much in the policy."""

import duckdb
import pytest

from assets.identity.comparisons import COMPARED_COLUMNS, COMPARISONS, Level, comparisons
from policy.identity import Training
from policy.ladders import LADDERS


def level(training: Training, field: str, name: str) -> Level:
    """One level of one field's ladder."""
    (ladder,) = (comparison for comparison in comparisons(training) if comparison.name == field)
    (found,) = (level for level in ladder.levels if level.name == name)
    return found


def test_the_code_asks_every_level_of_the_policy_in_its_order():
    asked = {c.name: [level.name.replace(" ", "_") for level in c.levels] for c in COMPARISONS}
    assert asked == {field: list(levels) for field, levels in LADDERS.items()}


def test_every_condition_is_one_that_the_engine_understands():
    fields = ", ".join(f"'2026-01-01' AS {column}_l, '2026-01-01' AS {column}_r" for column in COMPARED_COLUMNS)
    pair = duckdb.connect().sql(f"SELECT {fields}")
    for comparison in COMPARISONS:
        assert comparison.levels[-1].condition == "ELSE"
        for step in comparison.levels[:-1]:
            assert pair.filter(step.condition).columns == pair.columns, (comparison.name, step.name)
        assert pair.filter(comparison.levels[0].condition).fetchall(), "equal values are the same"


def test_policy_tunes_priors_and_similarities_and_what_it_leaves_out_stays():
    tuned = Training.model_validate(
        {"ladders": {"city": {"same": {"m": 0.6}, "nearly_the_same": {"m": 0.27, "at_least": 0.96}}}}
    )
    assert (level(tuned, "city", "same").m, level(tuned, "city", "same").u) == (0.6, 0.02)
    nearly = level(tuned, "city", "nearly the same")
    assert (nearly.m, nearly.u) == (0.27, 0.005)
    alike = duckdb.connect().sql("SELECT 'frankfurt' AS city_l, 'frankfort' AS city_r")
    assert alike.filter(level(Training(), "city", "nearly the same").condition).fetchall()
    assert not alike.filter(nearly.condition).fetchall()
    assert comparisons(tuned)[0] == COMPARISONS[0]


@pytest.mark.parametrize(
    ("other", "name", "alike"),
    [
        ("ada.lovelase@acme.org", "lovelace", True),
        ("ada.lovelase@acme.org", None, True),
        ("ada.lovelase@acme.org", "lovelase", False),
        ("ada.lovelase@acme.com", "lovelace", False),
        ("ada.lovelace@acmeworld.org", "lovelace", False),
    ],
)
def test_an_address_with_a_slip_of_the_pen_is_nearly_the_same(other, name, alike):
    mine = "'ada.lovelace@acme.org' AS email_l, 'lovelace' AS last_name_l"
    pair = duckdb.connect().sql(f"SELECT {mine}, ? AS email_r, CAST(? AS VARCHAR) AS last_name_r", params=[other, name])
    assert bool(pair.filter(level(Training(), "email", "nearly the same").condition).fetchall()) is alike


@pytest.mark.parametrize(
    ("ladders", "said"),
    [
        ({"frist_name": {}}, 'did you mean "first_name"?'),
        ({"city": {"sme": {"m": 0.5}}}, 'did you mean "same"?'),
        ({"city": {"same": {"m": 0.9}}}, "the m of city add up to 1.15; expected 1"),
        ({"city": {"same": {"m": 1.5}}}, "less than 1"),
        ({"city": {"same": {"at_least": 0.9}}}, "the level same of city asks for no similarity"),
        ({"city": {"nearly_the_same": {"at_least": None}}}, "the level nearly_the_same of city needs a similarity"),
        ({"company": {"similar": {"at_least": 0.99}}}, "at_least of company must not rise"),
        ({"city": {"same": {"mm": 0.9}}}, "Extra inputs are not permitted"),
        ({"city": 3}, "valid dictionary"),
    ],
)
def test_a_ladder_that_cannot_be_is_refused(ladders, said):
    with pytest.raises(ValueError, match=r".") as caught:
        Training.model_validate({"ladders": ladders})
    assert said in str(caught.value)


SUMSER = {"last_name": ("sumser", "sumser"), "name_latin": ("robert sumser", "robert sumser")}
WANG = ("wang xiaoming", "wang xiaoming")

PAIRS = [
    ("first_name", {"first_name": ("charlotte", "charlotye")}, "nearly the same"),
    ("first_name", {"first_name": ("charlotte", "charles")}, "similar"),
    ("first_name", {"first_name": ("ben", "benjamin")}, "short form"),
    ("first_name", {"first_name": ("bob", "robert"), **SUMSER}, "short form"),
    ("first_name", {"first_name": ("bob", "robert"), **SUMSER, "mailbox_name": ("bob", "robert")}, "different"),
    ("first_name", {"first_name": ("bob", "robert"), **SUMSER, "last_name": ("sumser", "summser")}, "different"),
    ("first_name", {"first_name": ("晓明", "小明"), "last_name": ("王", "王"), "name_latin": WANG}, "different"),
    ("first_name", {"first_name": ("abyb", "noack"), "last_name": ("noack", "abby")}, "swapped"),
    ("last_name", {"last_name": ("rowe", "caleb"), "first_name": ("caleb", "rwoe")}, "swapped"),
    ("last_name", {"last_name": ("smith", "jones"), "first_name": ("ann", "ann")}, "different"),
    ("birth_date", {"birth_date": ("1971-06-24", "1971-05-24")}, "one character apart"),
    ("birth_date", {"birth_date": ("1971-12-21", "1917-12-21")}, "one character apart"),
    ("birth_date", {"birth_date": ("1985-03-04", "1985-04-03")}, "two parts the same"),
    ("birth_date", {"birth_date": ("2009-12-21", "2010-01-20")}, "a year apart"),
    ("birth_date", {"birth_date": ("1974-10-05", "1984-09-03")}, "ten years apart"),
    ("birth_date", {"birth_date": ("1974-10-05", "1994-09-03")}, "different"),
    ("email", {"email": ("l.ferguson46@shah.com", "l.feruson46@sahh.com")}, "nearly the same"),
    ("email", {"email": ("iprice@carr.com", "iirpce@carr.cm")}, "similar"),
    ("email", {"email": ("al@acme.com", "bo@acme.com")}, "same domain"),
    ("email", {"email": ("ada@acme.com", "ada@gmx.de")}, "same mailbox name"),
    ("postcode", {"postcode": ("3072", "3027")}, "one character apart"),
    ("address", {"address": ("5610 w lake st", "5610 w lake street")}, "nearly the same"),
    ("address", {"address": ("3601 s rhodes st", "3641 s rhodes st")}, "different"),
    ("address", {"address": ("wallaby place", "wallabyplace")}, "nearly the same"),
    ("company", {"company_key": ("henry booth house young achievers", "young achievers")}, "one within the other"),
    ("company", {"company_key": ("mary crane league north", "mary crane center north side")}, "half of the words"),
    ("company", {"company_key": ("acme", "acme widgets")}, "similar"),
    ("company", {"company_key": ("general electric", "siemens energy")}, "different"),
]


@pytest.mark.parametrize(("field", "values", "expected"), PAIRS, ids=range(len(PAIRS)))
@pytest.mark.parametrize("mirrored", [False, True], ids=["as written", "mirrored"])
def test_two_values_come_to_a_level_whichever_stands_first(field, values, expected, mirrored):
    (ladder,) = (comparison for comparison in COMPARISONS if comparison.name == field)
    shown = {name: pair[::-1] if mirrored else pair for name, pair in values.items()}
    selected = ", ".join(f"'{left}' AS {name}_l, '{right}' AS {name}_r" for name, (left, right) in shown.items())
    others = {"first_name", "last_name", "name_latin", "mailbox_name"} - set(values)
    nothing = "".join(f", NULL::VARCHAR AS {name}_{side}" for name in sorted(others) for side in "lr")
    pair = duckdb.connect().sql(f"SELECT {selected}{nothing}")
    reached = next(
        level.name for level in ladder.levels if level.condition == "ELSE" or pair.filter(level.condition).fetchall()
    )
    assert reached == expected
