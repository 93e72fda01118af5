-- One row per opportunity, promoted here or native to the CRM. An open deal's value index is the mean of where its amount
-- and its win probability stand among the open deals; tiers cut it in thirds.
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
        round(
            50 * percent_rank() OVER (ORDER BY coalesce(valued.amount_base, 0))
            + 50 * percent_rank() OVER (ORDER BY valued.known_win_probability),
            2
        ) AS value_index
    FROM valued
    WHERE valued.status = 'open'
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
    ranked.priority,
    ranked.value_index,
    CASE
        WHEN ranked.value_index >= 66.67 THEN '1'
        WHEN ranked.value_index >= 33.33 THEN '2'
        WHEN ranked.value_index IS NOT NULL THEN '3'
    END AS tier,
    valued.flags
FROM valued
LEFT JOIN ranked ON valued.opportunity_id = ranked.opportunity_id
