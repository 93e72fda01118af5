-- One row per line of the files to answer, with what became of it: what its receipt appends. Outcomes are those of the
-- instant that the file asks for, so that a receipt issued again says the same whichever run issues it.
WITH lines AS (
    SELECT
        lead_rows.file_id,
        lead_rows.source_name,
        lead_rows.line_no,
        lead_rows.record_id,
        lead_rows.verdict,
        lead_rows.repairs,
        lead_rows.source_key,
        lead_rows.known_at,
        answered_files.outcome_at
    FROM lead_rows
    INNER JOIN answered_files
        ON lead_rows.file_id = answered_files.file_id AND lead_rows.source_name = answered_files.source_name
),

doubtful AS (
    SELECT record_matches.record_id_l AS record_id FROM record_matches WHERE record_matches.decision = 'review'
    UNION
    SELECT record_matches.record_id_r AS record_id FROM record_matches WHERE record_matches.decision = 'review'
),

asked AS (
    SELECT DISTINCT answered_files.outcome_at FROM answered_files WHERE answered_files.outcome_at IS NOT NULL
),

-- a deal's amount as it had been stated by then; of one that no CRM has told yet, as it is
stated AS (
    SELECT
        asked.outcome_at,
        deal_rows.opportunity_ref,
        deal_rows.amount,
        deal_rows.currency
    FROM asked
    INNER JOIN deal_rows ON coalesce(deal_rows.changed_at, deal_rows.known_at) <= asked.outcome_at
    WHERE deal_rows.amount IS NOT NULL
    QUALIFY
        row_number() OVER (
            PARTITION BY asked.outcome_at, deal_rows.opportunity_ref
            ORDER BY
                coalesce(deal_rows.changed_at, deal_rows.known_at) DESC, deal_rows.known_at DESC,
                deal_rows.received_at DESC, deal_rows.content_hash DESC
        ) = 1
),

outcomes AS (
    SELECT
        asked.outcome_at,
        opportunities.lead_id,
        opportunities.opportunity_id,
        CASE WHEN opportunities.closed_at <= asked.outcome_at THEN opportunities.status ELSE 'open' END AS outcome,
        coalesce(stated.amount, opportunities.amount) AS amount,
        CASE
            WHEN coalesce(stated.amount, opportunities.amount) IS NOT NULL
                THEN coalesce(stated.currency, opportunities.currency)
        END AS currency
    FROM asked
    INNER JOIN opportunities ON opportunities.created_at <= asked.outcome_at
    LEFT JOIN stated
        ON opportunities.opportunity_ref = stated.opportunity_ref AND asked.outcome_at = stated.outcome_at
    WHERE opportunities.lead_id IS NOT NULL
    QUALIFY
        row_number() OVER (
            PARTITION BY asked.outcome_at, opportunities.lead_id
            ORDER BY opportunities.created_at DESC, opportunities.opportunity_id
        ) = 1
),

-- leads of whom any record refuses to be contacted, and the record that does
refused AS (
    SELECT
        leads.lead_id,
        lead_provenance.record_id
    FROM leads
    INNER JOIN lead_provenance ON leads.lead_id = lead_provenance.lead_id
    WHERE leads.has_refused_consent AND lead_provenance.field IN ('consent', '(all)')
),

used AS (
    SELECT
        lines.*,
        lead_identities.lead_id,
        refused.record_id AS refused_in,
        CASE
            WHEN lines.verdict <> 'accepted' THEN lines.verdict
            WHEN lead_identities.lead_id <> lines.record_id THEN 'merged'
            WHEN doubtful.record_id IS NOT NULL THEN 'review'
            ELSE 'accepted'
        END AS answer,
        lead_scores.grade,
        CASE WHEN promotion_decisions.opportunity_id IS NOT NULL THEN 'yes' ELSE 'no' END AS promoted
    FROM lines
    LEFT JOIN lead_identities ON lines.record_id = lead_identities.record_id
    LEFT JOIN doubtful ON lines.record_id = doubtful.record_id
    LEFT JOIN refused ON lead_identities.lead_id = refused.lead_id
    LEFT JOIN lead_scores ON lead_identities.lead_id = lead_scores.lead_id
    LEFT JOIN promotion_decisions ON lead_identities.lead_id = promotion_decisions.lead_id
),

