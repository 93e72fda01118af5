-- Every open opportunity has a salesperson in charge.
-- severity: warning
-- table: opportunities
SELECT
    opportunities.opportunity_id AS offender,
    opportunities.amount_base
FROM opportunities
WHERE opportunities.status = 'open' AND opportunities.owner = '(none)'
