"""Writings of one person's name become equal, in key or in Latin letters; the family name is found."""

import pyarrow as pa
import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assets.identity.people import _Splitter, person_names
from assets.identity.plain_names import plain_names
from assets.identity.words.lists import person_words
from policy.identity import NameWords
from tests.identity.conftest import texts

WORD = st.from_regex("[a-z]{1,8}", fullmatch=True)


def latin(*names):
    return person_names(texts(*names))["name_latin"].to_pylist()


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("Lovelace, Dr. Ada", "ada lovelace"),
        ("  ADA   lovelace ", "ada lovelace"),
        ("ＡＤＡ Lovelace (work)", "ada lovelace"),
        ("José-María Ñandú", "jose maria nandu"),
        ("Jose\u0301\u200b Nan\u00addu\ufeff", "jose nandu"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("O’Brien, Mr. Pat", "pat obrien"),
        ("Mary Ann Smith Jr.", "mary ann smith"),
        ("John Smith, PhD", "john smith"),
        ("Smith, John, Jr.", "john smith"),
        ("J.R. Smith", "j r smith"),
        ('Robert "Bob" Smith', "robert smith"),
        ("王 小明 先生", "王小明"),
        ("諸葛孔明", "诸葛孔明"),
        ("Dr. med. Lea Horn", "lea horn"),
        ("Horn, Dr. med. Lea", "lea horn"),
        ("Dr. rer. nat. Ulf Hahn", "ulf hahn"),
        ("Dr. phil. Ulf Hahn", "ulf hahn"),
        ("Prof. Dr. Dr. h.c. Eva Zahn", "eva zahn"),
        ("Prof. Dr. med. Dr. h. c. mult. Eva Zahn", "eva zahn"),
        ("Dipl.-Ing. Ole Lund", "ole lund"),
        ("Mag. Ida Wien", "ida wien"),
        ("Herrn Mag. Ida Wien", "ida wien"),
        ("Herrn Olaf Kurz", "olaf kurz"),
        ("Herr Doktor Olaf Kurz", "olaf kurz"),
        # given names and initials that are written like titles and faculties
        ("Mag Ruffman", "mag ruffman"),
        ("Dr. Phil Collins", "phil collins"),
        ("Dr. H.C. Andersen", "hc andersen"),
        ("Med Hondo", "med hondo"),
        ("王总", "王"),
        ("王建国总", "王建国"),
        ("王建国董事长", "王建国"),
        ("박지훈 부장", "박지훈"),
        ("박지훈 사장님", "박지훈"),
        ("박지훈과장", "박지훈"),
        ("박지훈씨", "박지훈"),
        ("김상무", "김상무"),
        # a department, and a field
        ("David Wang (销售部)", "david wang"),
        ("V.D. Savarkar", "v d savarkar"),
        ("R.Feldman", "r feldman"),
        ("R.M.Feldman", "r m feldman"),
        ("Smith, J.R.", "j r smith"),
        ("Dr.Ruth Feldman", "ruth feldman"),
        ("Dr.", None),
        ("...", None),
        (None, None),
    ],
)
def test_a_persons_name_is_folded(given, key):
    assert person_names(texts(given))["name_key"].to_pylist() == [key]


