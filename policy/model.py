"""The whole policy, validated."""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from policy.business import Business
from policy.feeds import Feed
from policy.followup import Followup
from policy.forecast import Forecast
from policy.identity import Identity
from policy.promotion import Promotion
from policy.routing import Routing
from policy.scoring import Scoring
from policy.stages import Stages
from policy.targets import Targets


class Policy(BaseModel):
    """What the business decides; the files of HOME/policy.

    Attributes:
        business: zone, calendar, currency, language.
        feeds: one per source, sorted by name.
        scoring: points, caps, decay, grades.
        promotion: gates.
        stages: processes.
        routing: who gets what.
        followup: what is done when.
        targets: what is to be reached.
        identity: who is the same.
        forecast: how the forecast is made.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    business: Business
    feeds: list[Feed]
    scoring: Scoring
    promotion: Promotion
    stages: Stages
    routing: Routing
    followup: Followup
    targets: Targets
    identity: Identity
    forecast: Forecast

    @cached_property
    def version(self) -> str:
        """12 hex digits of the hash of what the policy says; comments and layout do not count."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:12]
