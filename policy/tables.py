"""The policy as small tables, so that SQL reads thresholds and rules as it reads everything else."""

from __future__ import annotations

import pyarrow as pa

from policy.model import Policy
from policy.rows.activities import activity_tables
from policy.rows.business import business_tables, feed_tables, funnel_tables, target_tables
from policy.rows.followup import followup_tables
from policy.rows.identity import identity_tables
from policy.rows.promotion import gate_tables
from policy.rows.scoring import grade_tables, score_tables
from policy.rows.stages import stage_tables


def policy_tables(policy: Policy) -> dict[str, pa.Table]:
    """Every policy table by its name.

    Args:
        policy: the validated policy.
    """
    return {
        **business_tables(policy),
        **feed_tables(policy),
        **score_tables(policy),
        **activity_tables(policy),
        **grade_tables(policy),
        **gate_tables(policy),
        **stage_tables(policy),
        **followup_tables(policy),
        **target_tables(policy),
        **funnel_tables(policy),
        **identity_tables(policy),
    }
