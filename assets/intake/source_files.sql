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

-- lines that could be read, about records that nobody knows
unknown AS (
    SELECT file_id, source_name, count(*) AS rows_unknown
    FROM review_rows
    WHERE code IS NOT NULL
    GROUP BY file_id, source_name
)

SELECT
    landed_files.file_id,
    landed_files.path,
    landed_files.source_name,
    landed_files.kind,
    landed_files.channel,
    landed_files.sha256,
    landed_files.received_at,
    CASE WHEN file_readings.code IS NOT NULL THEN 'quarantined' ELSE landed_files.status END AS status,
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
    landed_files.encoding,
    landed_files.dialect,
    coalesce(landed_files.code, file_readings.code, file_readings.note_code) AS code,
    coalesce(landed_files.reason, file_readings.reason, file_readings.note) AS reason,
    coalesce(landed_files.reason_zh, file_readings.reason_zh, file_readings.note_zh) AS reason_zh,
    landed_files.note,
    landed_files.note_zh
FROM landed_files
LEFT JOIN file_readings
    ON
    landed_files.file_id = file_readings.file_id
    AND landed_files.source_name = file_readings.source_name
    AND landed_files.status = 'accepted'
LEFT JOIN used ON file_readings.file_id = used.file_id AND file_readings.source_name = used.source_name
LEFT JOIN unknown ON file_readings.file_id = unknown.file_id AND file_readings.source_name = unknown.source_name
