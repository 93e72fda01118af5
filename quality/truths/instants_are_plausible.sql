-- Leads and events happened after 1990 and not more than a day after they were known.
-- severity: warning
-- table: lead_records
SELECT
    lead_records.record_id AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM lead_records
WHERE
    lead_records.submitted_at < TIMESTAMP '1990-01-01 00:00:00'
    OR lead_records.submitted_at > lead_records.known_at + INTERVAL '1' DAY
UNION ALL
SELECT
    lead_events.event_id AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM lead_events
WHERE
    lead_events.occurred_at < TIMESTAMP '1990-01-01 00:00:00'
    OR lead_events.occurred_at > lead_events.known_at + INTERVAL '1' DAY
