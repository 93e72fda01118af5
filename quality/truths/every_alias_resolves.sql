-- Every retired lead id leads to a current lead, and no current lead id is retired.
-- severity: blocking
-- table: lead_aliases
SELECT
    lead_aliases.old_lead_id AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM lead_aliases
LEFT JOIN leads AS current_leads ON lead_aliases.lead_id = current_leads.lead_id
LEFT JOIN leads AS retired ON lead_aliases.old_lead_id = retired.lead_id
WHERE current_leads.lead_id IS NULL OR retired.lead_id IS NOT NULL
