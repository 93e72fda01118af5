-- One row per opportunity, as it stands at as_of, before anything is predicted. A CRM deal for a lead and product that was
-- promoted within the policy's interval is that opportunity: it takes its id, and its origin stays `promoted`.
WITH promoted AS (
    SELECT
        promotions.opportunity_id,
        promotions.lead_id,
        promotions.decided_at,
        promotions.is_new,
        product_names.product,
        product_names.line,
        product_names.price,
        product_names.currency
    FROM promotions
    LEFT JOIN product_names
        ON regexp_replace(lower(promotions.product), '[^\p{L}\p{N}]+', '', 'g') = product_names.name_key
),

adoption AS (
    SELECT
        promoted.opportunity_id,
        promoted.decided_at,
        deals.opportunity_ref,
        abs(date_diff('second', promoted.decided_at, deals.created_at)) AS seconds_apart
    FROM promoted
    CROSS JOIN policy_gate_limits
    INNER JOIN deals
        ON
        promoted.lead_id = deals.lead_id
        AND (promoted.product IS NULL OR deals.product IS NULL OR promoted.product = deals.product)
    WHERE
        NOT promoted.is_new
        AND abs(date_diff('second', promoted.decided_at, deals.created_at)) <= policy_gate_limits.episode_days * 86400
),

nearest AS (
    SELECT
        adoption.opportunity_id,
        adoption.decided_at,
        adoption.opportunity_ref,
        row_number() OVER (
            PARTITION BY adoption.opportunity_ref ORDER BY adoption.seconds_apart, adoption.opportunity_id
        ) AS promotion_rank,
        row_number() OVER (
            PARTITION BY adoption.opportunity_id ORDER BY adoption.seconds_apart, adoption.opportunity_ref
        ) AS deal_rank
    FROM adoption
),

adopted AS (
    SELECT
        nearest.opportunity_id,
        nearest.decided_at,
        nearest.opportunity_ref
    FROM nearest
    WHERE nearest.promotion_rank = 1 AND nearest.deal_rank = 1
),

first_stages AS (
    SELECT
        policy_stages.process,
        policy_stages.stage,
        policy_stages.stage_order
    FROM policy_stages
    WHERE policy_stages.stage_order = 1
),

closing_stages AS (
    SELECT
        policy_stages.process,
        policy_stages.stage,
        policy_stages.stage_order,
        policy_stages.status
    FROM policy_stages
    WHERE policy_stages.status <> 'open'
),

waiting AS (
    SELECT
        promoted.opportunity_id,
        promoted.lead_id,
        promoted.product,
        promoted.decided_at,
        coalesce(by_product.process, by_line.process, by_default.process) AS process,
        coalesce(golden_records.budget_amount, promoted.price) AS amount,
        CASE WHEN golden_records.budget_amount IS NULL THEN promoted.currency ELSE golden_records.currency END
            AS currency,
        golden_records.company,
        golden_records.purchase_date,
        golden_records.owner,
        CASE
            WHEN lead_outcomes.outcome IN ('converted', 'won') THEN 'won'
            WHEN lead_outcomes.outcome IN ('lost', 'junk', 'unreachable') THEN 'lost'
            ELSE 'open'
        END AS status,
        lead_outcomes.decided_at AS outcome_at,
        CASE WHEN lead_outcomes.outcome = 'lost' THEN lead_outcomes.reason ELSE 'withdrawn' END AS outcome_reason
    FROM promoted
    INNER JOIN policy_processes AS by_default ON by_default.is_default
    LEFT JOIN adopted ON promoted.opportunity_id = adopted.opportunity_id
    LEFT JOIN golden_records ON promoted.lead_id = golden_records.lead_id
    LEFT JOIN policy_process_matches AS by_product
        ON by_product.basis = 'product' AND lower(promoted.product) = by_product.word
    LEFT JOIN policy_process_matches AS by_line ON by_line.basis = 'line' AND lower(promoted.line) = by_line.word
    LEFT JOIN lead_outcomes
        ON promoted.lead_id = lead_outcomes.lead_id AND promoted.decided_at < lead_outcomes.decided_at
    WHERE adopted.opportunity_id IS NULL
),

