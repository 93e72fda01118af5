-- One row per change of a deal to another stage, up to as_of, in order: by time, then by the stage's place in the process.
-- A deal whose CRM tells stage changes is known by them alone. One that is only told in its present state began at
-- created_at and closed at closed_at; what a later export says anew happened when it became known, but never after
-- what a still later export says: the newest one has the last word. A deal that was closed when it was first told of
-- began in the open stage that is told beside the closing, else, as is assumed, in the first stage of its process.
WITH stated AS (
    SELECT
        deal_rows.*,
        policy_stages.stage_order,
        policy_stages.status,
        told_stages.stage_order AS told_stage_order,
        max(CASE WHEN deal_rows.changed_at IS NOT NULL AND deal_rows.stage IS NOT NULL THEN 1 ELSE 0 END) OVER (
            PARTITION BY deal_rows.opportunity_ref
        ) AS tells_changes,
        min(deal_rows.created_at) OVER (PARTITION BY deal_rows.opportunity_ref) AS first_created_at,
        row_number() OVER (
            PARTITION BY deal_rows.opportunity_ref
            ORDER BY deal_rows.known_at, deal_rows.received_at, deal_rows.content_hash
        ) AS statement_no
    FROM deal_rows
    LEFT JOIN policy_stages ON deal_rows.process = policy_stages.process AND deal_rows.stage = policy_stages.stage
    LEFT JOIN policy_stages AS told_stages
        ON deal_rows.process = told_stages.process AND deal_rows.told_stage = told_stages.stage
),

first_stages AS (
    SELECT
        policy_stages.process,
        policy_stages.stage,
        policy_stages.stage_order
    FROM policy_stages
    WHERE policy_stages.stage_order = 1
),

said AS (
    -- the beginning of a deal told in its present state
    SELECT
        stated.opportunity_ref,
        stated.process,
        CASE
            WHEN stated.status = 'open' THEN stated.stage
            ELSE coalesce(stated.told_stage, first_stages.stage)
        END AS stage,
        CASE
            WHEN stated.status = 'open' THEN stated.stage_order
            ELSE coalesce(stated.told_stage_order, first_stages.stage_order)
        END AS stage_order,
        'open' AS status,
        NULL AS told_stage,
        CASE WHEN stated.status = 'open' OR stated.told_stage IS NOT NULL THEN 0 ELSE 1 END AS assumed,
        0 AS statement_no,
        coalesce(stated.first_created_at, stated.known_at) AS said_at
    FROM stated
    INNER JOIN first_stages ON stated.process = first_stages.process
    WHERE stated.tells_changes = 0 AND stated.statement_no = 1
    UNION ALL
    -- its end, and what later exports say anew
    SELECT
        stated.opportunity_ref,
        stated.process,
        stated.stage,
        stated.stage_order,
        stated.status,
        stated.told_stage,
        0 AS assumed,
        stated.statement_no,
        CASE
            WHEN stated.status IN ('won', 'lost') THEN coalesce(stated.closed_at, stated.known_at) ELSE stated.known_at
        END AS said_at
    FROM stated
    WHERE
        stated.tells_changes = 0
        AND stated.stage IS NOT NULL
        AND (stated.statement_no > 1 OR stated.status IN ('won', 'lost'))
),

placed AS (
    SELECT
        said.opportunity_ref,
        said.process,
        said.stage,
        said.stage_order,
        said.status,
        said.told_stage,
        said.assumed,
        said.statement_no,
        min(said.said_at) OVER (
            PARTITION BY said.opportunity_ref
            ORDER BY said.statement_no DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS changed_at
    FROM said
),

-- of what came about at one instant, the last word counts, and the last word while the deal was open
weighed AS (
    SELECT
        placed.*,
        max(placed.statement_no) OVER (PARTITION BY placed.opportunity_ref, placed.changed_at) AS last_no,
        max(CASE WHEN placed.status = 'open' THEN placed.statement_no END) OVER (
            PARTITION BY placed.opportunity_ref, placed.changed_at
        ) AS last_open_no
    FROM placed
),

changes AS (
    SELECT
        stated.opportunity_ref,
        stated.process,
        stated.stage,
        stated.stage_order,
        stated.status,
        NULL AS told_stage,
        0 AS assumed,
        0 AS statement_no,
        stated.changed_at
    FROM stated
    WHERE stated.changed_at IS NOT NULL AND stated.stage IS NOT NULL
    UNION ALL
    SELECT
        weighed.opportunity_ref,
        weighed.process,
        weighed.stage,
        weighed.stage_order,
        weighed.status,
        weighed.told_stage,
        weighed.assumed,
        weighed.statement_no,
        weighed.changed_at
    FROM weighed
    WHERE
        weighed.statement_no = 0
        OR weighed.statement_no = weighed.last_no
        OR weighed.statement_no = weighed.last_open_no
),

compared AS (
    SELECT
        changes.*,
        lag(changes.stage) OVER (
            PARTITION BY changes.opportunity_ref
            ORDER BY changes.changed_at, changes.statement_no, changes.stage_order, changes.stage
        ) AS stage_before,
        -- what is said anywhere is not assumed elsewhere
        min(changes.assumed) OVER (PARTITION BY changes.opportunity_ref, changes.stage) AS stays_assumed
    FROM changes
    CROSS JOIN run_scope
    WHERE changes.changed_at <= run_scope.as_of
)

SELECT
    compared.opportunity_ref,
    compared.process,
    compared.stage,
    compared.stage_order,
    compared.status,
    compared.told_stage,
    compared.stays_assumed = 1 AS is_assumed,
    compared.changed_at,
    row_number() OVER (
        PARTITION BY compared.opportunity_ref
        ORDER BY compared.changed_at, compared.statement_no, compared.stage_order, compared.stage
    ) AS change_no
FROM compared
WHERE compared.stage_before IS NULL OR compared.stage_before <> compared.stage
