-- Every lead is made of records, says how many, and every lead that a record has is there.
-- severity: blocking
-- table: leads
WITH counted AS (
    SELECT
        lead_identities.lead_id,
        count(*) AS records
    FROM lead_identities
    GROUP BY lead_identities.lead_id
)

SELECT
    coalesce(leads.lead_id, counted.lead_id) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM leads
FULL OUTER JOIN counted ON leads.lead_id = counted.lead_id
WHERE leads.lead_id IS NULL OR counted.lead_id IS NULL OR leads.record_count <> counted.records
