-- One row per product; `(none)` stands for what is not known.
SELECT
    product_names.product,
    max(product_names.name) AS name,
    max(product_names.line) AS line,
    max(product_names.price) AS price,
    max(product_names.currency) AS currency,
    max(product_names.margin_rate) AS margin_rate
FROM product_names
WHERE product_names.product <> '(none)'
GROUP BY product_names.product
UNION ALL
SELECT
    '(none)' AS product,
    '(none)' AS name,
    NULL AS line,
    NULL AS price,
    NULL AS currency,
    NULL AS margin_rate
