-- One row per source, medium and campaign: leads, how many qualified, had an opportunity, were won, and the money.
--
-- A lead counts once however many deals it has; the money is the sum of all its won deals.
WITH fates AS (
    SELECT
        lead_id,
        1 AS deal,
        CASE WHEN status = 'won' THEN 1 ELSE 0 END AS won,
        CASE WHEN status = 'won' THEN amount_base END AS won_amount_base
    FROM opportunity_states
    WHERE lead_id IS NOT NULL
    UNION ALL
    -- a lead may be won without a deal on record
    SELECT
        lead_id,
        0 AS deal,
        1 AS won,
        NULL AS won_amount_base
    FROM lead_outcomes
    WHERE outcome IN ('converted', 'won')
),

lead_deals AS (
    SELECT
        lead_id,
        max(deal) AS deal,
        max(won) AS won,
        sum(won_amount_base) AS won_amount_base
    FROM fates
    GROUP BY lead_id
),

counted AS (
    SELECT
        coalesce(g.source_name, '(none)') AS source_name,
        coalesce(g.medium, '(none)') AS medium,
        coalesce(g.campaign, '(none)') AS campaign,
        count(*) AS leads,
        count(*) FILTER (WHERE p.verdict = 'promote') AS qualified,
        coalesce(sum(d.deal), 0) AS opportunities,
        coalesce(sum(d.won), 0) AS won,
        coalesce(sum(d.won_amount_base), 0) AS won_amount_base
    FROM golden_records AS g
    LEFT JOIN lead_deals AS d ON d.lead_id = g.lead_id
    LEFT JOIN promotion_decisions AS p ON p.lead_id = g.lead_id
    GROUP BY coalesce(g.source_name, '(none)'), coalesce(g.medium, '(none)'), coalesce(g.campaign, '(none)')
),

rated AS (
    SELECT
        counted.*,
        cast(counted.won AS DOUBLE) / counted.leads AS won_rate,
        policy_funnel_limits.confidence_z AS z
    FROM counted
    CROSS JOIN policy_funnel_limits
),

-- Wilson (1927) score interval at the policy's confidence.
wilson AS (
    SELECT
        *,
        1 + z * z / leads AS denominator,
        won_rate + z * z / (2 * leads) AS centre,
        z * sqrt(won_rate * (1 - won_rate) / leads + z * z / (4 * cast(leads AS DOUBLE) * leads)) AS half_width
    FROM rated
)

SELECT
    source_name,
    medium,
    campaign,
    leads,
    qualified,
    cast(opportunities AS BIGINT) AS opportunities,
    cast(won AS BIGINT) AS won,
    cast(won_amount_base AS DECIMAL(18, 2)) AS won_amount_base,
    cast(opportunities AS DOUBLE) / leads AS lead_to_opportunity_rate,
    won_rate AS lead_to_won_rate,
    greatest((centre - half_width) / denominator, 0) AS rate_low,
    least((centre + half_width) / denominator, 1) AS rate_high
FROM wilson
