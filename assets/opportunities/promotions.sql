-- One row per promotion taken, earlier ones from the journal and those of this run. A promotion is a decision: it stays,
-- whatever the gate says later. A lead with a deal that is open, or closed within the policy's interval, gets no other.
-- A promotion goes with its lead where that existed only through a file that was retracted, else to the lead's heir.
WITH taken AS (
    SELECT
        frozen_promotions.opportunity_id,
        coalesce(lead_identities.lead_id, inherited.lead_id) AS lead_id,
        frozen_promotions.product,
        frozen_promotions.episode,
        frozen_promotions.decided_at
    FROM frozen_promotions
    LEFT JOIN lead_identities ON frozen_promotions.lead_id = lead_identities.record_id
    LEFT JOIN frozen_heirs ON frozen_promotions.lead_id = frozen_heirs.record_id
    LEFT JOIN lead_identities AS inherited ON frozen_heirs.heir_id = inherited.record_id
    WHERE coalesce(lead_identities.lead_id, inherited.lead_id) IS NOT NULL
),

touched AS (
    SELECT
        taken.lead_id,
        max(taken.decided_at) AS last_at,
        max(taken.episode) AS episodes
    FROM taken
    GROUP BY taken.lead_id
),

dealt AS (
    SELECT
        deals.lead_id,
        max(coalesce(deals.closed_at, run_scope.as_of)) AS last_at
    FROM deals
    CROSS JOIN run_scope
    WHERE deals.lead_id IS NOT NULL
    GROUP BY deals.lead_id
)

SELECT
    taken.opportunity_id,
    taken.lead_id,
    taken.product,
    taken.episode,
    taken.decided_at,
    FALSE AS is_new
FROM taken
UNION ALL
SELECT
    concat(
        'o',
        substr(
            md5(
                concat_ws(
                    '|',
                    'promoted',
                    lead_gates.lead_id,
                    coalesce(lead_gates.product, ''),
                    coalesce(touched.episodes, 0) + 1
                )
            ),
            1,
            20
        )
    ) AS opportunity_id,
    lead_gates.lead_id,
    lead_gates.product,
    coalesce(touched.episodes, 0) + 1 AS episode,
    run_scope.as_of AS decided_at,
    TRUE AS is_new
FROM lead_gates
CROSS JOIN run_scope
CROSS JOIN policy_gate_limits
LEFT JOIN touched ON lead_gates.lead_id = touched.lead_id
LEFT JOIN dealt ON lead_gates.lead_id = dealt.lead_id
WHERE
    lead_gates.verdict = 'promote'
    AND (
        touched.last_at IS NULL
        OR touched.last_at < run_scope.as_of - policy_gate_limits.episode_days * INTERVAL '1' DAY
    )
    AND (
        dealt.last_at IS NULL
        OR dealt.last_at < run_scope.as_of - policy_gate_limits.episode_days * INTERVAL '1' DAY
    )
