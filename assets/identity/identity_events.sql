-- One row per change of identity since the previous publication: leads that came into being, and ids that retired.
--
-- Leads now are the leads then, and those created and split, without those merged and erased. A lead whose first
-- record is gone with a file taken back goes on in its heir, where it has one: its old id is merged into that of the
-- heir, and that the heir now has an id of its own is no event beside.
WITH moved AS (
    SELECT
        record_id,
        previous_lead_id
    FROM identity_changes
    WHERE previous_lead_id IS NOT NULL AND lead_id IS NOT NULL
),

bridges AS (
    SELECT
        moved.previous_lead_id,
        matches.record_id_r AS other_record_id,
        matches.rule,
        matches.match_weight
    FROM moved
    INNER JOIN record_matches AS matches ON moved.record_id = matches.record_id_l
    WHERE matches.decision = 'same'
    UNION ALL
    SELECT
        moved.previous_lead_id,
        matches.record_id_l AS other_record_id,
        matches.rule,
        matches.match_weight
    FROM moved
    INNER JOIN record_matches AS matches ON moved.record_id = matches.record_id_r
    WHERE matches.decision = 'same'
),

-- a link to a record that was of the same lead before joined nothing
joined_by AS (
    SELECT
        bridges.previous_lead_id,
        arg_max(bridges.rule, (bridges.match_weight, bridges.rule)) AS rule
    FROM bridges
    LEFT JOIN moved
        ON bridges.other_record_id = moved.record_id AND bridges.previous_lead_id = moved.previous_lead_id
    WHERE moved.record_id IS NULL
    GROUP BY bridges.previous_lead_id
),

-- leads that a person told apart from another one
told_apart AS (
    SELECT lead_identities.lead_id
    FROM record_matches
    INNER JOIN lead_identities ON record_matches.record_id_l = lead_identities.record_id
    WHERE record_matches.decision = 'different'
    UNION
    SELECT lead_identities.lead_id
    FROM record_matches
    INNER JOIN lead_identities ON record_matches.record_id_r = lead_identities.record_id
    WHERE record_matches.decision = 'different'
),

-- first records that are gone, with the lead in which theirs goes on
successors AS (
    SELECT
        changed.record_id,
        heirs.lead_id
    FROM identity_changes AS changed
    INNER JOIN frozen_heirs ON changed.record_id = frozen_heirs.record_id
    INNER JOIN lead_identities AS heirs ON frozen_heirs.heir_id = heirs.record_id
    WHERE changed.lead_id IS NULL
),

happened AS (
    SELECT
        CASE
            WHEN changed.record_id = changed.lead_id AND changed.previous_lead_id IS NULL THEN 'created'
            WHEN changed.record_id = changed.lead_id THEN 'split'
            WHEN changed.lead_id IS NOT NULL OR successors.lead_id IS NOT NULL THEN 'merged'
            ELSE 'erased'
        END AS event,
        changed.record_id AS lead_id,
        CASE
            WHEN changed.record_id = changed.lead_id THEN coalesce(continued.lead_id, changed.previous_lead_id)
            ELSE coalesce(changed.lead_id, successors.lead_id)
        END AS other_lead_id,
        changed.lead_id IS NULL AS is_gone,
        frozen_erased_records.erased_at,
        coalesce(joined_by.rule, '') AS rule
    FROM identity_changes AS changed
    LEFT JOIN successors ON changed.record_id = successors.record_id
    LEFT JOIN successors AS continued ON changed.previous_lead_id = continued.record_id
    LEFT JOIN joined_by ON changed.record_id = joined_by.previous_lead_id
    LEFT JOIN frozen_erased_records ON changed.record_id = frozen_erased_records.record_id
    WHERE
        (changed.record_id = changed.lead_id OR changed.record_id = changed.previous_lead_id)
        -- an heir that took the place of the first record
        AND changed.record_id IS DISTINCT FROM continued.lead_id
)

SELECT
    happened.event,
    happened.lead_id,
    happened.other_lead_id,
    run_scope.as_of AS happened_at,
    CASE happened.event
        WHEN 'created' THEN 'its first record came in'
        WHEN 'split'
            THEN
                CASE
                    WHEN happened.lead_id IN (SELECT told_apart.lead_id FROM told_apart)
                        THEN 'a person decided that it is not the other lead'
                    ELSE 'nothing joins its records to the other lead any more'
                END
        WHEN 'erased'
            THEN
                CASE
                    WHEN happened.erased_at IS NULL THEN 'its records are no longer there'
                    ELSE concat('the person was erased on ', strftime(happened.erased_at, '%Y-%m-%d'))
                END
        WHEN 'merged' THEN
            CASE
                WHEN happened.is_gone THEN 'its first record was taken back; the lead goes on under its next one'
                WHEN happened.rule = 'decision' THEN 'a person decided that it is the other lead'
                ELSE concat('joined with records of the other lead by ', happened.rule)
            END
    END AS reason,
    CASE happened.event
        WHEN 'created' THEN '收到其首条记录'
        WHEN 'split'
            THEN
                CASE
                    WHEN happened.lead_id IN (SELECT told_apart.lead_id FROM told_apart) THEN '经人工确认与另一线索不同'
                    ELSE '其记录与另一线索之间已无关联'
                END
        WHEN 'erased'
            THEN
                CASE
                    WHEN happened.erased_at IS NULL THEN '其记录已不存在'
                    ELSE concat('已于 ', strftime(happened.erased_at, '%Y-%m-%d'), ' 应要求删除')
                END
        WHEN 'merged' THEN
            CASE
                WHEN happened.is_gone THEN '其首条记录已撤回，线索改用下一条记录的编号'
                WHEN happened.rule = 'decision' THEN '经人工确认与另一线索相同'
                ELSE concat('依据 ', happened.rule, ' 与另一线索的记录合并')
            END
    END AS reason_zh
FROM happened
CROSS JOIN run_scope
