-- Of each file and feed, the rows read are the rows accepted, duplicate and rejected; each rejected one has its reason.
-- severity: blocking
-- table: source_files
WITH rejected AS (
    SELECT rejected_rows.file_id, rejected_rows.source_name, count(*) AS lines
    FROM rejected_rows
    GROUP BY rejected_rows.file_id, rejected_rows.source_name
)

SELECT
    concat(source_files.file_id, ' by ', coalesce(source_files.source_name, '(none)')) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM source_files
LEFT JOIN rejected
    ON source_files.file_id = rejected.file_id AND source_files.source_name = rejected.source_name
WHERE
    source_files.rows_read
    <> source_files.rows_accepted + source_files.rows_duplicate + source_files.rows_rejected
    OR (source_files.status = 'accepted' AND source_files.rows_rejected <> coalesce(rejected.lines, 0))
