-- One row per conservation equation and scope. Money and points are summed as decimals, so that even means even.
WITH used AS (
    SELECT
        count(CASE WHEN lead_rows.verdict <> 'duplicate' THEN 1 END) AS line_count,
        count(CASE WHEN lead_rows.verdict <> 'duplicate' AND lead_rows.known_at > run_scope.as_of THEN 1 END)
            AS later_count
    FROM lead_rows
    CROSS JOIN run_scope
),

kept AS (
    SELECT count(*) AS line_count FROM lead_records
),

people AS (
    SELECT
        count(*) AS lead_count,
        coalesce(sum(leads.record_count), 0) AS line_count
    FROM leads
),

decided AS (
    SELECT count(*) AS lead_count FROM promotion_decisions
),

ledger AS (
    SELECT coalesce(sum(score_ledger.points), 0) AS given FROM score_ledger
),

scored AS (
    SELECT coalesce(sum(lead_scores.score), 0) AS held FROM lead_scores
),

deals AS (
    SELECT
        count(*) AS deal_count,
        count(CASE WHEN opportunities.status IN ('open', 'won', 'lost') THEN 1 END) AS known_count,
        coalesce(sum(opportunities.amount_base), 0) AS money,
        coalesce(sum(CASE WHEN opportunities.status = 'won' THEN opportunities.amount_base END), 0) AS won_money,
        coalesce(
            sum(
                CASE
                    WHEN
                        opportunities.status = 'won' AND opportunities.account_id IS NULL
                        THEN opportunities.amount_base
                END
            ),
            0
        ) AS won_without_account
    FROM opportunities
),

states AS (
    SELECT
        count(*) AS deal_count,
        coalesce(sum(opportunity_states.amount_base), 0) AS money
    FROM opportunity_states
),

companies AS (
    SELECT coalesce(sum(accounts.won_amount_base), 0) AS won_money FROM accounts
),

equations AS (
    SELECT
        'rows read = accepted + duplicate + rejected' AS equation,
        concat(
            'file ', source_files.path, ' ', source_files.sha256, ' by ', coalesce(source_files.source_name, '(none)')
        ) AS scope,
        cast(source_files.rows_read AS DECIMAL(18, 2)) AS left_side,
        cast(source_files.rows_accepted + source_files.rows_duplicate + source_files.rows_rejected AS DECIMAL(18, 2))
            AS right_side
    FROM source_files
    UNION ALL
    SELECT
        'rows read = accepted + duplicate + rejected' AS equation,
        concat('feed ', coalesce(source_files.source_name, '(none)')) AS scope,
        cast(sum(source_files.rows_read) AS DECIMAL(18, 2)) AS left_side,
        cast(
            sum(source_files.rows_accepted + source_files.rows_duplicate + source_files.rows_rejected) AS DECIMAL(18, 2)
        ) AS right_side
    FROM source_files
    GROUP BY source_files.source_name
    UNION ALL
    SELECT
        'lead rows used = records + records known later' AS equation,
        'all' AS scope,
        cast(used.line_count AS DECIMAL(18, 2)) AS left_side,
        cast(kept.line_count + used.later_count AS DECIMAL(18, 2)) AS right_side
    FROM used
    CROSS JOIN kept
    UNION ALL
    SELECT
        'records = records of leads' AS equation,
        'all' AS scope,
        cast(kept.line_count AS DECIMAL(18, 2)) AS left_side,
        cast(people.line_count AS DECIMAL(18, 2)) AS right_side
    FROM kept
    CROSS JOIN people
    UNION ALL
    SELECT
        'leads = promoted + nurtured + under review + rejected' AS equation,
        'all' AS scope,
        cast(people.lead_count AS DECIMAL(18, 2)) AS left_side,
        cast(decided.lead_count AS DECIMAL(18, 2)) AS right_side
    FROM people
    CROSS JOIN decided
    UNION ALL
    SELECT
        'points of the ledger = scores' AS equation,
        'all' AS scope,
        cast(ledger.given AS DECIMAL(18, 2)) AS left_side,
        cast(scored.held AS DECIMAL(18, 2)) AS right_side
    FROM ledger
    CROSS JOIN scored
    UNION ALL
    SELECT
        'opportunities = open + won + lost' AS equation,
        'count' AS scope,
        cast(deals.deal_count AS DECIMAL(18, 2)) AS left_side,
        cast(deals.known_count AS DECIMAL(18, 2)) AS right_side
    FROM deals
    UNION ALL
    SELECT
        'opportunities = states they were made of' AS equation,
        'count' AS scope,
        cast(deals.deal_count AS DECIMAL(18, 2)) AS left_side,
        cast(states.deal_count AS DECIMAL(18, 2)) AS right_side
    FROM deals
    CROSS JOIN states
    UNION ALL
    SELECT
        'opportunities = states they were made of' AS equation,
        'amount_base' AS scope,
        cast(deals.money AS DECIMAL(18, 2)) AS left_side,
        cast(states.money AS DECIMAL(18, 2)) AS right_side
    FROM deals
    CROSS JOIN states
    UNION ALL
    SELECT
        'won amount of opportunities = of accounts + without account' AS equation,
        'amount_base' AS scope,
        cast(deals.won_money AS DECIMAL(18, 2)) AS left_side,
        cast(companies.won_money + deals.won_without_account AS DECIMAL(18, 2)) AS right_side
    FROM deals
    CROSS JOIN companies
    UNION ALL
    SELECT
        'entered = advanced + lost + still open' AS equation,
        concat(
            funnel_stages.basis,
            ' ',
            funnel_stages.from_stage,
            ' to ',
            funnel_stages.to_stage,
            ' of ',
            funnel_stages.process
        ) AS scope,
        cast(sum(funnel_stages.entered) AS DECIMAL(18, 2)) AS left_side,
        cast(sum(funnel_stages.advanced + funnel_stages.lost + funnel_stages.still_open) AS DECIMAL(18, 2))
            AS right_side
    FROM funnel_stages
    GROUP BY funnel_stages.basis, funnel_stages.from_stage, funnel_stages.to_stage, funnel_stages.process
)

SELECT
    equations.equation,
    equations.scope,
    cast(equations.left_side AS DOUBLE) AS left_side,
    cast(equations.right_side AS DOUBLE) AS right_side,
    cast(equations.left_side - equations.right_side AS DOUBLE) AS difference
FROM equations
