-- Every record has one lead, and no lead is given to a record that does not exist.
-- severity: blocking
-- table: lead_identities
SELECT
    coalesce(lead_records.record_id, lead_identities.record_id) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM lead_records
FULL OUTER JOIN lead_identities ON lead_records.record_id = lead_identities.record_id
WHERE lead_records.record_id IS NULL OR lead_identities.record_id IS NULL
