-- Of every accepted file at least one row could be used, and of larger ones not fewer than policy allows.
-- severity: warning
-- table: source_files
SELECT
    concat(
        files.path, ' (', files.source_name, '): ',
        CASE
            WHEN files.rows_read = 0 THEN 'no rows'
            ELSE concat(files.rows_rejected, ' of ', files.rows_read, ' rows not used')
        END
    ) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM source_files AS files
CROSS JOIN policy_quality AS allowed
WHERE
    files.status = 'accepted'
    AND (
        files.rows_read = 0
        OR files.rows_rejected = files.rows_read
        OR (
            files.rows_read >= allowed.small_file_rows
            AND files.rows_rejected > allowed.max_unused_share * files.rows_read
        )
    )
