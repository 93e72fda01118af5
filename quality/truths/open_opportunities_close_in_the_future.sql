-- No open opportunity was expected to close before the day of as_of.
-- severity: warning
-- table: opportunities
SELECT
    opportunities.opportunity_id AS offender,
    opportunities.amount_base
FROM opportunities
CROSS JOIN run_scope
WHERE opportunities.status = 'open' AND opportunities.expected_close_date < run_scope.as_of_date
