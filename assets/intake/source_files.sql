-- One row per file ever seen (path and content) and feed that reads it, with what became of its lines. What is
-- to be noted of an accepted file stands where the reason of a refused one does.
WITH used AS (
    SELECT file_id, source_name, count(*) AS rows_used
    FROM lead_rows
    WHERE verdict <> 'duplicate'
    GROUP BY file_id, source_name
    UNION ALL
    SELECT file_id, source_name, count(*) AS rows_used FROM event_rows GROUP BY file_id, source_name
    UNION ALL
    SELECT file_id, source_name, count(*) AS rows_used FROM opportunity_rows GROUP BY file_id, source_name
    UNION ALL
    SELECT file_id, source_name, count(*) AS rows_used FROM activity_rows GROUP BY file_id, source_name
    UNION ALL
    SELECT file_id, source_name, count(*) AS rows_used FROM outcome_rows GROUP BY file_id, source_name
    UNION ALL
    SELECT file_id, source_name, count(*) AS rows_used FROM account_rows GROUP BY file_id, source_name
    UNION ALL
    SELECT file_id, source_name, count(*) AS rows_used FROM rep_rows GROUP BY file_id, source_name
    UNION ALL
    SELECT file_id, source_name, count(*) AS rows_used FROM product_rows GROUP BY file_id, source_name
    UNION ALL
    SELECT file_id, source_name, count(*) AS rows_used FROM target_rows GROUP BY file_id, source_name
    UNION ALL
    SELECT file_id, source_name, count(*) AS rows_used FROM review_rows WHERE code IS NULL GROUP BY file_id, source_name
),

-- a condition on one side alone would keep the engine from joining by hash: each file would meet every other
landed AS (
    SELECT *, CASE WHEN status = 'accepted' THEN file_id END AS read_id FROM landed_files
),

-- lines that could be read, about records that nobody knows
unknown AS (
    SELECT file_id, source_name, count(*) AS rows_unknown
    FROM review_rows
    WHERE code IS NOT NULL
    GROUP BY file_id, source_name
)

SELECT
    landed.file_id,
    landed.path,
    landed.source_name,
    landed.kind,
    landed.channel,
    landed.sha256,
    landed.received_at,
    CASE WHEN file_readings.code IS NOT NULL THEN 'quarantined' ELSE landed.status END AS status,
    coalesce(file_readings.rows_read, 0) AS rows_read,
    CASE
        WHEN file_readings.kind IN ('fx_rates', 'stakeholders', 'assessments') THEN file_readings.rows_usable
        ELSE coalesce(used.rows_used, 0)
    END AS rows_accepted,
    coalesce(file_readings.rows_read - file_readings.rows_usable, 0) + coalesce(unknown.rows_unknown, 0)
        AS rows_rejected,
    CASE
        WHEN file_readings.kind IN ('fx_rates', 'stakeholders', 'assessments') THEN 0
        ELSE coalesce(file_readings.rows_usable, 0) - coalesce(used.rows_used, 0) - coalesce(unknown.rows_unknown, 0)
    END AS rows_duplicate,
    landed.encoding,
    landed.dialect,
    coalesce(landed.code, file_readings.code, file_readings.note_code) AS code,
    coalesce(landed.reason, file_readings.reason, file_readings.note) AS reason,
    coalesce(landed.reason_zh, file_readings.reason_zh, file_readings.note_zh) AS reason_zh,
    landed.note,
    landed.note_zh
FROM landed
LEFT JOIN file_readings
    ON
    landed.read_id = file_readings.file_id
    AND landed.source_name = file_readings.source_name
LEFT JOIN used ON file_readings.file_id = used.file_id AND file_readings.source_name = used.source_name
LEFT JOIN unknown ON file_readings.file_id = unknown.file_id AND file_readings.source_name = unknown.source_name
