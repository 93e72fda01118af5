-- One row per line of a leads feed that could be read, with its answer: the first of equal rows counts, a known key
-- with new content is an update. The order never looks at a line's place before it has looked at its content.
WITH usable AS (
    SELECT
        lines.*,
        readings.identical,
        COALESCE(lines.source_key, lines.content_hash) AS row_key
    FROM lines_leads AS lines
    INNER JOIN file_readings AS readings
        ON lines.file_id = readings.file_id AND lines.source_name = readings.source_name
    WHERE readings.code IS NULL AND lines.code IS NULL
),

ordered AS (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY source_name, row_key, content_hash
            ORDER BY received_at, known_at, file_id, line_no
        ) AS repetition,
        FIRST_VALUE(content_hash) OVER (
            PARTITION BY source_name, row_key
            ORDER BY received_at, known_at, content_hash, file_id, line_no
        ) AS first_content
    FROM usable
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
    CONCAT('r', SUBSTR(MD5(CONCAT_WS('|', source_name, row_key, content_hash, occurrence)), 1, 20)) AS record_id,
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
