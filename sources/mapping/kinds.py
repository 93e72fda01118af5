"""Which kind of rows a file holds, told from the fields that its columns fill."""

from __future__ import annotations

from collections.abc import Sequence

from policy.feeds import KINDS
from sources.mapping.evidence import Profile
from sources.mapping.fields import assigned, likely_fields

#: What rows of a kind cannot do without, one group each: tells kinds apart.
_ESSENTIAL: dict[str, list[list[str]]] = {
    "leads": [["email", "phone", "full_name", "last_name", "company"]],
    "events": [["event_type", "asset"], ["occurred_at"]],
    "opportunities": [["stage", "amount", "status"], ["opportunity_ref", "name"]],
    "activities": [["activity_type"], ["occurred_at"]],
    "outcomes": [["outcome"], ["email", "phone", "lead_id", "record_key"]],
    "accounts": [["company", "company_code", "domain"]],
    "stakeholders": [["full_name", "email"], ["role", "influence", "stance"], ["opportunity_ref", "company"]],
    "assessments": [["dimension"], ["value"]],
    "reps": [["owner", "name"], ["team", "level", "skills", "capacity", "hired_on"]],
    "products": [["product", "name"], ["price", "line", "margin_rate"]],
    "targets": [["period"], ["amount"]],
    "fx_rates": [["date"], ["currency"], ["rate_to_base"]],
    "reviews": [["record_id_l"], ["record_id_r"], ["decision"]],
}
#: Fields that hardly any other kind has: a file that has them is of this kind.
_TELLING = {
    "leads": ("submitted_at", "message", "consent", "medium", "title", "landing_page", "need"),
    "events": ("event_type", "session_id", "event_id"),
    "opportunities": ("stage", "opportunity_ref", "closed_at", "expected_close_date", "lost_reason"),
    "activities": ("activity_type", "activity_id", "duration_minutes"),
    "outcomes": ("outcome", "decided_at"),
    "accounts": ("parent", "domain"),
    "stakeholders": ("influence", "stance"),
    "assessments": ("dimension", "assessor"),
    "reps": ("team", "capacity", "skills", "hired_on"),
    "products": ("price", "margin_rate", "line"),
    "targets": ("period",),
    "fx_rates": ("rate_to_base",),
    "reviews": ("record_id_l", "record_id_r"),
}
#: Kinds that lie in a folder of the landing zone.
_FOLDER_KINDS = {
    "forms": ("leads",),
    "partners": ("leads",),
    "events": ("events",),
    "crm": ("opportunities", "activities", "outcomes", "leads", "accounts"),
    "reference": ("accounts", "reps", "products", "targets", "fx_rates"),
    "reviews": ("reviews",),
}


def likeliest_kind(headers: Sequence[str], profiles: Sequence[Profile], floor: float, folder: str) -> str:
    """The kind whose fields the columns fill best; leads where nothing tells."""
    best, chosen = 0.0, "leads"
    for kind in KINDS:
        picks = [pick for pick in assigned(kind, headers, likely_fields(kind, headers, profiles)) if pick]
        sure = {pick.field: pick.confidence for pick in picks if pick.confidence >= floor}
        if not all(set(group) & set(sure) for group in _ESSENTIAL[kind]):
            continue
        score = sum(sure.values()) + 1.5 * sum(name in sure for name in _TELLING[kind])
        score += 2.0 * (kind in _FOLDER_KINDS.get(folder, ()))
        if score > best:
            best, chosen = score, kind
    return chosen
