-- One row per conservation equation and scope. Money and points are summed as decimals, so that even means even.
WITH equations AS (
    SELECT
        'rows read = accepted + duplicate + rejected' AS equation,
        CONCAT('file ', source_files.path, ' by ', COALESCE(source_files.source_name, '(none)'), ' ', source_files.file_id)
            AS scope,
        CAST(source_files.rows_read AS DECIMAL(18, 2)) AS left_side,
        CAST(source_files.rows_accepted + source_files.rows_duplicate + source_files.rows_rejected AS DECIMAL(18, 2))
            AS right_side
    FROM source_files
    UNION ALL
    SELECT
        'rows read = accepted + duplicate + rejected',
        CONCAT('feed ', COALESCE(source_files.source_name, '(none)')),
        CAST(SUM(source_files.rows_read) AS DECIMAL(18, 2)),
        CAST(
            SUM(source_files.rows_accepted + source_files.rows_duplicate + source_files.rows_rejected) AS DECIMAL(18, 2)
        )
    FROM source_files
    GROUP BY source_files.source_name
    UNION ALL
    SELECT
        'lead rows used = records + records known later',
        'all',
        CAST(used.lines AS DECIMAL(18, 2)),
        CAST(kept.lines + later.lines AS DECIMAL(18, 2))
    FROM (SELECT COUNT(*) AS lines FROM lead_rows WHERE verdict <> 'duplicate') AS used
    CROSS JOIN (SELECT COUNT(*) AS lines FROM lead_records) AS kept
    CROSS JOIN (
        SELECT COUNT(*) AS lines
        FROM lead_rows
        CROSS JOIN run_scope
        WHERE lead_rows.verdict <> 'duplicate' AND lead_rows.known_at > run_scope.as_of
    ) AS later
    UNION ALL
    SELECT
        'records = records of leads',
        'all',
        CAST(kept.lines AS DECIMAL(18, 2)),
        CAST(counted.lines AS DECIMAL(18, 2))
    FROM (SELECT COUNT(*) AS lines FROM lead_records) AS kept
    CROSS JOIN (SELECT COALESCE(SUM(record_count), 0) AS lines FROM leads) AS counted
    UNION ALL
    SELECT
        'leads = promoted + nurtured + under review + rejected',
        'all',
        CAST(there.leads AS DECIMAL(18, 2)),
        CAST(decided.leads AS DECIMAL(18, 2))
    FROM (SELECT COUNT(*) AS leads FROM leads) AS there
    CROSS JOIN (SELECT COUNT(*) AS leads FROM promotion_decisions) AS decided
    UNION ALL
    SELECT
        'points of the ledger = scores',
        'all',
        given.points,
        held.points
    FROM (SELECT CAST(COALESCE(SUM(points), 0) AS DECIMAL(18, 2)) AS points FROM score_ledger) AS given
    CROSS JOIN (SELECT CAST(COALESCE(SUM(score), 0) AS DECIMAL(18, 2)) AS points FROM lead_scores) AS held
    UNION ALL
    SELECT
        'opportunities = open + won + lost',
        'count',
        CAST(COUNT(*) AS DECIMAL(18, 2)),
        CAST(COUNT(CASE WHEN status IN ('open', 'won', 'lost') THEN 1 END) AS DECIMAL(18, 2))
    FROM opportunities
    UNION ALL
    SELECT
        'opportunities = states they were made of',
        'count',
        CAST(made.deals AS DECIMAL(18, 2)),
        CAST(known.deals AS DECIMAL(18, 2))
    FROM (SELECT COUNT(*) AS deals FROM opportunities) AS made
    CROSS JOIN (SELECT COUNT(*) AS deals FROM opportunity_states) AS known
    UNION ALL
    SELECT
        'opportunities = states they were made of',
        'amount_base',
        made.amount,
        known.amount
    FROM (SELECT CAST(COALESCE(SUM(amount_base), 0) AS DECIMAL(18, 2)) AS amount FROM opportunities) AS made
    CROSS JOIN (SELECT CAST(COALESCE(SUM(amount_base), 0) AS DECIMAL(18, 2)) AS amount FROM opportunity_states) AS known
    UNION ALL
    SELECT
        'won amount of opportunities = of accounts + without account',
        'amount_base',
        won.amount,
        said.amount + won.without_account
    FROM (
        SELECT
            CAST(COALESCE(SUM(amount_base), 0) AS DECIMAL(18, 2)) AS amount,
            CAST(COALESCE(SUM(CASE WHEN account_id IS NULL THEN amount_base END), 0) AS DECIMAL(18, 2)) AS without_account
        FROM opportunities
        WHERE status = 'won'
    ) AS won
    CROSS JOIN (SELECT CAST(COALESCE(SUM(won_amount_base), 0) AS DECIMAL(18, 2)) AS amount FROM accounts) AS said
    UNION ALL
    SELECT
        'entered = advanced + lost + still open',
        CONCAT(basis, ' ', from_stage, ' to ', to_stage, ' of ', process),
        CAST(SUM(entered) AS DECIMAL(18, 2)),
        CAST(SUM(advanced + lost + still_open) AS DECIMAL(18, 2))
    FROM funnel_stages
    GROUP BY basis, from_stage, to_stage, process
)

SELECT
    equations.equation,
    equations.scope,
    CAST(equations.left_side AS DOUBLE) AS left_side,
    CAST(equations.right_side AS DOUBLE) AS right_side,
    CAST(equations.left_side - equations.right_side AS DOUBLE) AS difference
FROM equations
