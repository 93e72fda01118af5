-- One row per statement of a CRM about a deal: a stage change, or its present state; equal statements once.
SELECT
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
    lines.full_name,
    lines.company,
    lines.name,
    lines.product,
    lines.process,
    lines.stage,
    lines.changed_at,
    lines.created_at,
    lines.closed_at,
    lines.status,
    lines.amount,
    lines.currency,
    lines.expected_close_date,
    lines.owner,
    lines.lost_reason,
    lines.competitor,
    lines.need,
    lines.budget_amount
FROM lines_opportunities AS lines
INNER JOIN file_readings AS readings
    ON lines.file_id = readings.file_id AND lines.source_name = readings.source_name
WHERE readings.code IS NULL AND lines.code IS NULL
QUALIFY
    row_number() OVER (
        PARTITION BY lines.source_name, lines.opportunity_ref, lines.stage, lines.changed_at, lines.content_hash
        ORDER BY lines.received_at, lines.known_at, lines.file_id, lines.line_no
    ) = 1
