-- Every open opportunity says when it is expected to close.
-- severity: warning
-- table: opportunities
SELECT
    opportunities.opportunity_id AS offender,
    opportunities.amount_base
FROM opportunities
WHERE opportunities.status = 'open' AND opportunities.expected_close_date IS NULL
