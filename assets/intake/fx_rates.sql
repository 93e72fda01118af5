-- One row per day and currency with a rate to the base currency; the newest statement known at as_of counts.
SELECT
    lines.date,
    lines.currency,
    lines.rate_to_base
FROM lines_fx_rates AS lines
INNER JOIN file_readings AS readings
    ON lines.file_id = readings.file_id AND lines.source_name = readings.source_name
CROSS JOIN run_scope
WHERE readings.code IS NULL AND lines.code IS NULL AND lines.known_at <= run_scope.as_of AND lines.rate_to_base > 0
QUALIFY
    row_number() OVER (
        PARTITION BY lines.date, lines.currency
        ORDER BY lines.known_at DESC, lines.received_at DESC, lines.content_hash DESC, lines.file_id, lines.line_no
    ) = 1
