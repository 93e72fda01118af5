-- Every open opportunity has a forecast, and no other has one; what is won is certain, what is lost impossible.
-- severity: blocking
-- table: opportunity_forecasts
SELECT
    coalesce(opportunities.opportunity_id, opportunity_forecasts.opportunity_id) AS offender,
    opportunities.amount_base
FROM opportunities
FULL OUTER JOIN opportunity_forecasts ON opportunities.opportunity_id = opportunity_forecasts.opportunity_id
WHERE
    opportunities.opportunity_id IS NULL
    OR (opportunities.status = 'open' AND opportunity_forecasts.opportunity_id IS NULL)
    OR (opportunities.status <> 'open' AND opportunity_forecasts.opportunity_id IS NOT NULL)
    OR (opportunities.status = 'won' AND opportunities.win_probability <> 1)
    OR (opportunities.status = 'lost' AND opportunities.win_probability <> 0)
