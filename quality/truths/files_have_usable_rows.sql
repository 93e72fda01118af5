-- Of every accepted file at least one row could be used, and of larger ones at least half.
-- severity: warning
-- table: source_files
SELECT
    concat(
        path, ' (', source_name, '): ',
        CASE
            WHEN rows_read = 0 THEN 'no rows'
            ELSE concat(rows_rejected, ' of ', rows_read, ' rows not used')
        END
    ) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM source_files
WHERE
    status = 'accepted'
    AND (rows_read = 0 OR rows_rejected = rows_read OR (rows_read >= 20 AND rows_rejected * 2 > rows_read))
