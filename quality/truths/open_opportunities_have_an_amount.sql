-- Every open opportunity has an amount above zero.
-- severity: warning
-- table: opportunities
SELECT
    opportunities.opportunity_id AS offender,
    opportunities.amount_base
FROM opportunities
WHERE opportunities.status = 'open' AND (opportunities.amount IS NULL OR opportunities.amount <= 0)
