"""Writings of one mailbox become equal: tags everywhere, all else where the provider is known to make them so."""

import pytest
import yaml
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from assets.identity.mailboxes import email_key
from policy.identity import Identity, MailProvider
from policy.load import DEFAULTS
from tests.identity.conftest import texts


@pytest.fixture(scope="module")
def providers():
    """The shipped ones."""
    value = yaml.safe_load((DEFAULTS / "identity.yaml").read_text(encoding="utf-8"))
    return Identity.model_validate(value).mail_providers


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("Jane.Doe+news@googlemail.com", "janedoe@gmail.com"),
        ("j.a.n.e.doe@gmail.com", "janedoe@gmail.com"),
        ("jane+x@outlook.com", "jane@outlook.com"),
        ("jane.doe@outlook.com", "jane.doe@outlook.com"),
        ("jane@hotmail.com", "jane@hotmail.com"),
        ("A@Me.com", "a@icloud.com"),
        ("j-a.n_e+x@pm.me", "jane@proton.me"),
        ("tag@jane.fastmail.com", "jane@fastmail.com"),
        ("jane@ya.ru", "jane@yandex.ru"),
        ("Jane.Doe+news+2@Acme.com", "jane.doe@acme.com"),
        ("+news@acme.com", "+news@acme.com"),
        ("news+@acme.com", "news@acme.com"),
        ("12345@qq.com", "12345@qq.com"),
        ("12345@vip.qq.com", "12345@vip.qq.com"),
        ("x@münchen.de", "x@xn--mnchen-3ya.de"),
        ("x@xn--mnchen-3ya.de", "x@xn--mnchen-3ya.de"),
        ("+@gmail.com", "+@gmail.com"),
        ("nobody@", None),
        ("nothing", None),
        (None, None),
    ],
)
def test_an_address_is_folded_by_what_its_provider_ignores(providers, given, key):
    assert email_key(texts(given), providers).to_pylist() == [key]


def test_policy_says_what_a_provider_ignores():
    acme = [MailProvider(domains=["acme.com"], ignores=["hyphens"])]
    given = texts("a-b+c@acme.com", "a.b+c@gmail.com")
    assert email_key(given, acme).to_pylist() == ["ab@acme.com", "a.b@gmail.com"]
    assert email_key(given, acme, "known_providers").to_pylist() == ["ab+c@acme.com", "a.b+c@gmail.com"]


@settings(max_examples=150, deadline=None)
@examples(st.text(max_size=30), st.sampled_from(["", "@gmail.com", "@x.fastmail.com", "@acme.com", "@pm.me"]))
def test_any_text_has_a_key_that_is_its_own_key(local, domain):
    gmail = [
        MailProvider(domains=["gmail.com", "googlemail.com"], ignores=["dots", "plus"], one_mailbox=True),
        MailProvider(domains=["fastmail.com"], ignores=["plus", "subdomain"]),
    ]
    key = email_key(texts(local + domain), gmail)
    assert email_key(key, gmail).to_pylist() == key.to_pylist()
    assert email_key(texts(f" {local}{domain} "), gmail).to_pylist() == key.to_pylist()
