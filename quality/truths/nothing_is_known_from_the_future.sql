-- What is published rests only on rows that were known at as_of.
-- severity: blocking
-- table: lead_records
SELECT
    lead_records.record_id AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM lead_records
CROSS JOIN run_scope
WHERE lead_records.known_at > run_scope.as_of
UNION ALL
SELECT
    lead_events.event_id AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM lead_events
CROSS JOIN run_scope
WHERE lead_events.known_at > run_scope.as_of
