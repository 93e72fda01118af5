-- One row per line of a leads feed that could be read, with its answer: the first of equal rows counts, a known key
-- with new content is an update. The order never looks at a line's place before it has looked at its content. Only
-- keys that occur more than once are put in order, since ordering all rows would cost far more than finding those few.
-- Where equal rows all count, those of a receipt that was dropped back are the rows it answered: one counts only where
-- the receipt has more of them than there were.
WITH usable AS (
    SELECT
        lines.*,
        readings.identical,
        readings.is_receipt,
        coalesce(lines.source_key, lines.content_hash) AS row_key
    FROM lines_leads AS lines
    INNER JOIN file_readings AS readings
        ON lines.file_id = readings.file_id AND lines.source_name = readings.source_name
    WHERE readings.code IS NULL AND lines.code IS NULL
),

repeated AS (
    SELECT hash(row_key) AS key_hash
    FROM usable
    GROUP BY hash(row_key)
    HAVING count(*) > 1
),

ordered AS (
    SELECT
        usable.*,
        usable.source_key IS NULL AND usable.identical = 'keep' AS each_counts,
        row_number() OVER (
            PARTITION BY usable.source_name, usable.row_key, usable.content_hash
            ORDER BY usable.received_at, usable.is_receipt, usable.known_at, usable.file_id, usable.line_no
        ) AS repetition,
        row_number() OVER (
            PARTITION BY usable.source_name, usable.row_key, usable.content_hash, usable.file_id
            ORDER BY usable.known_at, usable.line_no
        ) AS place_in_file,
        count(CASE WHEN NOT usable.is_receipt THEN 1 END) OVER (
            PARTITION BY usable.source_name, usable.row_key, usable.content_hash
            ORDER BY usable.received_at, usable.is_receipt, usable.known_at, usable.file_id, usable.line_no
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS earlier_rows,
        first_value(usable.content_hash) OVER (
            PARTITION BY usable.source_name, usable.row_key
            ORDER BY usable.received_at, usable.known_at, usable.content_hash, usable.file_id, usable.line_no
        ) AS first_content
    FROM usable
    WHERE hash(usable.row_key) IN (SELECT repeated.key_hash FROM repeated)
),

weighed AS (
    SELECT
        ordered.*,
        CASE
            WHEN NOT ordered.each_counts THEN ordered.repetition > 1
            WHEN NOT ordered.is_receipt THEN FALSE
            ELSE
                ordered.place_in_file <= ordered.earlier_rows
                OR row_number() OVER (
                    PARTITION BY
                        ordered.source_name, ordered.row_key, ordered.content_hash, ordered.is_receipt,
                        ordered.place_in_file
                    ORDER BY ordered.received_at, ordered.known_at, ordered.file_id, ordered.line_no
                ) > 1
        END AS is_repeated
    FROM ordered
),

answered AS (
    SELECT
        usable.*,
        1 AS occurrence,
        'accepted' AS verdict
    FROM usable
    WHERE hash(usable.row_key) NOT IN (SELECT repeated.key_hash FROM repeated)
    UNION ALL
    SELECT
        weighed.* EXCLUDE (each_counts, repetition, place_in_file, earlier_rows, first_content, is_repeated),
        CASE
            WHEN weighed.each_counts
                THEN
                    count(CASE WHEN NOT weighed.is_repeated THEN 1 END) OVER (
                        PARTITION BY weighed.source_name, weighed.row_key, weighed.content_hash
                        ORDER BY
                            weighed.received_at, weighed.is_receipt, weighed.known_at, weighed.file_id, weighed.line_no
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                    )
            ELSE 1
        END AS occurrence,
        CASE
            WHEN weighed.is_repeated THEN 'duplicate'
            WHEN weighed.content_hash <> weighed.first_content THEN 'updated'
            ELSE 'accepted'
        END AS verdict
    FROM weighed
)

SELECT
    concat('r', substr(md5(concat_ws('|', source_name, row_key, content_hash, occurrence)), 1, 20)) AS record_id,
    file_id,
    source_name,
    channel,
    line_no,
    received_at,
    known_at,
    source_key,
    content_hash,
    verdict,
    submitted_at,
    full_name,
    first_name,
    last_name,
    birth_date,
    email,
    phone,
    company,
    company_code,
    domain,
    website,
    title,
    department,
    industry,
    employee_count,
    annual_revenue,
    country,
    region,
    city,
    postcode,
    address,
    need,
    product,
    budget_amount,
    currency,
    purchase_date,
    message,
    language,
    consent,
    anonymous_id,
    campaign,
    medium,
    referrer,
    landing_page,
    owner,
    attributes,
    repairs
FROM answered
