-- One row per salesperson; `(none)` stands for deals without one. An owner that no file describes has only a name.
WITH listed AS (
    SELECT rep_rows.*
    FROM rep_rows
    CROSS JOIN run_scope
    WHERE rep_rows.known_at <= run_scope.as_of
    QUALIFY
        row_number() OVER (
            PARTITION BY rep_rows.owner
            ORDER BY rep_rows.known_at DESC, rep_rows.received_at DESC, rep_rows.content_hash DESC
        ) = 1
),

named AS (
    SELECT listed.owner FROM listed
    UNION
    SELECT opportunity_states.owner FROM opportunity_states WHERE opportunity_states.owner IS NOT NULL
    UNION
    SELECT golden_records.owner FROM golden_records WHERE golden_records.owner IS NOT NULL
    UNION
    SELECT '(none)' AS owner
)

SELECT
    named.owner,
    coalesce(listed.name, named.owner) AS name,
    listed.level,
    CASE
        WHEN listed.skills IS NULL THEN '[]'
        WHEN listed.skills LIKE '[%' THEN listed.skills
        ELSE concat('["', regexp_replace(replace(listed.skills, '"', ''), '\s*[,;|、]\s*', '","', 'g'), '"]')
    END AS skills,
    listed.region,
    listed.capacity,
    listed.hired_on,
    listed.team
FROM named
LEFT JOIN listed ON named.owner = listed.owner
