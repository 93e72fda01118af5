-- Every amount could be turned into the base currency.
-- severity: warning
-- table: opportunities
SELECT
    opportunities.opportunity_id AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM opportunities
WHERE opportunities.amount IS NOT NULL AND opportunities.amount_base IS NULL