-- the row that a line is told apart from: the one it repeats, the first of its key, the first of its lead, or the one
-- that refuses for all of the lead
keys AS (
    SELECT DISTINCT used.source_name, used.source_key FROM used WHERE used.answer = 'updated'
),

firsts AS (
    SELECT
        'repeated-row' AS code,
        lead_rows.record_id AS about,
        lead_rows.file_id,
        lead_rows.line_no
    FROM lead_rows
    WHERE
        lead_rows.verdict <> 'duplicate'
        AND lead_rows.record_id IN (SELECT used.record_id FROM used WHERE used.answer = 'duplicate')
    UNION ALL
    SELECT
        'same-person' AS code,
        lead_rows.record_id AS about,
        lead_rows.file_id,
        lead_rows.line_no
    FROM lead_rows
    WHERE
        lead_rows.verdict <> 'duplicate'
        AND lead_rows.record_id IN (SELECT used.lead_id FROM used WHERE used.answer = 'merged')
    UNION ALL
    SELECT
        'do-not-contact' AS code,
        lead_rows.record_id AS about,
        lead_rows.file_id,
        lead_rows.line_no
    FROM lead_rows
    WHERE
        lead_rows.verdict <> 'duplicate'
        AND lead_rows.record_id IN (SELECT used.refused_in FROM used)
    UNION ALL
    SELECT
        'changed-row' AS code,
        concat_ws('|', lead_rows.source_name, lead_rows.source_key) AS about,
        arg_min(lead_rows.file_id, (lead_rows.received_at, lead_rows.known_at, lead_rows.file_id, lead_rows.line_no))
            AS file_id,
        arg_min(lead_rows.line_no, (lead_rows.received_at, lead_rows.known_at, lead_rows.file_id, lead_rows.line_no))
            AS line_no
    FROM lead_rows
    INNER JOIN keys ON lead_rows.source_name = keys.source_name AND lead_rows.source_key = keys.source_key
    GROUP BY lead_rows.source_name, lead_rows.source_key
),

paths AS (
    SELECT source_files.file_id, min(source_files.path) AS path
    FROM source_files
    WHERE source_files.status = 'accepted'
    GROUP BY source_files.file_id
),

reviewed AS (
    SELECT
        review_rows.file_id,
        review_rows.source_name,
        review_rows.line_no,
        review_rows.record_id_l,
        CASE WHEN review_rows.decision IS NULL THEN 'review' ELSE 'accepted' END AS verdict,
        CASE
            WHEN review_rows.decision IS NULL THEN 'still-open'
            WHEN review_rows.decision <> identity_decisions.decision THEN 'decided-otherwise'
            ELSE concat('decided-', review_rows.decision)
        END AS code
    FROM review_rows
    INNER JOIN answered_files
        ON review_rows.file_id = answered_files.file_id AND review_rows.source_name = answered_files.source_name
    LEFT JOIN identity_decisions
        ON
        review_rows.record_id_l = identity_decisions.record_id_l
        AND review_rows.record_id_r = identity_decisions.record_id_r
    WHERE review_rows.code IS NULL
),

coded AS (
    SELECT
        used.*,
        CASE
            WHEN used.answer = 'duplicate' THEN 'repeated-row'
            WHEN used.refused_in IS NOT NULL THEN 'do-not-contact'
            WHEN used.answer = 'updated' THEN 'changed-row'
            WHEN used.answer = 'merged' THEN 'same-person'
            WHEN used.answer = 'review' THEN 'possible-same-person'
            WHEN used.lead_id IS NULL THEN 'not-yet-known'
        END AS code,
        CASE
            WHEN used.answer = 'duplicate' THEN used.record_id
            WHEN used.refused_in IS NOT NULL THEN used.refused_in
            WHEN used.answer = 'updated' THEN concat_ws('|', used.source_name, used.source_key)
            WHEN used.answer = 'merged' THEN used.lead_id
        END AS about
    FROM used
)

