-- One row per pair of records that a person decided about; the newest decision counts, and of those made at the same
-- instant, as two lines of one file are, that they are different, since people who were joined are the harder to part.
--
-- What a publication took into account is frozen with it, and holds however policy reads the review file later. A
-- decision is gone only with its file, where that was dropped by mistake and taken back.
WITH told AS (
    SELECT
        record_id_l,
        record_id_r,
        decision,
        decided_at,
        reviewer,
        file_id,
        line_no,
        1 AS from_journal
    FROM frozen_decisions
    WHERE
        file_id NOT IN (
            SELECT landed_files.file_id
            FROM landed_files
            GROUP BY landed_files.file_id
            HAVING bool_or(landed_files.status = 'retracted') AND NOT bool_or(landed_files.status = 'accepted')
        )
    UNION ALL
    SELECT
        review_rows.record_id_l,
        review_rows.record_id_r,
        review_rows.decision,
        review_rows.known_at AS decided_at,
        review_rows.reviewer,
        review_rows.file_id,
        review_rows.line_no,
        0 AS from_journal
    FROM review_rows
    CROSS JOIN run_scope
    WHERE review_rows.code IS NULL AND review_rows.decision IS NOT NULL AND review_rows.known_at <= run_scope.as_of
),

-- of the same line the journal's word counts
once AS (
    SELECT *
    FROM told
    QUALIFY
        row_number() OVER (
            PARTITION BY record_id_l, record_id_r, decided_at, file_id, line_no
            ORDER BY from_journal DESC, decision
        ) = 1
),

newest AS (
    SELECT
        *,
        first_value(decision) OVER (
            PARTITION BY record_id_l, record_id_r ORDER BY decided_at DESC, decision, file_id DESC, line_no DESC
        ) AS counting,
        row_number() OVER (
            PARTITION BY record_id_l, record_id_r ORDER BY decided_at DESC, decision, file_id DESC, line_no DESC
        ) AS place
    FROM once
)

SELECT
    newest.record_id_l,
    newest.record_id_r,
    max(newest.counting) AS decision,
    max(newest.decided_at) AS decided_at,
    arg_min(newest.reviewer, newest.place) AS reviewer,
    arg_min(newest.file_id, newest.place) AS file_id,
    arg_min(newest.line_no, newest.place) AS line_no,
    count(CASE WHEN newest.decision <> newest.counting THEN 1 END) AS overruled_count
FROM newest
INNER JOIN lead_records AS l ON newest.record_id_l = l.record_id
INNER JOIN lead_records AS r ON newest.record_id_r = r.record_id
GROUP BY newest.record_id_l, newest.record_id_r
