-- One row per line of a leads feed that could be read, with its answer: the first of equal rows counts, a known key
-- with new content is an update. The order never looks at a line's place before it has looked at its content. Only
-- keys that occur more than once are put in order, since ordering all rows would cost far more than finding those few.
WITH usable AS (
    SELECT
        lines.*,
        readings.identical,
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
        1 AS repetition,
        usable.content_hash AS first_content
    FROM usable
    WHERE hash(usable.row_key) NOT IN (SELECT repeated.key_hash FROM repeated)
    UNION ALL
    SELECT
        usable.*,
        row_number() OVER (
            PARTITION BY usable.source_name, usable.row_key, usable.content_hash
            ORDER BY usable.received_at, usable.known_at, usable.file_id, usable.line_no
        ) AS repetition,
        first_value(usable.content_hash) OVER (
            PARTITION BY usable.source_name, usable.row_key
            ORDER BY usable.received_at, usable.known_at, usable.content_hash, usable.file_id, usable.line_no
        ) AS first_content
    FROM usable
    WHERE hash(usable.row_key) IN (SELECT repeated.key_hash FROM repeated)
),

answered AS (
    SELECT
        *,
        CASE WHEN source_key IS NULL AND identical = 'keep' THEN repetition ELSE 1 END AS occurrence,
        CASE
            WHEN repetition > 1 AND (source_key IS NOT NULL OR identical <> 'keep') THEN 'duplicate'
            WHEN content_hash <> first_content THEN 'updated'
            ELSE 'accepted'
        END AS verdict
    FROM ordered
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