SELECT
    coded.file_id,
    coded.source_name,
    coded.line_no,
    coded.answer AS sluice_verdict,
    coded.code AS sluice_code,
    replace(
        replace(
            replace(answer_texts.en, '{on}', strftime(coded.known_at, '%Y-%m-%d')),
            '{line}',
            coalesce(cast(firsts.line_no AS VARCHAR), '-')
        ),
        '{path}',
        coalesce(paths.path, '-')
    ) AS reason,
    replace(
        replace(
            replace(answer_texts.zh, '{on}', strftime(coded.known_at, '%Y-%m-%d')),
            '{line}',
            coalesce(cast(firsts.line_no AS VARCHAR), '-')
        ),
        '{path}',
        coalesce(paths.path, '-')
    ) AS reason_zh,
    CASE WHEN coded.repairs <> '[]' THEN coded.repairs END AS repairs,
    coded.lead_id AS sluice_lead_id,
    coded.grade AS sluice_grade,
    coded.promoted AS sluice_promoted,
    outcomes.opportunity_id AS sluice_opportunity_id,
    outcomes.outcome AS sluice_outcome,
    cast(outcomes.amount AS VARCHAR) AS sluice_amount,
    outcomes.currency AS sluice_currency
FROM coded
LEFT JOIN answer_texts ON coded.code = answer_texts.code
LEFT JOIN firsts ON coded.code = firsts.code AND coded.about = firsts.about
LEFT JOIN paths ON firsts.file_id = paths.file_id
LEFT JOIN outcomes ON coded.lead_id = outcomes.lead_id AND coded.outcome_at = outcomes.outcome_at
UNION ALL
SELECT
    reviewed.file_id,
    reviewed.source_name,
    reviewed.line_no,
    reviewed.verdict AS sluice_verdict,
    reviewed.code AS sluice_code,
    answer_texts.en AS reason,
    answer_texts.zh AS reason_zh,
    NULL AS repairs,
    lead_identities.lead_id AS sluice_lead_id,
    lead_scores.grade AS sluice_grade,
    CASE WHEN promotion_decisions.opportunity_id IS NOT NULL THEN 'yes' ELSE 'no' END AS sluice_promoted,
    NULL AS sluice_opportunity_id,
    NULL AS sluice_outcome,
    NULL AS sluice_amount,
    NULL AS sluice_currency
FROM reviewed
LEFT JOIN answer_texts ON reviewed.code = answer_texts.code
LEFT JOIN lead_identities ON reviewed.record_id_l = lead_identities.record_id
LEFT JOIN lead_scores ON lead_identities.lead_id = lead_scores.lead_id
LEFT JOIN promotion_decisions ON lead_identities.lead_id = promotion_decisions.lead_id
UNION ALL
SELECT
    rejected_rows.file_id,
    rejected_rows.source_name,
    rejected_rows.line_no,
    CASE WHEN suppressed_codes.code IS NULL THEN 'rejected' ELSE 'suppressed' END AS sluice_verdict,
    rejected_rows.code AS sluice_code,
    rejected_rows.reason,
    rejected_rows.reason_zh,
    NULL AS repairs,
    NULL AS sluice_lead_id,
    NULL AS sluice_grade,
    'no' AS sluice_promoted,
    NULL AS sluice_opportunity_id,
    NULL AS sluice_outcome,
    NULL AS sluice_amount,
    NULL AS sluice_currency
FROM rejected_rows
INNER JOIN answered_files
    ON rejected_rows.file_id = answered_files.file_id AND rejected_rows.source_name = answered_files.source_name
LEFT JOIN suppressed_codes ON rejected_rows.code = suppressed_codes.code
ORDER BY file_id, source_name, line_no