@pytest.mark.parametrize(
    "writings",
    [
        ["王小明", "Wang Xiaoming", "Xiaoming Wang", "WANG Xiao-Ming", "Wang, Xiao Ming", "wang xiao ming"],
        ["王小明 (Xiaoming)", "David 王小明", "王 小明 先生"],
        ["曾国藩", "曾國藩", "Zeng Guofan", "Guofan ZENG"],
        ["单田芳", "Shan Tianfang"],
        ["解晓东", "Xie Xiaodong"],
        ["仇英", "Qiu Ying"],
        ["查良镛", "查良鏞", "Zha Liangyong"],
        ["欧阳娜娜", "歐陽娜娜", "Ouyang Nana", "Nana Ouyang", "Ou Yang Nana", "Nana Ou-Yang"],
        ["王大伟", "David Wang (王大伟)", "David Wang 王大伟"],
        ["Jan van der Berg", "Jan v.d. Berg", "Jan v. d. Berg", "Jan vd Berg", "Berg, Jan van der"],
        ["司马光", "Sima Guang"],
        ["諸葛亮", "诸葛亮", "Zhuge Liang"],
        ["尉迟恭", "Yuchi Gong"],
        ["令狐冲", "Linghu Chong"],
        ["吕秀才", "Lü Xiucai", "Lv Xiucai", "Lyu Xiucai"],
        ["Li Ming Wang", "Wang Li Ming"],
        ["김민수", "Kim Min-su", "Minsoo Kim", "Min Su Kim"],
        ["이민호", "Lee Min-ho", "Minho Lee"],
        ["박지영", "Park Ji-young", "Jiyoung Pak"],
        ["Nguyễn Văn An", "Nguyen Van An", "An Van Nguyen"],
        ["Nagy János", "János Nagy", "John Nagy"],
        ["Tanaka Yuki", "Yuki Tanaka", "田中 ゆき"],
        ["Bob Smith", "Robert Smith", "Smith, Rob", "Robert J. Smith", "Bobby Smith"],
        ["Bill Gates", "William Gates", "Will Gates"],
        ["Kate Bush", "Katherine Bush", "Cathy Bush"],
        ["Sasha Ivanov", "Alexander Ivanov", "Александр Иванов"],
        ["Pepe García", "José Garcia"],
        ["Misha Petrov", "Михаил Петров", "Mikhail Petrov"],
        ["Hans Müller", "Hans Mueller", "Johannes Müller"],
        ["Ulf Åström", "Ulf Aastroem", "Ulf Astrom"],
        ["Uschi Kantor", "Ursula Kantor"],
        ["Schorsch Huber", "Georg Huber"],
        ["Paquito Ruiz", "Francisco Ruiz"],
        ["Suzette Blanc", "Suzanne Blanc"],
        ["Peppino Russo", "Giuseppe Russo"],
        ["Małgosia Lis", "Małgorzata Lis"],
        ["Huub Smit", "Hubertus Smit"],
        ["Наташа Иванова", "Natalia Ivanova"],
        ["Jan van der Berg", "Van der Berg, Jan", "JAN VAN DER BERG"],
    ],
)
def test_writings_of_one_person_are_one_in_latin_letters(writings):
    found = latin(*writings)
    assert None not in found
    assert len(set(found)) == 1, found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王小明", "王小红"),
        ("王小明", "汪大明"),
        ("Wang Xiaoming", "Wang Xiaohong"),
        ("Bob Smith", "Bill Smith"),
        ("Robert Smith", "Roberta Smith"),
        ("Kate Smith", "Kyle Smith"),
        ("John Smith", "Joan Smyth"),
        ("김민수", "김민지"),
        ("Nguyen Van An", "Nguyen Van Binh"),
        ("Juan de la Cruz", "Juan de la Torre"),
        ("Ivan Petrov", "Igor Petrov"),
        ("Anna Li", "Hanna Lu"),
    ],
)
def test_different_people_stay_apart(one, other):
    first, second = latin(one, other)
    assert first != second


