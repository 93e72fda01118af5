-- A lead's id is the id of its first record in the order (received_at, known_at, content_hash, record_id).
-- severity: blocking
-- table: lead_identities
WITH first_records AS (
    SELECT
        lead_identities.lead_id,
        lead_identities.record_id
    FROM lead_identities
    INNER JOIN lead_records ON lead_identities.record_id = lead_records.record_id
    QUALIFY
        row_number() OVER (
            PARTITION BY lead_identities.lead_id
            ORDER BY lead_records.received_at, lead_records.known_at, lead_records.content_hash, lead_records.record_id
        ) = 1
)

SELECT
    first_records.lead_id AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM first_records
WHERE first_records.lead_id <> first_records.record_id
