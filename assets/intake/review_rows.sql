-- One row per line of a review file that could be read: a pair of records, and what a person said of it, if anything.
-- A line about records that nobody knows is not used.
WITH told AS (
    SELECT
        lines.*,
        lower(lines.record_id_l) AS one_id,
        lower(lines.record_id_r) AS other_id
    FROM lines_reviews AS lines
    INNER JOIN file_readings AS readings
        ON lines.file_id = readings.file_id AND lines.source_name = readings.source_name
    WHERE readings.code IS NULL AND lines.code IS NULL
),

known AS (
    SELECT lead_rows.record_id FROM lead_rows WHERE lead_rows.verdict <> 'duplicate'
)

SELECT
    told.file_id,
    told.source_name,
    told.channel,
    told.line_no,
    told.received_at,
    told.known_at,
    told.content_hash,
    least(told.one_id, told.other_id) AS record_id_l,
    greatest(told.one_id, told.other_id) AS record_id_r,
    lower(told.decision) AS decision,
    told.reviewer,
    CASE
        WHEN
            told.one_id = told.other_id
            OR told.one_id NOT IN (SELECT known.record_id FROM known)
            OR told.other_id NOT IN (SELECT known.record_id FROM known)
            THEN 'unknown-record'
    END AS code
FROM told