@pytest.mark.parametrize(
    ("given", "first", "last", "is_family_first"),
    [
        ("王小明", "小明", "王", True),
        ("欧阳娜娜", "娜娜", "欧阳", True),
        ("陈方安生", "安生", "陈方", True),
        ("迈克尔·乔丹", "迈克尔乔丹", None, None),
        ("Wang Xiao-Ming", "xiaoming", "wang", True),
        ("Xiaoming Wang", "xiaoming", "wang", False),
        ("山田太郎", "太郎", "山田", True),
        ("Tanaka Yuki", "yuki", "tanaka", True),
        ("Nguyễn Văn An", "an", "nguyen", True),
        ("An Nguyen", "an", "nguyen", False),
        ("Nagy János", "janos", "nagy", True),
        ("János Nagy", "janos", "nagy", False),
        ("DUPONT Jean", "jean", "dupont", True),
        ("Ludwig van Beethoven", "ludwig", "van beethoven", False),
        ("Juan de la Cruz", "juan", "de la cruz", False),
        ("Mohammed bin Salman", "mohammed", "bin salman", False),
        ("Ahmed Al-Rashid", "ahmed", "al rashid", False),
        ("Ben Stiller", "ben", "stiller", False),
        ("Al Pacino", "al", "pacino", False),
        ("Kim Basinger", "kim", "basinger", None),
        ("Lee Ann Smith", "lee", "smith", None),
        ("Madonna", "madonna", None, None),
    ],
)
def test_given_and_family_name_are_told_apart(given, first, last, is_family_first):
    (row,) = person_names(texts(given)).to_pylist()
    assert (row["first_name"], row["last_name"], row["is_family_first"]) == (first, last, is_family_first)


def test_policy_adds_words():
    words = person_words(NameWords(nicknames={"Robert": ["Bobster"]}, titles=["Fürst"], family_names=["測"]))
    found = person_names(texts("Fürst Bobster Smith", "测小明"), words)
    assert found["name_key"].to_pylist() == ["bobster smith", "测小明"]
    assert found["name_latin"].to_pylist() == ["robert smith", "ce xiaoming"]


def test_every_short_form_stands_for_one_name_that_stands_for_itself():
    formal = person_words().formal_names
    assert len(formal) > 1000
    assert {formal[name] for name in formal.values()} == set(formal.values())


def test_initials_are_taken_apart_behind_a_space():
    assert person_names(texts("  R.Feldman"))["name_key"].to_pylist() == ["r feldman"]


def test_keys_stay_with_their_names():
    names = ["王小明", "Ada Lovelace", None, "NAGY Istvan", "Cher", "Bob Bob", "Grace Hopper", "..."]
    assert person_names(texts(*names)).to_pylist() == [person_names(texts(name)).to_pylist()[0] for name in names]
    assert len(person_names(texts())) == 0


@settings(max_examples=40, deadline=None)
@examples(st.lists(st.text(max_size=30) | st.from_regex(r"[A-Za-z .,'-]{0,25}", fullmatch=True), max_size=25))
def test_any_text_has_a_key_whatever_its_case_and_space(names):
    keys = person_names(texts(*names))["name_key"]
    assert person_names(texts(*(f"  {name}\t" for name in names)))["name_key"] == keys
    ascii_names = [name for name in names if name.isascii()]
    upper = person_names(texts(*(name.upper() for name in ascii_names)))["name_key"]
    assert upper == person_names(texts(*ascii_names))["name_key"]
    assert len(person_names(keys)) == len(names)


@settings(max_examples=40, deadline=None)
@examples(
    st.lists(
        st.tuples(
            st.sampled_from(["bob", "al", "lee", "nagy", "van", "mueller", "noel", "x", "lyuev", "smith", "anna"])
            | WORD,
            st.sampled_from(["robert", "wang", "smith", "jo", "li", "goethe", "nguyen", "y", "lv", "bob"]) | WORD,
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_names_taken_apart_together_are_as_if_taken_apart_one_by_one(names):
    keys = pa.array([f"{first} {last}" for first, last, _ in names], pa.string())
    capitals = pa.array([has_capitals for *_, has_capitals in names], pa.bool_())
    plain = plain_names(keys, capitals, person_words())
    alone = _Splitter(person_words())
    told = [alone.split(keys[place].as_py(), capitals[place].as_py()) for place in plain.places]
    assert [tuple(row[name] for name in plain.split.column_names) for row in plain.split.to_pylist()] == told
