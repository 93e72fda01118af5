-- One row per behavioural event, the first of those delivered more than once. Only ids that occur more than once are
-- put in order, since ordering all events would cost far more than finding those few.
WITH usable AS (
    SELECT
        lines.*,
        readings.identical,
        coalesce(lines.event_id, lines.content_hash) AS event_key
    FROM lines_events AS lines
    INNER JOIN file_readings AS readings
        ON lines.file_id = readings.file_id AND lines.source_name = readings.source_name
    WHERE readings.code IS NULL AND lines.code IS NULL
),

repeated AS (
    SELECT hash(event_key) AS key_hash
    FROM usable
    GROUP BY hash(event_key)
    HAVING count(*) > 1
),

single AS (
    SELECT
        usable.*,
        usable.event_key AS kept_id
    FROM usable
    WHERE hash(usable.event_key) NOT IN (SELECT repeated.key_hash FROM repeated)
),

delivered AS (
    SELECT
        usable.*,
        row_number() OVER (
            PARTITION BY usable.event_key, usable.source_name
            ORDER BY usable.received_at, usable.known_at, usable.content_hash, usable.file_id, usable.line_no
        ) AS repetition,
        first_value(usable.source_name) OVER (
            PARTITION BY usable.event_key ORDER BY usable.received_at, usable.source_name
        ) AS first_source
    FROM usable
    WHERE hash(usable.event_key) IN (SELECT repeated.key_hash FROM repeated)
),

several AS (
    SELECT
        * EXCLUDE (repetition, first_source),
        -- another source that uses the same id later means another event; a keyless row that is kept is counted
        concat(
            CASE WHEN source_name = first_source THEN '' ELSE concat(source_name, ':') END,
            event_key,
            CASE WHEN repetition > 1 THEN concat('#', repetition) ELSE '' END
        ) AS kept_id
    FROM delivered
    WHERE repetition = 1 OR (event_id IS NULL AND identical = 'keep')
),

kept AS (
    SELECT * FROM single
    UNION ALL
    SELECT * FROM several
)

SELECT
    kept_id AS event_id,
    file_id,
    source_name,
    channel,
    line_no,
    received_at,
    known_at,
    event_type,
    occurred_at,
    record_key,
    record_source,
    lead_id,
    email,
    phone,
    anonymous_id,
    user_id,
    session_id,
    asset,
    product,
    dwell_seconds,
    campaign,
    try_cast(value AS DOUBLE) AS event_value
FROM kept
