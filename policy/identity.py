"""When two records are the same person, and which of their values the lead shows."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints, model_validator

from policy.base import Model, Name, Share, Text
from policy.ladders import Ladders, shipped_ladders

RecordField = Literal[
    "source_key",
    "email",
    "phone",
    "full_name",
    "salutation",
    "company",
    "company_code",
    "domain",
    "birth_date",
    "address",
    "postcode",
    "city",
    "country",
    "anonymous_id",
]
BlockingField = Literal[
    "email",
    "email_name",
    "phone",
    "name_key",
    "name_pair",
    "first_name",
    "first_name_start",
    "last_name",
    "last_name_start",
    "name_starts",
    "birth_date",
    "birth_year",
    "company_key",
    "company_start",
    "company_code",
    "domain",
    "country",
    "city",
    "postcode",
    "address",
    "address_start",
]
#: Fields of a lead that are taken from one of its records.
SURVIVING_FIELDS = (
    *("full_name", "first_name", "last_name", "birth_date", "email", "phone", "company", "company_code", "domain"),
    *("website", "title", "department", "industry", "employee_count", "annual_revenue", "country", "region", "city"),
    *("postcode", "address", "need", "product", "budget_amount", "purchase_date", "message", "language", "consent"),
    *("source_name", "channel", "medium", "campaign", "referrer", "landing_page", "owner"),
)
Years = Annotated[int, Field(ge=1, le=150)]
#: What is compared of where somebody works or lives.
Place = Literal["company", "city", "postcode", "address", "email", "phone"]
Keeps = Literal["newest", "oldest", "longest", "most_frequent", "first_source"]
Domain = Annotated[str, StringConstraints(pattern=r"^[^\s@]+\.[^\s@]+$", to_lower=True)]


#: Whose addresses are one mailbox with and without what follows a plus.
PlusTags = Literal["everywhere", "known_providers"]


class Rule(Model):
    """A deterministic rule: records equal in all of `same` are one lead, unless one of `unless_differ` differs.

    A full name differs when neither abbreviation, order nor a slip of the pen explains it; other fields differ
    when they are not equal.

    Attributes:
        rule: unique name; appears in the evidence.
        of: anyone, or only records that name a company and no person.
        same: fields that must be filled and equal.
        nearly: instead of `same`, of organisations: names that one slip of the pen tells apart. A rule that joins takes
            those of which one is a rare spelling of the other, a rule that asks takes all.
        alike: fields that must be filled and must not differ.
        partly: a name of which a part is the same and the rest another: one given name with two family names, or one
            family name in two scripts. Such a rule asks.
        unless_differ: fields that, where both are filled, must not differ.
        decision: same joins the records; review asks a person, unless the model is sure that they are the same.
    """

    rule: Name
    of: Literal["anyone", "organisation"] = "anyone"
    same: list[RecordField] = []
    nearly: list[Literal["company"]] = []
    alike: list[RecordField] = []
    partly: list[Literal["full_name"]] = []
    unless_differ: list[RecordField] = []
    decision: Literal["same", "review"] = "same"

    @model_validator(mode="after")
    def _rests_on_something(self) -> Rule:
        if not self.same and not self.nearly:
            raise ValueError("same: a rule needs a field that is equal")
        if self.nearly and (self.of != "organisation" or self.same or self.alike):
            raise ValueError("nearly: is for organisations, and stands without same and alike")
        if self.partly and (self.of != "anyone" or self.alike or self.decision != "review"):
            raise ValueError("partly: is for people, stands without alike, and its decision is review")
        return self


class Thresholds(Model):
    """Match probabilities of the model.

    Attributes:
        same: from here on records are joined.
        review: from here on a person is asked.
        untrained_chance: that two records are the same, before the model has learned anything.
    """

    same: Share = 0.95
    review: Share = 0.8
    untrained_chance: Annotated[float, Field(gt=0, lt=1)] = 0.00001

    @model_validator(mode="after")
    def _ordered(self) -> Thresholds:
        if self.review > self.same:
            raise ValueError("review must not be above same")
        return self


class Contradiction(Model):
    """A field of which no lead has two values; a link that would join two groups with one each is refused.

    Attributes:
        field: of the records prepared for matching; house: its number, and with it the street or the postcode.
        of: whose values count.
        apart: values that differ in fewer places do not contradict each other: slips of the pen.
        outranks: rules: every rule but that of the source's own key. model: the model, and rules that have the field
            in `unless_differ`. A pair that the model judged knowing both values is not refused for them.
    """

    field: Literal[
        "birth_date", "salutation", "company_code", "email", "phone", "domain", "country", "postcode", "house"
    ]
    of: Literal["anyone", "person", "organisation"] = "anyone"
    apart: Annotated[int, Field(ge=1, le=100)] = 1
    outranks: Literal["model", "rules"] = "model"


class SharedValues(Model):
    """Values that many people share say nothing about who somebody is.

    Attributes:
        max_names_per_email: an e-mail address with more different names is no person's.
        max_names_per_phone: nor is a phone number.
        max_names_per_device: nor is a browser or device, by its anonymous id.
        max_houses_per_organisation: an address or number of organisations in more different houses is no one's either.
        role_mailboxes: local parts that are never a person's.
        max_companies_per_domain: an internet domain of more different companies is no company's.
        max_leads_per_device: an anonymous id seen with more different leads is a shared device.
        shared_device_minutes: an event on a shared device is of whom it was last seen with, so many minutes before at
            most; 0 leaves all of them anonymous, but what happens at the very instant.
    """

    max_names_per_email: Annotated[int, Field(ge=1, le=1000)] = 3
    max_names_per_phone: Annotated[int, Field(ge=1, le=1000)] = 3
    max_names_per_device: Annotated[int, Field(ge=1, le=1000)] = 3
    max_houses_per_organisation: Annotated[int, Field(ge=1, le=1000)] = 1
    role_mailboxes: list[str] = []
    max_companies_per_domain: Annotated[int, Field(ge=1, le=1000)] = 20
    max_leads_per_device: Annotated[int, Field(ge=1, le=100)] = 1
    shared_device_minutes: Annotated[int, Field(ge=0, le=100_000)] = 30


class Blocking(Model):
    """Which pairs the model looks at: those equal in all fields of one of the rules.

    Attributes:
        rules: lists of fields of the records prepared for matching.
        max_records: a larger group of equal values is left out by that rule, and reported.
        pairs_per_record: pairs that all rules may make together, by records; the rules that stand first are served
            first, and a rule for which too few are left gives up its largest groups, and reports them.
        least_pairs: however few the records, all rules may make so many pairs.
    """

    rules: list[Annotated[list[BlockingField], Field(min_length=1)]] = []
    max_records: Annotated[int, Field(ge=2, le=10_000)] = 100
    pairs_per_record: Annotated[float, Field(gt=0, le=100)] = 3.0
    least_pairs: Annotated[int, Field(ge=0, le=100_000_000)] = 2_000_000


class Training(Model):
    """How the matching model is trained.

    Attributes:
        every: retrained at the beginning of each such period, on what was known then.
        seed: of sampling.
        min_records: below so many records the prior parameters are used.
        max_pairs: pairs sampled for the estimate of chance agreement.
        settled_from: above so many records the newest teach nothing until there are enough of them for a step.
        steps: how many times as many records are learned from at the next step.
        ladders: by field and level: how alike two values must be, and what that is worth before anything is learned.
    """

    every: Literal["month", "quarter", "year", "never"] = "quarter"
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 20260101
    min_records: Annotated[int, Field(ge=10)] = 500
    max_pairs: Annotated[int, Field(ge=10_000, le=100_000_000)] = 1_000_000
    settled_from: Annotated[int, Field(ge=10)] = 10_000
    steps: Annotated[float, Field(ge=1.01, le=10)] = 1.25
    ladders: Ladders = Field(default_factory=shipped_ladders)


class MailProvider(Model):
    """A mail provider that delivers several writings of an address to one mailbox.

    Attributes:
        domains: its domains.
        ignores: what its mailboxes ignore: dots, hyphens or underscores in the part before the @; plus: everything
            from the first plus on; subdomain: `tag@name.provider` is `name@provider`.
        one_mailbox: whether the same name at each of the domains is the same mailbox.
    """

    domains: Annotated[list[Domain], Field(min_length=1)]
    ignores: list[Literal["dots", "hyphens", "underscores", "plus", "subdomain"]] = []
    one_mailbox: bool = False


class NameWords(Model):
    """Words that are added to the shipped lists of names, companies and addresses.

    Attributes:
        nicknames: given name -> its short forms.
        female_forms: a man's given name -> women's names made of it: two people where each has a mailbox.
        family_names: Chinese family names, in characters.
        titles: in front of a person's name, no part of it.
        suffixes: behind it.
        particles: in front of a family name, part of it.
        legal_forms: of companies.
        places: in front of Chinese companies' names.
        trades: lines of business behind a brand.
        no_company: what those write in the place of a company who have none.
        address_words: short form -> ways of writing it.
    """

    nicknames: dict[str, list[Text]] = {}
    female_forms: dict[str, list[Text]] = {}
    family_names: list[Text] = []
    titles: list[Text] = []
    suffixes: list[Text] = []
    particles: list[Text] = []
    legal_forms: list[Text] = []
    places: list[Text] = []
    trades: list[Text] = []
    no_company: list[Text] = []
    address_words: dict[str, list[Text]] = {}


class Slips(Model):
    """What is a slip of the pen in the name of an organisation, or of a domain.

    Attributes:
        least_letters: a word of fewer is an abbreviation, of which another letter is another one.
        least_letters_alone: of a word that is the whole name.
        least_letters_begun_wrongly: of a word whose first letter is the wrong one, which few are.
        rare: a spelling that so many names have at most is a slip of
        times: one that so many times as many have.
    """

    least_letters: Annotated[int, Field(ge=2, le=20)] = 4
    least_letters_alone: Annotated[int, Field(ge=2, le=20)] = 6
    least_letters_begun_wrongly: Annotated[int, Field(ge=2, le=20)] = 8
    rare: Annotated[int, Field(ge=1, le=1000)] = 2
    times: Annotated[int, Field(ge=1, le=1000)] = 5


class NameSlips(Model):
    """When two given names, or two family names, may be one that is written with a slip of the pen.

    Attributes:
        one_from: of names of so many letters one letter may differ.
        two_from: of names of so many letters two may, where they are alike,
        two_alike: with a Jaro-Winkler similarity of so much, 0-1,
        two_always_from: or have so many letters.
        family_alike: family names of such a similarity are one where the given name is.
        given_alike: given names of less are two people's where each has a telephone.
    """

    one_from: Annotated[int, Field(ge=2, le=50)] = 4
    two_from: Annotated[int, Field(ge=2, le=50)] = 5
    two_alike: Share = 0.93
    two_always_from: Annotated[int, Field(ge=2, le=50)] = 9
    family_alike: Share = 0.9
    given_alike: Share = 0.9


class Reviews(Model):
    """The file in which people are asked about doubtful pairs.

    Attributes:
        max_pairs: it holds no more; the others wait.
        order: doubtful: the most doubtful first. valuable: those of the leads with the highest score first.
    """

    max_pairs: Annotated[int, Field(ge=1, le=100_000)] = 500
    order: Literal["doubtful", "valuable"] = "doubtful"


class Identity(Model):
    """`identity.yaml`.

    Attributes:
        rules: the ladder, applied first, in order.
        use_model: whether the probabilistic model runs after the rules.
        thresholds: of the model.
        shared_values: what is no one person's.
        blocking: which pairs the model looks at.
        contradictions: what no lead may be two of.
        generation_years: from and to: so many years apart, dates of birth are a parent's and a child's.
        of_a_place: fields that colleagues and families have in common; they count less where names differ.
        max_records_per_lead: to a group that grows beyond, a single doubtful link is not enough.
        links_of_large_groups: so many links are, or one for each record of the smaller side.
        slips: what is a slip of the pen in the name of an organisation, or of a domain.
        name_slips: what is one in the name of a person.
        reviews: the file in which people are asked about doubtful pairs.
        training: of the model.
        no_identifiers: what stands in the place of a browser's, device's or user's id where there is none; no one is
            told by it, nor erased by it.
        free_mail_domains: mail providers; never the domain of a company.
        hosting_domains: of site builders, shops of many and social sites; what stands there is of whoever put it there.
        survivorship: which value the lead shows, by field.
        survivorship_default: for fields not named.
        source_order: feeds in order of trust, for `first_source`.
        company_rules: fields that make two companies one, strongest first.
        consent_refusals: words of sources that mean no; one of them outranks every other consent, in any column and
            record.
        mail_providers: that deliver several writings of an address to one mailbox, for identity and for erasures.
        plus_tags: everywhere: `jane+news@acme.com` is the mailbox `jane@acme.com` whoever delivers it, for identity and
            for erasures. known_providers: only where `mail_providers` says so.
        family_first: countries in whose names of two words the first is the family name, where nothing tells else.
        words: added to the lists of names, companies and addresses.
    """

    rules: list[Rule]
    use_model: bool = True
    thresholds: Thresholds = Thresholds()
    shared_values: SharedValues = SharedValues()
    blocking: Blocking = Blocking()
    contradictions: list[Contradiction] = []
    generation_years: tuple[Years, Years] = (16, 60)
    of_a_place: list[Place] = list(get_args(Place))
    max_records_per_lead: Annotated[int, Field(ge=2)] = 200
    links_of_large_groups: Annotated[int, Field(ge=1)] = 3
    slips: Slips = Slips()
    name_slips: NameSlips = NameSlips()
    reviews: Reviews = Reviews()
    training: Training = Training()
    no_identifiers: list[Text] = []
    free_mail_domains: list[Domain] = []
    hosting_domains: list[Domain] = []
    survivorship: dict[str, Keeps] = {}
    survivorship_default: Keeps = "newest"
    source_order: list[str] = []
    company_rules: list[Literal["company_code", "domain", "company"]] = ["company_code", "domain", "company"]
    consent_refusals: list[Text] = []
    mail_providers: list[MailProvider] = []
    plus_tags: PlusTags = "everywhere"
    family_first: list[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]] = []
    words: NameWords = NameWords()

    @property
    def nobodys_identifiers(self) -> frozenset[str]:
        """`no_identifiers` in small letters."""
        return frozenset(word.lower() for word in self.no_identifiers)

    @property
    def refusing_words(self) -> frozenset[str]:
        """`consent_refusals` in small letters."""
        return frozenset(word.lower() for word in self.consent_refusals)

    def has_tags(self, domain: str) -> bool:
        """Whether an address of a domain is one mailbox with and without what follows a plus."""
        return self.plus_tags == "everywhere" or any(
            "plus" in provider.ignores and domain in provider.domains for provider in self.mail_providers
        )

    @model_validator(mode="after")
    def _known_names(self) -> Identity:
        from policy.conditions import LEAD_FIELDS
        from policy.suggest import nearest

        names = [rule.rule for rule in self.rules]
        if len(set(names)) != len(names):
            raise ValueError("an identity rule is named twice")
        if self.generation_years[0] > self.generation_years[1]:
            raise ValueError("generation_years: the first is the smaller one")
        known = (*LEAD_FIELDS, "birth_date", "address", "postcode", "submitted_at")
        for field in self.survivorship:
            if field not in known:
                raise ValueError(f"survivorship: {field!r} is no field of a lead; {nearest(field, known)}")
        return self
