-- One row per stay of an opportunity in a stage that is open, contiguous from its first one to the closing or as_of.
WITH course AS (
    SELECT
        opportunity_states.opportunity_id,
        deal_changes.process,
        deal_changes.stage,
        deal_changes.stage_order,
        deal_changes.status,
        deal_changes.is_assumed,
        deal_changes.changed_at,
        deal_changes.change_no
    FROM opportunity_states
    INNER JOIN deal_changes ON opportunity_states.opportunity_ref = deal_changes.opportunity_ref
    UNION ALL
    SELECT
        opportunity_states.opportunity_id,
        opportunity_states.process,
        coalesce(opportunity_states.last_stage, opportunity_states.stage) AS stage,
        1 AS stage_order,
        'open' AS status,
        FALSE AS is_assumed,
        opportunity_states.created_at AS changed_at,
        1 AS change_no
    FROM opportunity_states
    WHERE opportunity_states.opportunity_ref IS NULL
    UNION ALL
    SELECT
        opportunity_states.opportunity_id,
        opportunity_states.process,
        opportunity_states.stage,
        opportunity_states.stage_order,
        opportunity_states.status,
        FALSE AS is_assumed,
        opportunity_states.closed_at AS changed_at,
        2 AS change_no
    FROM opportunity_states
    WHERE opportunity_states.opportunity_ref IS NULL AND opportunity_states.status <> 'open'
),

followed AS (
    SELECT
        course.*,
        lead(course.changed_at) OVER (PARTITION BY course.opportunity_id ORDER BY course.change_no) AS left_at,
        lead(course.stage) OVER (PARTITION BY course.opportunity_id ORDER BY course.change_no) AS next_stage
    FROM course
)

SELECT
    followed.opportunity_id,
    followed.process,
    followed.stage,
    followed.stage_order,
    followed.changed_at AS entered_at,
    followed.left_at,
    date_diff('second', followed.changed_at, coalesce(followed.left_at, run_scope.as_of)) / 86400.0 AS days,
    followed.next_stage,
    followed.left_at IS NULL AS is_current,
    followed.is_assumed,
    coalesce(
        followed.left_at IS NULL
        AND date_diff('second', followed.changed_at, run_scope.as_of) > policy_stages.limit_days * 86400,
        FALSE
    ) AS overdue
FROM followed
CROSS JOIN run_scope
LEFT JOIN policy_stages ON followed.process = policy_stages.process AND followed.stage = policy_stages.stage
WHERE followed.status = 'open'
