-- No file is in quarantine.
-- severity: warning
-- table: source_files
SELECT
    source_files.file_id AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM source_files
WHERE source_files.status = 'quarantined'
