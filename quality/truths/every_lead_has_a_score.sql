-- Every lead has a score, and every score a lead.
-- severity: blocking
-- table: lead_scores
SELECT
    coalesce(leads.lead_id, lead_scores.lead_id) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM leads
FULL OUTER JOIN lead_scores ON leads.lead_id = lead_scores.lead_id
WHERE leads.lead_id IS NULL OR lead_scores.lead_id IS NULL
