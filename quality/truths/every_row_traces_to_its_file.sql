-- Every record and every refused line is a line of a file on record.
-- severity: blocking
-- table: lead_records
WITH lines AS (
    SELECT lead_records.file_id, lead_records.source_name, lead_records.line_no FROM lead_records
    UNION ALL
    SELECT rejected_rows.file_id, rejected_rows.source_name, rejected_rows.line_no FROM rejected_rows
),

files AS (
    SELECT DISTINCT source_files.file_id, source_files.source_name FROM source_files
)

SELECT
    concat(lines.file_id, ' line ', cast(lines.line_no AS VARCHAR)) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM lines
LEFT JOIN files ON lines.file_id = files.file_id AND lines.source_name = files.source_name
WHERE files.file_id IS NULL OR lines.line_no < 1
