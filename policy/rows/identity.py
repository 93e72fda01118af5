"""What identity and golden records need to know, as tables."""

from __future__ import annotations

import pyarrow as pa

from policy.identity import SURVIVING_FIELDS
from policy.model import Policy
from policy.rows.rows import table


def identity_tables(policy: Policy) -> dict[str, pa.Table]:
    """Free-mail domain; role's mailbox; survivorship; feed by trust; refusal of consent; country; no id; limits."""
    identity = policy.identity
    return {
        "policy_free_mail_domains": table(
            ({"domain": domain} for domain in sorted(set(identity.free_mail_domains))), domain="text"
        ),
        "policy_role_mailboxes": table(
            ({"mailbox": name} for name in sorted({name.lower() for name in identity.shared_values.role_mailboxes})),
            mailbox="text",
        ),
        "policy_survivorship": table(
            (
                {"field": field, "keeps": identity.survivorship.get(field, identity.survivorship_default)}
                for field in SURVIVING_FIELDS
            ),
            field="text",
            keeps="text",
        ),
        "policy_source_order": table(
            ({"source_name": name, "trust_order": place} for place, name in enumerate(identity.source_order, start=1)),
            source_name="text",
            trust_order="integer",
        ),
        "policy_consent_refusals": table(
            ({"word": word} for word in sorted(identity.refusing_words)),
            word="text",
        ),
        "policy_family_first": table(
            ({"country": code} for code in sorted(set(identity.family_first))), country="text"
        ),
        "policy_no_identifiers": table(({"word": word} for word in sorted(identity.nobodys_identifiers)), word="text"),
        "policy_identity": table(
            [
                {
                    "max_names_per_email": identity.shared_values.max_names_per_email,
                    "max_names_per_phone": identity.shared_values.max_names_per_phone,
                    "max_names_per_device": identity.shared_values.max_names_per_device,
                    "max_houses_per_organisation": identity.shared_values.max_houses_per_organisation,
                    "max_companies_per_domain": identity.shared_values.max_companies_per_domain,
                    "max_leads_per_device": identity.shared_values.max_leads_per_device,
                    "shared_device_minutes": identity.shared_values.shared_device_minutes,
                }
            ],
            max_names_per_email="integer",
            max_names_per_phone="integer",
            max_names_per_device="integer",
            max_houses_per_organisation="integer",
            max_companies_per_domain="integer",
            max_leads_per_device="integer",
            shared_device_minutes="integer",
        ),
    }
