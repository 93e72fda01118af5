-- Every person who is a lead can be reached by e-mail or phone.
-- severity: warning
-- table: leads
SELECT
    leads.lead_id AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM leads
WHERE leads.email IS NULL AND leads.phone IS NULL
