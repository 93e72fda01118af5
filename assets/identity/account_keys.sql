-- One row per registry number, domain or company name by which a company is found.
--
-- Registry number first, then the company's own domain, then the name within a country. What one statement leaves
-- open another may say: a domain takes the registry number that the account list gives it, else the only one that it
-- stands with; so does a name, and takes the domain that the list gives it, else the one that more than half of the
-- records say; a missing country is that of the list, or the only one known for the name. A domain of more different
-- companies than policy allows (a host, a marketplace) is nobody's. The account is named after the first statement of
-- the group, in order of arrival.
WITH stated AS (
    SELECT
        records.company_code,
        records.domain,
        keys.name_key AS company_key,
        records.country,
        concat_ws('|', records.received_at, records.known_at, records.content_hash) AS place,
        FALSE AS is_listed
    FROM lead_records AS records
    LEFT JOIN name_keys AS keys ON keys.kind = 'company' AND records.company = keys.name
    UNION ALL
    SELECT
        listed.company_code,
        listed.domain,
        keys.name_key AS company_key,
        listed.country,
        concat_ws('|', listed.received_at, listed.known_at, listed.content_hash) AS place,
        TRUE AS is_listed
    FROM account_rows AS listed
    CROSS JOIN run_scope
    LEFT JOIN name_keys AS keys ON keys.kind = 'company' AND listed.company = keys.name
    WHERE listed.known_at <= run_scope.as_of
    UNION ALL
    SELECT
        NULL AS company_code,
        NULL AS domain,
        keys.name_key AS company_key,
        NULL AS country,
        concat_ws('|', deals.received_at, deals.known_at, deals.content_hash) AS place,
        FALSE AS is_listed
    FROM opportunity_rows AS deals
    CROSS JOIN run_scope
    INNER JOIN name_keys AS keys ON keys.kind = 'company' AND deals.company = keys.name
    WHERE deals.known_at <= run_scope.as_of
),

distinct_statements AS (
    SELECT
        company_code,
        domain,
        company_key,
        country,
        min(place) AS place,
        bool_or(is_listed) AS is_listed,
        count(*) AS times
    FROM stated
    WHERE company_code IS NOT NULL OR domain IS NOT NULL OR company_key IS NOT NULL
    GROUP BY company_code, domain, company_key, country
),

crowded_domains AS (
    SELECT domain
    FROM distinct_statements
    WHERE domain IS NOT NULL
    GROUP BY domain
    HAVING
        count(DISTINCT company_key)
        > (SELECT max(policy_identity.max_companies_per_domain) FROM policy_identity)
),

country_of_name AS (
    SELECT
        company_key,
        CASE
            WHEN count(DISTINCT country) = 1 THEN min(country) ELSE min(country) FILTER (WHERE is_listed)
        END AS country
    FROM distinct_statements
    WHERE company_key IS NOT NULL
    GROUP BY company_key
    HAVING count(DISTINCT country) = 1 OR count(DISTINCT country) FILTER (WHERE is_listed) = 1
),

statements AS (
    SELECT
        said.company_code,
        CASE WHEN crowded_domains.domain IS NULL THEN said.domain END AS domain,
        said.company_key,
        coalesce(said.country, country_of_name.country, '') AS country,
        country_of_name.country AS usual_country,
        said.place,
        said.is_listed,
        said.times
    FROM distinct_statements AS said
    LEFT JOIN crowded_domains ON said.domain = crowded_domains.domain
    LEFT JOIN country_of_name ON said.company_key = country_of_name.company_key
),

code_of_domain AS (
    SELECT
        domain,
        CASE
            WHEN count(DISTINCT company_code) FILTER (WHERE is_listed) = 1
                THEN min(company_code) FILTER (WHERE is_listed)
            ELSE min(company_code)
        END AS company_code
    FROM statements
    WHERE domain IS NOT NULL
    GROUP BY domain
    HAVING count(DISTINCT company_code) = 1 OR count(DISTINCT company_code) FILTER (WHERE is_listed) = 1
),

code_of_name AS (
    SELECT
        company_key,
        country,
        CASE
            WHEN count(DISTINCT company_code) FILTER (WHERE is_listed) = 1
                THEN min(company_code) FILTER (WHERE is_listed)
            ELSE min(company_code)
        END AS company_code
    FROM statements
    WHERE company_key IS NOT NULL
    GROUP BY company_key, country
    HAVING count(DISTINCT company_code) = 1 OR count(DISTINCT company_code) FILTER (WHERE is_listed) = 1
),

