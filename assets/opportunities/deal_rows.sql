-- One row per statement of a CRM about a deal that was known at as_of, with its lead, product, process and stage found.
WITH known AS (
    SELECT
        statement.*,
        coalesce(
            by_id.lead_id, by_record.lead_id, by_email.lead_id, by_phone.lead_id
        ) AS found_lead_id,
        product_names.product AS found_product,
        product_names.line
    FROM opportunity_rows AS statement
    CROSS JOIN run_scope
    LEFT JOIN lead_keys AS by_id ON by_id.key_type = 'lead_id' AND statement.lead_id = by_id.key_value
    LEFT JOIN lead_keys AS by_record
        ON
        by_record.key_type = 'record_key'
        AND statement.record_key = by_record.key_value
        AND coalesce(statement.record_source, '') = by_record.key_source
    LEFT JOIN lead_keys AS by_email ON by_email.key_type = 'email' AND statement.email = by_email.key_value
    LEFT JOIN lead_keys AS by_phone ON by_phone.key_type = 'phone' AND statement.phone = by_phone.key_value
    LEFT JOIN product_names
        ON regexp_replace(lower(statement.product), '[^\p{L}\p{N}]+', '', 'g') = product_names.name_key
    WHERE statement.known_at <= run_scope.as_of
),

with_process AS (
    SELECT
        known.*,
        coalesce(by_name.process, by_product.process, by_line.process) AS named_process,
        CASE
            WHEN by_name.process IS NOT NULL THEN 1
            WHEN by_product.process IS NOT NULL THEN 2
            WHEN by_line.process IS NOT NULL THEN 3
            ELSE 4
        END AS naming_rank
    FROM known
    LEFT JOIN policy_process_matches AS by_name ON by_name.basis = 'name' AND lower(known.process) = by_name.word
    LEFT JOIN policy_process_matches AS by_product
        ON by_product.basis = 'product' AND lower(known.found_product) = by_product.word
    LEFT JOIN policy_process_matches AS by_line ON by_line.basis = 'line' AND lower(known.line) = by_line.word
),

-- a deal follows one process: the newest that is named, else that of its product, else the default
settled AS (
    SELECT
        with_process.*,
        coalesce(
            first_value(with_process.named_process) OVER (
                PARTITION BY with_process.opportunity_ref
                ORDER BY
                    with_process.naming_rank,
                    with_process.known_at DESC,
                    with_process.received_at DESC,
                    with_process.content_hash DESC
            ),
            by_default.process
        ) AS deal_process
    FROM with_process
    INNER JOIN policy_processes AS by_default ON by_default.is_default
)

SELECT
    settled.file_id,
    settled.source_name,
    settled.line_no,
    settled.received_at,
    settled.known_at,
    settled.content_hash,
    settled.opportunity_ref,
    settled.found_lead_id AS lead_id,
    settled.company,
    settled.name,
    settled.found_product AS product,
    settled.deal_process AS process,
    CASE
        -- a deal told in its present state may keep the stage it was in when it was closed
        WHEN settled.changed_at IS NULL AND status_stage.status IN ('won', 'lost') THEN status_alias.stage
        WHEN stage_alias.stage IS NOT NULL THEN stage_alias.stage
        WHEN status_stage.status IN ('won', 'lost') THEN status_alias.stage
        WHEN settled.stage IS NOT NULL THEN processes.unknown_stage
    END AS stage,
    settled.stage AS source_stage,
    CASE
        WHEN
            settled.changed_at IS NULL AND status_stage.status IN ('won', 'lost') AND named_stage.status = 'open'
            THEN named_stage.stage
    END AS told_stage,
    settled.stage IS NOT NULL AND stage_alias.stage IS NULL AS is_unknown_stage,
    settled.changed_at,
    settled.created_at,
    settled.closed_at,
    settled.amount,
    settled.currency,
    settled.expected_close_date,
    settled.owner,
    settled.lost_reason,
    settled.competitor
FROM settled
INNER JOIN policy_processes AS processes ON settled.deal_process = processes.process
LEFT JOIN policy_stage_aliases AS stage_alias
    ON
    settled.deal_process = stage_alias.process
    AND regexp_replace(lower(settled.stage), '[^\p{L}\p{N}]+', '', 'g') = stage_alias.alias
LEFT JOIN policy_stages AS named_stage
    ON settled.deal_process = named_stage.process AND stage_alias.stage = named_stage.stage
LEFT JOIN policy_stage_aliases AS status_alias
    ON
    settled.deal_process = status_alias.process
    AND regexp_replace(lower(settled.status), '[^\p{L}\p{N}]+', '', 'g') = status_alias.alias
LEFT JOIN policy_stages AS status_stage
    ON settled.deal_process = status_stage.process AND status_alias.stage = status_stage.stage
