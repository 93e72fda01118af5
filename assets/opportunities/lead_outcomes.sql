-- One row per lead whose outcome is stated: the newest statement known at as_of.
WITH stated AS (
    SELECT
        outcome_rows.outcome,
        outcome_rows.reason,
        outcome_rows.content_hash,
        outcome_rows.known_at,
        coalesce(outcome_rows.decided_at, outcome_rows.known_at) AS decided_at,
        coalesce(
            by_id.lead_id, by_record.lead_id, by_email.lead_id, by_phone.lead_id
        ) AS lead_id
    FROM outcome_rows
    CROSS JOIN run_scope
    LEFT JOIN lead_keys AS by_id ON by_id.key_type = 'lead_id' AND outcome_rows.lead_id = by_id.key_value
    LEFT JOIN lead_keys AS by_record
        ON
        by_record.key_type = 'record_key'
        AND outcome_rows.record_key = by_record.key_value
        AND coalesce(outcome_rows.record_source, '') = by_record.key_source
    LEFT JOIN lead_keys AS by_email ON by_email.key_type = 'email' AND outcome_rows.email = by_email.key_value
    LEFT JOIN lead_keys AS by_phone ON by_phone.key_type = 'phone' AND outcome_rows.phone = by_phone.key_value
    WHERE
        outcome_rows.outcome IS NOT NULL
        AND outcome_rows.known_at <= run_scope.as_of
        AND coalesce(outcome_rows.decided_at, outcome_rows.known_at) <= run_scope.as_of
)

SELECT
    stated.lead_id,
    stated.outcome,
    stated.decided_at,
    stated.reason
FROM stated
WHERE stated.lead_id IS NOT NULL
QUALIFY
    row_number() OVER (
        PARTITION BY stated.lead_id ORDER BY stated.decided_at DESC, stated.known_at DESC, stated.content_hash DESC
    ) = 1