domains_of_name AS (
    SELECT
        company_key,
        country,
        domain,
        bool_or(is_listed) AS is_listed,
        sum(times) AS times
    FROM statements
    WHERE company_key IS NOT NULL AND domain IS NOT NULL
    GROUP BY company_key, country, domain
),

weighed_domains AS (
    SELECT
        *,
        count(*) FILTER (WHERE is_listed) OVER (PARTITION BY company_key, country) AS listed_domains,
        sum(times) OVER (PARTITION BY company_key, country) AS all_times
    FROM domains_of_name
),

domain_of_name AS (
    SELECT
        company_key,
        country,
        domain
    FROM weighed_domains
    WHERE CASE WHEN listed_domains = 1 THEN is_listed ELSE times * 2 > all_times END
),

completed AS (
    SELECT
        statements.company_code,
        statements.domain,
        statements.company_key,
        statements.country,
        statements.place,
        -- a key leads to the account that it leads to when it is all there is: to one that nothing stronger sets apart
        CASE WHEN statements.country <> statements.usual_country THEN 4 ELSE 0 END AS apart_from_country,
        CASE WHEN statements.company_code <> coalesce(code_of_name.company_code, '') THEN 2 ELSE 0 END
        + CASE WHEN statements.domain <> coalesce(domain_of_name.domain, '') THEN 1 ELSE 0 END AS apart_from_name,
        CASE WHEN statements.company_code <> coalesce(code_of_domain.company_code, '') THEN 2 ELSE 0 END
            AS apart_from_domain,
        coalesce(statements.domain, domain_of_name.domain) AS found_domain,
        coalesce(
            statements.company_code,
            code_of_domain.company_code,
            CASE WHEN statements.domain IS NULL THEN code_of_name.company_code END
        ) AS found_code
    FROM statements
    LEFT JOIN code_of_name
        ON statements.company_key = code_of_name.company_key AND statements.country = code_of_name.country
    LEFT JOIN domain_of_name
        ON statements.company_key = domain_of_name.company_key AND statements.country = domain_of_name.country
    LEFT JOIN code_of_domain ON coalesce(statements.domain, domain_of_name.domain) = code_of_domain.domain
),

grouped AS (
    SELECT
        *,
        coalesce(
            'code:' || found_code, 'domain:' || found_domain, concat('name:', company_key, ':', country)
        ) AS company_group
    FROM completed
    -- a crowded domain without any name says nothing
    WHERE found_code IS NOT NULL OR found_domain IS NOT NULL OR company_key IS NOT NULL
),

named AS (
    SELECT
        *,
        concat('a', substr(md5(first_value(
            concat_ws(
                '|', coalesce(company_code, ''), coalesce(domain, ''), coalesce(company_key, ''), country
            )
        ) OVER (
            PARTITION BY company_group ORDER BY place, company_code, domain, company_key, country
        )), 1, 20)) AS account_id
    FROM grouped
),

keyed AS (
    SELECT 'company_code' AS key_type, '' AS key_source, company_code AS key_value, account_id, 0 AS apart, place
    FROM named
    WHERE company_code IS NOT NULL
    UNION ALL
    SELECT 'domain' AS key_type, '' AS key_source, domain AS key_value, account_id, apart_from_domain AS apart, place
    FROM named
    WHERE domain IS NOT NULL
    UNION ALL
    SELECT
        'company_key' AS key_type,
        country AS key_source,
        company_key AS key_value,
        account_id,
        apart_from_name AS apart,
        place
    FROM named
    WHERE company_key IS NOT NULL AND country <> ''
    UNION ALL
    SELECT
        'company_key' AS key_type,
        '' AS key_source,
        company_key AS key_value,
        account_id,
        apart_from_country + apart_from_name AS apart,
        place
    FROM named
    WHERE company_key IS NOT NULL
)

SELECT
    key_type,
    key_source,
    key_value,
    account_id
FROM keyed
QUALIFY row_number() OVER (
    PARTITION BY key_type, key_source, key_value ORDER BY apart, place, account_id
) = 1
