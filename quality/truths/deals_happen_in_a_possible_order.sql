-- No opportunity closes before it begins, and none closes after as_of.
-- severity: warning
-- table: opportunities
SELECT
    opportunities.opportunity_id AS offender,
    opportunities.amount_base
FROM opportunities
CROSS JOIN run_scope
WHERE opportunities.closed_at < opportunities.created_at OR opportunities.closed_at > run_scope.as_of
