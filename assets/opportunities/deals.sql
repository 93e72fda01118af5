-- One row per deal of a CRM, as it stands at as_of: the newest filled value of each field, the state of the last change.
WITH ordered AS (
    SELECT
        deal_rows.*,
        row_number() OVER (
            PARTITION BY deal_rows.opportunity_ref
            ORDER BY
                coalesce(deal_rows.changed_at, deal_rows.known_at),
                deal_rows.known_at,
                deal_rows.received_at,
                deal_rows.content_hash
        ) AS statement_no
    FROM deal_rows
    CROSS JOIN run_scope
    WHERE deal_rows.changed_at IS NULL OR deal_rows.changed_at <= run_scope.as_of
),

newest AS (
    SELECT
        ordered.opportunity_ref,
        min(ordered.source_name) AS source_name,
        min(ordered.process) AS process,
        arg_max(ordered.lead_id, ordered.statement_no) FILTER (WHERE ordered.lead_id IS NOT NULL) AS lead_id,
        arg_max(ordered.company, ordered.statement_no) FILTER (WHERE ordered.company IS NOT NULL) AS company,
        arg_max(ordered.name, ordered.statement_no) FILTER (WHERE ordered.name IS NOT NULL) AS name,
        arg_max(ordered.product, ordered.statement_no) FILTER (WHERE ordered.product IS NOT NULL) AS product,
        arg_max(ordered.amount, ordered.statement_no) FILTER (WHERE ordered.amount IS NOT NULL) AS amount,
        arg_max(ordered.currency, ordered.statement_no) FILTER (WHERE ordered.currency IS NOT NULL) AS currency,
        arg_max(ordered.expected_close_date, ordered.statement_no) FILTER (
            WHERE ordered.expected_close_date IS NOT NULL
        ) AS expected_close_date,
        arg_max(ordered.owner, ordered.statement_no) FILTER (WHERE ordered.owner IS NOT NULL) AS owner,
        arg_max(ordered.lost_reason, ordered.statement_no) FILTER (
            WHERE ordered.lost_reason IS NOT NULL
        ) AS lost_reason,
        arg_max(ordered.competitor, ordered.statement_no) FILTER (WHERE ordered.competitor IS NOT NULL) AS competitor,
        min(ordered.created_at) AS stated_created_at,
        count(ordered.changed_at) AS change_count,
        bool_or(ordered.is_unknown_stage) AS has_unknown_stage
    FROM ordered
    GROUP BY ordered.opportunity_ref
),

course AS (
    SELECT
        deal_changes.opportunity_ref,
        min(deal_changes.changed_at) AS first_changed_at,
        arg_max(deal_changes.stage, deal_changes.change_no) AS stage,
        arg_max(deal_changes.stage_order, deal_changes.change_no) AS stage_order,
        arg_max(deal_changes.status, deal_changes.change_no) AS status,
        arg_max(deal_changes.changed_at, deal_changes.change_no) AS last_changed_at,
        -- as the closing tells it, else the last one that any statement names
        nullif(arg_max(coalesce(deal_changes.told_stage, ''), deal_changes.change_no), '') AS told_stage,
        arg_max(deal_changes.stage, deal_changes.change_no) FILTER (
            WHERE deal_changes.status = 'open' AND NOT deal_changes.is_assumed
        ) AS last_open_stage,
        count(*) FILTER (WHERE deal_changes.status <> 'open') AS closing_count
    FROM deal_changes
    GROUP BY deal_changes.opportunity_ref
),

backwards AS (
    SELECT DISTINCT later.opportunity_ref
    FROM deal_changes AS later
    INNER JOIN deal_changes AS earlier
        ON later.opportunity_ref = earlier.opportunity_ref AND later.change_no = earlier.change_no + 1
    WHERE later.stage_order < earlier.stage_order
)

SELECT
    newest.opportunity_ref,
    newest.source_name,
    newest.lead_id,
    newest.company,
    newest.name,
    newest.process,
    newest.product,
    course.stage,
    course.stage_order,
    course.status,
    newest.amount,
    newest.currency,
    newest.expected_close_date,
    newest.owner,
    least(coalesce(newest.stated_created_at, course.first_changed_at), course.first_changed_at) AS created_at,
    CASE WHEN course.status <> 'open' THEN course.last_changed_at END AS closed_at,
    coalesce(course.told_stage, course.last_open_stage) AS last_stage,
    CASE WHEN course.status = 'lost' THEN newest.lost_reason END AS lost_reason,
    newest.competitor,
    newest.has_unknown_stage,
    newest.stated_created_at IS NULL AND newest.change_count = 0 AS is_created_assumed,
    -- a day apart at least, since a date without a time of day stands for its midnight
    coalesce(course.status <> 'open' AND course.last_changed_at <= newest.stated_created_at - INTERVAL '1' DAY, FALSE)
        AS is_closed_first,
    course.closing_count > CASE WHEN course.status = 'open' THEN 0 ELSE 1 END AS is_reopened,
    backwards.opportunity_ref IS NOT NULL AS is_backwards
FROM newest
INNER JOIN course ON newest.opportunity_ref = course.opportunity_ref
LEFT JOIN backwards ON newest.opportunity_ref = backwards.opportunity_ref
