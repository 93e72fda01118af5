-- Of every feed that says how often a file is expected, one came in time; who answers for it is named.
-- severity: warning
-- table: source_files
WITH newest AS (
    SELECT
        policy_feeds.source_name,
        policy_feeds.owner,
        policy_feeds.expected_within_days,
        max(source_files.received_at) AS received_at
    FROM policy_feeds
    LEFT JOIN source_files
        ON policy_feeds.source_name = source_files.source_name AND source_files.status = 'accepted'
    WHERE policy_feeds.expected_within_days IS NOT NULL
    GROUP BY policy_feeds.source_name, policy_feeds.owner, policy_feeds.expected_within_days
)

SELECT
    concat(
        newest.source_name, ' (owner: ', newest.owner, '), ',
        CASE
            WHEN newest.received_at IS NULL THEN 'no file yet'
            ELSE concat('last file on ', strftime(newest.received_at, '%Y-%m-%d'))
        END,
        ', one expected within ', newest.expected_within_days, ' days'
    ) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM newest
CROSS JOIN run_scope
WHERE coalesce(newest.received_at + to_days(newest.expected_within_days) < run_scope.as_of, TRUE)
