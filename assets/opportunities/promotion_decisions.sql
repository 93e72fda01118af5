-- One row per lead evaluated, with what was decided and the opportunity it led to. A promotion taken earlier stands.
WITH newest AS (
    SELECT
        promotions.lead_id,
        promotions.opportunity_id,
        promotions.decided_at
    FROM promotions
    QUALIFY
        row_number() OVER (PARTITION BY promotions.lead_id ORDER BY promotions.episode DESC, promotions.opportunity_id)
        = 1
),

dealt AS (
    SELECT
        opportunity_states.lead_id,
        opportunity_states.opportunity_id,
        opportunity_states.created_at
    FROM opportunity_states
    WHERE opportunity_states.lead_id IS NOT NULL
    QUALIFY
        row_number() OVER (
            PARTITION BY opportunity_states.lead_id
            ORDER BY opportunity_states.created_at DESC, opportunity_states.opportunity_id
        ) = 1
)

SELECT
    lead_gates.lead_id,
    CASE WHEN newest.lead_id IS NOT NULL THEN 'promote' ELSE lead_gates.verdict END AS verdict,
    lead_gates.failed_criteria,
    lead_gates.shortest_path,
    CASE
        WHEN newest.lead_id IS NOT NULL THEN newest.opportunity_id
        WHEN lead_gates.verdict = 'promote' THEN dealt.opportunity_id
    END AS opportunity_id,
    CASE
        WHEN newest.lead_id IS NOT NULL THEN newest.decided_at
        WHEN lead_gates.verdict = 'promote' THEN dealt.created_at
    END AS decided_at,
    CASE
        WHEN newest.lead_id IS NOT NULL THEN 'promoted here; the decision stands'
        WHEN lead_gates.verdict = 'promote' THEN 'passes the gate; the CRM has the deal already'
        ELSE concat('gate says ', lead_gates.verdict)
    END AS reason
FROM lead_gates
LEFT JOIN newest ON lead_gates.lead_id = newest.lead_id
LEFT JOIN dealt ON lead_gates.lead_id = dealt.lead_id
