-- One row per behavioural event, the first of those delivered more than once. Only ids that occur more than once are
-- put in order, since ordering all events would cost far more than finding those few; and the many columns of all
-- events are read once, at the end.
WITH readable AS (
    SELECT
        readings.file_id,
        readings.source_name,
        readings.identical
    FROM file_readings AS readings
    WHERE readings.code IS NULL AND readings.kind = 'events'
),

repeated AS (
    SELECT hash(coalesce(lines.event_id, lines.content_hash)) AS key_hash
    FROM lines_events AS lines
    INNER JOIN readable ON lines.file_id = readable.file_id AND lines.source_name = readable.source_name
    WHERE lines.code IS NULL
    GROUP BY hash(coalesce(lines.event_id, lines.content_hash))
    HAVING count(*) > 1
),

delivered AS (
    SELECT
        lines.file_id,
        lines.source_name,
        lines.line_no,
        lines.event_id,
        lines.received_at,
        readable.identical,
        coalesce(lines.event_id, lines.content_hash) AS event_key,
        row_number() OVER (
            PARTITION BY coalesce(lines.event_id, lines.content_hash), lines.source_name
            ORDER BY
                lines.received_at, lines.known_at, lines.occurred_at, lines.event_type, lines.record_key,
                lines.record_source, lines.lead_id, lines.email, lines.phone, lines.anonymous_id, lines.user_id,
                lines.session_id, lines.asset, lines.product, lines.dwell_seconds, lines.campaign, lines.value,
                lines.file_id, lines.line_no
        ) AS repetition
    FROM lines_events AS lines
    INNER JOIN readable ON lines.file_id = readable.file_id AND lines.source_name = readable.source_name
    INNER JOIN repeated ON hash(coalesce(lines.event_id, lines.content_hash)) = repeated.key_hash
    WHERE lines.code IS NULL
),

placed AS (
    SELECT
        delivered.*,
        first_value(delivered.source_name) OVER (
            PARTITION BY delivered.event_key ORDER BY delivered.received_at, delivered.source_name
        ) AS first_source
    FROM delivered
),

kept AS (
    SELECT
        file_id,
        source_name,
        line_no,
        -- another source that uses the same id later means another event; a keyless row that is kept is counted
        concat(
            CASE WHEN source_name = first_source THEN '' ELSE concat(source_name, ':') END,
            event_key,
            CASE WHEN repetition > 1 THEN concat('#', repetition) ELSE '' END
        ) AS kept_id
    FROM placed
    WHERE repetition = 1 OR (event_id IS NULL AND identical = 'keep')
)

SELECT
    coalesce(kept.kept_id, lines.event_id, lines.content_hash) AS event_id,
    lines.file_id,
    lines.source_name,
    lines.channel,
    lines.line_no,
    lines.received_at,
    lines.known_at,
    lines.event_type,
    lines.occurred_at,
    lines.record_key,
    lines.record_source,
    lines.lead_id,
    lines.email,
    lines.phone,
    lines.anonymous_id,
    lines.user_id,
    lines.session_id,
    lines.asset,
    lines.product,
    lines.dwell_seconds,
    lines.campaign,
    try_cast(lines.value AS DOUBLE) AS event_value
FROM lines_events AS lines
INNER JOIN readable ON lines.file_id = readable.file_id AND lines.source_name = readable.source_name
LEFT JOIN repeated ON hash(coalesce(lines.event_id, lines.content_hash)) = repeated.key_hash
LEFT JOIN kept
    ON lines.file_id = kept.file_id AND lines.source_name = kept.source_name AND lines.line_no = kept.line_no
WHERE lines.code IS NULL AND (repeated.key_hash IS NULL OR kept.kept_id IS NOT NULL)
