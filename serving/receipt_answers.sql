-- One row per line of the files to answer, with what became of it: the columns that its receipt appends.
WITH lines AS (
    SELECT
        lead_rows.file_id,
        lead_rows.source_name,
        lead_rows.line_no,
        lead_rows.record_id,
        lead_rows.verdict,
        lead_rows.repairs
    FROM lead_rows
    INNER JOIN answered_files
        ON lead_rows.file_id = answered_files.file_id AND lead_rows.source_name = answered_files.source_name
),

doubtful AS (
    SELECT record_matches.record_id_l AS record_id FROM record_matches WHERE record_matches.decision = 'review'
    UNION
    SELECT record_matches.record_id_r AS record_id FROM record_matches WHERE record_matches.decision = 'review'
),

used AS (
    SELECT
        lines.file_id,
        lines.source_name,
        lines.line_no,
        CASE
            WHEN lines.verdict <> 'accepted' THEN lines.verdict
            WHEN lead_identities.lead_id <> lines.record_id THEN 'merged'
            WHEN doubtful.record_id IS NOT NULL THEN 'review'
            ELSE 'accepted'
        END AS sluice_verdict,
        lines.repairs AS sluice_repairs,
        lead_identities.lead_id AS sluice_lead_id,
        lead_scores.grade AS sluice_grade,
        CASE WHEN promotion_decisions.opportunity_id IS NOT NULL THEN 'yes' ELSE 'no' END AS sluice_promoted
    FROM lines
    LEFT JOIN lead_identities ON lines.record_id = lead_identities.record_id
    LEFT JOIN doubtful ON lines.record_id = doubtful.record_id
    LEFT JOIN lead_scores ON lead_identities.lead_id = lead_scores.lead_id
    LEFT JOIN promotion_decisions ON lead_identities.lead_id = promotion_decisions.lead_id
)

SELECT
    used.file_id,
    used.source_name,
    used.line_no,
    used.sluice_verdict,
    cast(NULL AS VARCHAR) AS sluice_code,
    cast(NULL AS VARCHAR) AS reason,
    cast(NULL AS VARCHAR) AS reason_zh,
    CASE WHEN used.sluice_repairs <> '[]' THEN used.sluice_repairs END AS sluice_repairs,
    used.sluice_lead_id,
    used.sluice_grade,
    used.sluice_promoted
FROM used
UNION ALL
SELECT
    rejected_rows.file_id,
    rejected_rows.source_name,
    rejected_rows.line_no,
    'rejected' AS sluice_verdict,
    rejected_rows.code AS sluice_code,
    rejected_rows.reason,
    rejected_rows.reason_zh,
    NULL AS sluice_repairs,
    NULL AS sluice_lead_id,
    NULL AS sluice_grade,
    'no' AS sluice_promoted
FROM rejected_rows
INNER JOIN answered_files
    ON rejected_rows.file_id = answered_files.file_id AND rejected_rows.source_name = answered_files.source_name
ORDER BY file_id, source_name, line_no
