-- One row per opportunity, promoted here or native to the CRM. An open deal's value index is the mean of where its amount
-- and its win probability stand among the open deals, weighed and cut into tiers as policy says.
WITH predicted AS (
    SELECT
        opportunity_states.*,
        CASE opportunity_states.status
            WHEN 'won' THEN 1.0
            WHEN 'lost' THEN 0.0
            ELSE opportunity_forecasts.win_probability
        END AS known_win_probability
    FROM opportunity_states
    LEFT JOIN opportunity_forecasts ON opportunity_states.opportunity_id = opportunity_forecasts.opportunity_id
),

valued AS (
    SELECT
        predicted.*,
        cast(
            cast(predicted.amount_base AS DECIMAL(27, 2)) * cast(predicted.known_win_probability AS DECIMAL(11, 9))
            AS DECIMAL(18, 2)
        )
            AS known_expected_base
    FROM predicted
),

ranked AS (
    SELECT
        valued.opportunity_id,
        row_number() OVER (
            ORDER BY coalesce(valued.known_expected_base, 0) DESC, valued.created_at, valued.opportunity_id
        ) AS priority,
        percent_rank() OVER (ORDER BY coalesce(valued.amount_base, 0)) AS amount_place,
        percent_rank() OVER (ORDER BY valued.known_win_probability) AS win_probability_place
    FROM valued
    WHERE valued.status = 'open'
),

indexed AS (
    SELECT
        ranked.opportunity_id,
        ranked.priority,
        round(
            100 * (
                policy_value_index.amount_weight * ranked.amount_place
                + policy_value_index.win_probability_weight * ranked.win_probability_place
            ) / (policy_value_index.amount_weight + policy_value_index.win_probability_weight),
            2
        ) AS value_index,
        policy_value_index.tier_1_from,
        policy_value_index.tier_2_from
    FROM ranked
    CROSS JOIN policy_value_index
)

SELECT
    valued.opportunity_id,
    valued.opportunity_ref,
    valued.origin,
    valued.lead_id,
    valued.account_id,
    valued.name,
    valued.process,
    coalesce(valued.product, '(none)') AS product,
    valued.stage,
    valued.status,
    valued.amount,
    valued.currency,
    valued.amount_base,
    valued.known_win_probability AS win_probability,
    valued.known_expected_base AS expected_amount_base,
    valued.expected_close_date,
    coalesce(valued.owner, '(none)') AS owner,
    valued.created_at,
    valued.closed_at,
    valued.last_stage,
    valued.lost_reason,
    valued.competitor,
    indexed.priority,
    indexed.value_index,
    CASE
        WHEN indexed.value_index >= indexed.tier_1_from THEN '1'
        WHEN indexed.value_index >= indexed.tier_2_from THEN '2'
        WHEN indexed.value_index IS NOT NULL THEN '3'
    END AS tier,
    valued.flags
FROM valued
LEFT JOIN indexed ON valued.opportunity_id = indexed.opportunity_id
