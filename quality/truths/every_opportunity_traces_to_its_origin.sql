-- Every opportunity comes from a promotion taken, or from rows of a CRM.
-- severity: blocking
-- table: opportunities
WITH stated AS (
    SELECT DISTINCT opportunity_rows.opportunity_ref
    FROM opportunity_rows
)

SELECT
    opportunities.opportunity_id AS offender,
    opportunities.amount_base
FROM opportunities
LEFT JOIN promotions ON opportunities.opportunity_id = promotions.opportunity_id
LEFT JOIN stated ON opportunities.opportunity_ref = stated.opportunity_ref
WHERE
    (opportunities.origin = 'promoted' AND promotions.opportunity_id IS NULL)
    OR (opportunities.opportunity_ref IS NOT NULL AND stated.opportunity_ref IS NULL)
    OR (opportunities.origin = 'crm' AND opportunities.opportunity_ref IS NULL)
