-- A forecast's mean is what is won to date, plus probability times amount of each open deal, plus new business.
-- severity: blocking
-- table: forecasts
WITH expected AS (
    SELECT
        close_probabilities.period,
        sum(
            cast(round(close_probabilities.close_probability * 1000000) AS BIGINT) * opportunities.amount_base
        ) / 1000000 AS amount
    FROM close_probabilities
    INNER JOIN opportunities ON close_probabilities.opportunity_id = opportunities.opportunity_id
    WHERE opportunities.amount_base IS NOT NULL
    GROUP BY close_probabilities.period
)

SELECT
    forecasts.period AS offender,
    forecasts.mean AS amount_base
FROM forecasts
LEFT JOIN expected ON forecasts.period = expected.period
WHERE
    forecasts.segment_type = 'all'
    AND abs(forecasts.mean - forecasts.won_to_date - forecasts.new_business_mean - coalesce(expected.amount, 0)) > 0.011