together AS (
    SELECT
        coalesce(
            adopted.opportunity_id, concat('o', substr(md5(concat('crm|', deals.opportunity_ref)), 1, 20))
        ) AS opportunity_id,
        deals.opportunity_ref,
        deals.source_name,
        CASE WHEN adopted.opportunity_id IS NULL THEN 'crm' ELSE 'promoted' END AS origin,
        deals.lead_id,
        deals.company,
        deals.name,
        deals.process,
        deals.product,
        deals.stage,
        deals.stage_order,
        deals.status,
        deals.amount,
        deals.currency,
        deals.expected_close_date,
        deals.owner,
        least(deals.created_at, coalesce(adopted.decided_at, deals.created_at)) AS created_at,
        deals.closed_at,
        CASE WHEN deals.status <> 'open' THEN deals.last_stage END AS last_stage,
        CASE WHEN deals.status = 'lost' THEN coalesce(deals.lost_reason, '(none)') END AS lost_reason,
        deals.competitor,
        deals.has_unknown_stage,
        deals.is_created_assumed,
        deals.is_closed_first,
        deals.is_reopened,
        deals.is_backwards
    FROM deals
    LEFT JOIN adopted ON deals.opportunity_ref = adopted.opportunity_ref
    UNION ALL
    SELECT
        waiting.opportunity_id,
        NULL AS opportunity_ref,
        NULL AS source_name,
        'promoted' AS origin,
        waiting.lead_id,
        waiting.company,
        NULL AS name,
        waiting.process,
        waiting.product,
        coalesce(closing_stages.stage, first_stages.stage) AS stage,
        coalesce(closing_stages.stage_order, first_stages.stage_order) AS stage_order,
        waiting.status,
        waiting.amount,
        waiting.currency,
        waiting.purchase_date AS expected_close_date,
        waiting.owner,
        waiting.decided_at AS created_at,
        CASE WHEN waiting.status <> 'open' THEN waiting.outcome_at END AS closed_at,
        CASE WHEN waiting.status <> 'open' THEN first_stages.stage END AS last_stage,
        CASE WHEN waiting.status = 'lost' THEN coalesce(waiting.outcome_reason, '(none)') END AS lost_reason,
        NULL AS competitor,
        FALSE AS has_unknown_stage,
        FALSE AS is_created_assumed,
        FALSE AS is_closed_first,
        FALSE AS is_reopened,
        FALSE AS is_backwards
    FROM waiting
    INNER JOIN first_stages ON waiting.process = first_stages.process
    LEFT JOIN closing_stages ON waiting.process = closing_stages.process AND waiting.status = closing_stages.status
),

-- the business day whose rate counts: the one on which the deal was closed, else that of as_of
priced AS (
    SELECT
        together.*,
        coalesce(together.currency, run_scope.base_currency) AS known_currency,
        run_scope.base_currency,
        CASE
            WHEN together.closed_at IS NULL THEN run_scope.as_of_date
            WHEN together.closed_at >= policy_days.turns_at THEN policy_days.date_after
            ELSE coalesce(policy_days.date_before, cast(together.closed_at AS DATE))
        END AS rate_date
    FROM together
    CROSS JOIN run_scope
    LEFT JOIN policy_days ON cast(together.closed_at AS DATE) = policy_days.utc_date
),

asked AS (
    SELECT DISTINCT
        priced.known_currency,
        priced.rate_date
    FROM priced
),

rated AS (
    SELECT
        asked.known_currency,
        asked.rate_date,
        arg_max(fx_rates.rate_to_base, fx_rates.date) AS rate_to_base,
        date_diff('day', max(fx_rates.date), asked.rate_date) > max(policy_exchange_rates.flag_after_days) AS is_carried
    FROM asked
    CROSS JOIN policy_exchange_rates
    INNER JOIN fx_rates
        ON
        asked.known_currency = fx_rates.currency
        AND asked.rate_date >= fx_rates.date
        AND coalesce(
            date_diff('day', fx_rates.date, asked.rate_date) <= policy_exchange_rates.max_age_days, TRUE
        )
    GROUP BY asked.known_currency, asked.rate_date
)

SELECT
    priced.opportunity_id,
    priced.opportunity_ref,
    priced.source_name,
    priced.origin,
    priced.lead_id,
    coalesce(golden_records.account_id, company_names.account_id) AS account_id,
    coalesce(priced.company, golden_records.company) AS company,
    coalesce(
        priced.name, nullif(concat_ws(' - ', coalesce(priced.company, golden_records.company), priced.product), '')
    ) AS name,
    priced.process,
    priced.product,
    priced.stage,
    priced.stage_order,
    priced.status,
    priced.amount,
    CASE WHEN priced.amount IS NOT NULL THEN priced.known_currency ELSE priced.currency END AS currency,
    CASE
        WHEN priced.known_currency = priced.base_currency THEN priced.amount
        ELSE cast(cast(priced.amount AS DECIMAL(24, 2)) * cast(rated.rate_to_base AS DECIMAL(14, 6)) AS DECIMAL(18, 2))
    END AS amount_base,
    priced.expected_close_date,
    priced.owner,
    priced.created_at,
    priced.closed_at,
    priced.last_stage,
    priced.lost_reason,
    priced.competitor,
    concat(
        '[',
        concat_ws(
            ',',
            CASE WHEN priced.amount IS NOT NULL AND priced.currency IS NULL THEN '"currency_assumed"' END,
            CASE
                WHEN
                    priced.amount IS NOT NULL
                    AND priced.known_currency <> priced.base_currency
                    AND rated.rate_to_base IS NULL
                    THEN '"fx_rate_missing"'
                WHEN priced.amount IS NOT NULL AND priced.known_currency <> priced.base_currency AND rated.is_carried
                    THEN '"fx_rate_carried"'
            END,
            CASE WHEN priced.is_created_assumed THEN '"created_at_assumed"' END,
            CASE
                WHEN priced.is_closed_first OR priced.closed_at <= golden_records.first_seen_at - INTERVAL '1' DAY
                    THEN '"impossible_order"'
            END,
            CASE WHEN priced.is_reopened THEN '"reopened"' END,
            CASE WHEN priced.is_backwards THEN '"stage_backwards"' END,
            CASE WHEN priced.has_unknown_stage THEN '"unknown_stage"' END
        ),
        ']'
    ) AS flags
FROM priced
LEFT JOIN rated ON priced.known_currency = rated.known_currency AND priced.rate_date = rated.rate_date
LEFT JOIN golden_records ON priced.lead_id = golden_records.lead_id
LEFT JOIN company_names ON priced.company = company_names.company
