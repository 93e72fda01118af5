-- One row per statement about a sales activity; equal statements once.
SELECT
    coalesce(
        lines.activity_id, concat('c', substr(md5(concat_ws('|', lines.source_name, lines.content_hash)), 1, 20))
    ) AS activity_id,
    lines.file_id,
    lines.source_name,
    lines.channel,
    lines.line_no,
    lines.received_at,
    lines.known_at,
    lines.content_hash,
    lines.opportunity_ref,
    lines.lead_id,
    lines.record_key,
    lines.record_source,
    lines.email,
    lines.phone,
    lines.activity_type,
    lines.occurred_at,
    lines.owner,
    lines.outcome,
    lines.duration_minutes,
    lines.notes
FROM lines_activities AS lines
INNER JOIN file_readings AS readings
    ON lines.file_id = readings.file_id AND lines.source_name = readings.source_name
WHERE readings.code IS NULL AND lines.code IS NULL
QUALIFY
    row_number() OVER (
        PARTITION BY lines.source_name, lines.content_hash
        ORDER BY lines.received_at, lines.known_at, lines.file_id, lines.line_no
    ) = 1
