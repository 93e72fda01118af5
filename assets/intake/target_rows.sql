-- One row per statement about a target; equal statements once.
SELECT
    lines.file_id,
    lines.source_name,
    lines.channel,
    lines.line_no,
    lines.received_at,
    lines.known_at,
    lines.content_hash,
    lines.period,
    lines.owner,
    lines.team,
    lines.amount,
    lines.currency
FROM lines_targets AS lines
INNER JOIN file_readings AS readings
    ON lines.file_id = readings.file_id AND lines.source_name = readings.source_name
WHERE readings.code IS NULL AND lines.code IS NULL
QUALIFY
    row_number() OVER (
        PARTITION BY lines.source_name, lines.content_hash
        ORDER BY lines.received_at, lines.known_at, lines.file_id, lines.line_no
    ) = 1
