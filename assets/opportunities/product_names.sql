-- One row per product name that anything mentions, folded, with the product it means: spelling, case and spaces do not
-- count, so that `GTXPro` finds `GTX Pro`.
WITH listed AS (
    SELECT
        regexp_replace(lower(product_rows.product), '[^\p{L}\p{N}]+', '', 'g') AS name_key,
        product_rows.product,
        coalesce(product_rows.name, product_rows.product) AS name,
        product_rows.line,
        product_rows.price,
        product_rows.currency,
        product_rows.margin_rate
    FROM product_rows
    CROSS JOIN run_scope
    WHERE product_rows.known_at <= run_scope.as_of
    QUALIFY
        row_number() OVER (
            PARTITION BY regexp_replace(lower(product_rows.product), '[^\p{L}\p{N}]+', '', 'g')
            ORDER BY product_rows.known_at DESC, product_rows.received_at DESC, product_rows.content_hash DESC
        ) = 1
),

also_named AS (
    SELECT
        regexp_replace(lower(listed.name), '[^\p{L}\p{N}]+', '', 'g') AS name_key,
        min(listed.name_key) AS listed_key
    FROM listed
    GROUP BY regexp_replace(lower(listed.name), '[^\p{L}\p{N}]+', '', 'g')
),

mentioned AS (
    SELECT opportunity_rows.product
    FROM opportunity_rows
    CROSS JOIN run_scope
    WHERE opportunity_rows.product IS NOT NULL AND opportunity_rows.known_at <= run_scope.as_of
    UNION ALL
    SELECT golden_records.product
    FROM golden_records
    WHERE golden_records.product IS NOT NULL
    UNION ALL
    SELECT lead_gates.product
    FROM lead_gates
    WHERE lead_gates.product IS NOT NULL
),

folded AS (
    SELECT
        regexp_replace(lower(mentioned.product), '[^\p{L}\p{N}]+', '', 'g') AS name_key,
        min(mentioned.product) AS product
    FROM mentioned
    GROUP BY regexp_replace(lower(mentioned.product), '[^\p{L}\p{N}]+', '', 'g')
),

keys AS (
    SELECT folded.name_key FROM folded
    UNION
    SELECT listed.name_key FROM listed
)

SELECT
    keys.name_key,
    coalesce(own.product, other.product, folded.product) AS product,
    coalesce(own.name, other.name, folded.product) AS name,
    coalesce(own.line, other.line) AS line,
    coalesce(own.price, other.price) AS price,
    coalesce(own.currency, other.currency) AS currency,
    coalesce(own.margin_rate, other.margin_rate) AS margin_rate
FROM keys
LEFT JOIN folded ON keys.name_key = folded.name_key
LEFT JOIN listed AS own ON keys.name_key = own.name_key
LEFT JOIN also_named ON keys.name_key = also_named.name_key
LEFT JOIN listed AS other ON also_named.listed_key = other.name_key
WHERE keys.name_key <> ''
