-- One row per lead record, with its values as they are compared; values that many people share are left out.
--
-- A mailbox or telephone used by more different names than policy allows (info@, a switchboard) says nothing about
-- who somebody is: it is recognised here, from the data, and counts together with the very same name only. A browser of
-- so many names (a tablet at a stand) tells nobody and counts for nothing. Two names
-- differ when neither their first nor their last word agrees and half of the letters would have to change. A mailbox or
-- telephone of organisations in several houses is their head office's, and tells nothing about which of them is meant.
WITH ordered AS (
    SELECT
        record_id,
        row_number() OVER (ORDER BY received_at, known_at, content_hash, record_id) AS record_no
    FROM lead_records
),

numbered AS (
    SELECT
        records.record_id,
        ordered.record_no,
        records.source_name,
        records.source_key,
        records.known_at,
        person_keys.name_key,
        person_keys.name_latin,
        person_keys.first_name AS name_first,
        person_keys.last_name AS name_last,
        -- a name of two words in a country of the other order, where nothing in the name itself tells
        person_keys.name_order IS NULL AND policy_family_first.country IS NOT NULL
        AND length(person_keys.name_key) = length(person_keys.first_name) + length(person_keys.last_name) + 1
            AS is_turned,
        nullif(rtrim(trim(lower(strip_accents(records.first_name))), '.'), '') AS given,
        nullif(trim(lower(strip_accents(records.last_name))), '') AS family,
        records.birth_date,
        -- of a name that is nothing but a salutation and a family name: Herr Rothbart is not Frau Rothbart
        CASE
            WHEN strpos(person_keys.name_key, ' ') = 0 AND person_keys.last_name IS NULL
                THEN CASE
                    WHEN regexp_matches(
                        lower(strip_accents(person_keys.name)),
                        '^(herrn?|mr|mister|monsieur|sr|senor|sig|signor|господин)[. ]|(先生)\s*$'
                    ) THEN 'mr'
                    WHEN regexp_matches(
                        lower(strip_accents(person_keys.name)),
                        '^(frau|fr|fraulein|mrs|ms|miss|mme|madame|mlle|sra|srta|senora|signora|госпожа)[. ]'
                        || '|(女士|小姐|太太|夫人)\s*$'
                    ) THEN 'ms'
                END
        END AS salutation,
        coalesce(email_keys.name_key, records.email) AS email,
        -- klaus.ketterer, where the name is Ketterer: as it is written, for some providers leave the point out
        CASE
            WHEN strpos(person_keys.name_key, ' ') = 0
                THEN nullif(regexp_extract(lower(records.email), '^([a-z]{2,}[._-][a-z]{2,})(\+.*)?@', 1), '')
        END AS two_parts,
        -- two extensions of one switchboard are two telephones
        records.phone || coalesce(';ext=' || records.phone_extension, '') AS phone,
        company_keys.name_key AS company_key,
        company_keys.name_brand AS company_brand,
        -- the number of a German court's register means a company only together with the court
        CASE WHEN NOT regexp_matches(records.company_code, '^HR[AB][0-9]+$') THEN records.company_code END
            AS company_code,
        records.domain,
        records.country,
        nullif(trim(lower(strip_accents(records.city))), '') AS city,
        coalesce(postcode_keys.name_key, records.postcode) AS postcode,
        coalesce(address_keys.name_key, records.address) AS address,
        nullif(regexp_extract(coalesce(address_keys.name_key, records.address), '[0-9]+'), '') AS house,
        CASE WHEN policy_no_identifiers.word IS NULL THEN records.anonymous_id END AS anonymous_id,
        coalesce(person_keys.name_key, company_keys.name_key) AS called
    FROM lead_records AS records
    INNER JOIN ordered ON records.record_id = ordered.record_id
    LEFT JOIN name_keys AS person_keys
        ON
        person_keys.kind = 'person'
        AND coalesce(
            records.full_name, nullif(trim(concat_ws(' ', records.first_name, records.last_name)), '')
        ) = person_keys.name
    LEFT JOIN
        name_keys AS company_keys
        ON company_keys.kind = 'company' AND records.company = company_keys.name
    LEFT JOIN value_keys AS email_keys ON email_keys.kind = 'email' AND records.email = email_keys.name
    LEFT JOIN value_keys AS address_keys ON address_keys.kind = 'address' AND records.address = address_keys.name
    LEFT JOIN value_keys AS postcode_keys
        ON postcode_keys.kind = 'postcode' AND records.postcode = postcode_keys.name
    LEFT JOIN policy_family_first ON records.country = policy_family_first.country
    LEFT JOIN policy_no_identifiers ON lower(trim(records.anonymous_id)) = policy_no_identifiers.word
),

-- what records are called at each mailbox and telephone, and in each browser
sightings AS (
    SELECT
        'email' AS kind, email AS used, called
    FROM numbered
    WHERE email IS NOT NULL AND called IS NOT NULL
    UNION ALL
    SELECT
        'phone' AS kind, phone AS used, called
    FROM numbered
    WHERE phone IS NOT NULL AND called IS NOT NULL
    UNION ALL
    SELECT
        'browser' AS kind, anonymous_id AS used, called
    FROM numbered
    WHERE anonymous_id IS NOT NULL AND called IS NOT NULL
),

allowed AS (
    SELECT 'email' AS kind, max(max_names_per_email) AS most
    FROM policy_identity
    UNION ALL
    SELECT 'phone' AS kind, max(max_names_per_phone) AS most
    FROM policy_identity
    UNION ALL
    SELECT 'browser' AS kind, max(max_names_per_device) AS most
    FROM policy_identity
),

-- one that is not seen more often than that is not used by more different names
often_seen AS (
    SELECT
        counted.kind, counted.used, allowed.most
    FROM (SELECT kind, used, count(*) AS times FROM sightings GROUP BY kind, used) AS counted
    INNER JOIN allowed ON counted.kind = allowed.kind
    WHERE counted.times > allowed.most
),

callers AS (
    SELECT
        sightings.kind, sightings.used, sightings.called, often_seen.most, count(*) AS times
    FROM sightings
    INNER JOIN often_seen ON sightings.kind = often_seen.kind AND sightings.used = often_seen.used
    GROUP BY sightings.kind, sightings.used, sightings.called, often_seen.most
),

caller_names AS (
    SELECT
        kind,
        used,
        most,
        called,
        first_value(called) OVER (PARTITION BY kind, used ORDER BY times DESC, called) AS usually_called
    FROM callers
),

shared AS (
    SELECT kind, used
    FROM caller_names
    WHERE
        split_part(called, ' ', 1) <> split_part(usually_called, ' ', 1)
        AND regexp_extract(called, '[^ ]+$') <> regexp_extract(usually_called, '[^ ]+$')
        AND levenshtein(called, usually_called) * 2 > length(usually_called)
    GROUP BY kind, used, most
    HAVING 1 + count(DISTINCT left(called, 4)) > most
),

shared_emails AS (
    SELECT used AS email
    FROM shared
    WHERE kind = 'email'
    UNION
    SELECT email
    FROM numbered
    WHERE email IS NOT NULL AND name_key IS NULL AND company_key IS NOT NULL AND house IS NOT NULL
    GROUP BY email
    HAVING count(DISTINCT house) > (SELECT max(policy_identity.max_houses_per_organisation) FROM policy_identity)
),

shared_phones AS (
    SELECT used AS phone
    FROM shared
    WHERE kind = 'phone'
    UNION
    SELECT phone
    FROM numbered
    WHERE phone IS NOT NULL AND name_key IS NULL AND company_key IS NOT NULL AND house IS NOT NULL
    GROUP BY phone
    HAVING count(DISTINCT house) > (SELECT max(policy_identity.max_houses_per_organisation) FROM policy_identity)
),

shared_browsers AS (SELECT used AS anonymous_id FROM shared WHERE kind = 'browser'),

judged AS (
    SELECT
        numbered.record_id,
        numbered.record_no,
        numbered.source_name,
        numbered.source_key,
        numbered.known_at,
        numbered.name_key,
        numbered.name_latin,
        coalesce(numbered.given, CASE
            WHEN numbered.family IS NOT NULL THEN NULL
            WHEN numbered.is_turned THEN numbered.name_last
            ELSE numbered.name_first
        END) AS first_name,
        coalesce(numbered.family, CASE
            WHEN numbered.given IS NOT NULL THEN NULL
            WHEN numbered.is_turned THEN numbered.name_first
            ELSE numbered.name_last
        END) AS last_name,
        numbered.birth_date,
        numbered.salutation,
        shared_emails.email IS NOT NULL AS has_shared_email,
        shared_phones.phone IS NOT NULL AS has_shared_phone,
        policy_role_mailboxes.mailbox IS NOT NULL AS has_role_mailbox,
        CASE WHEN shared_emails.email IS NULL THEN numbered.email END AS email,
        CASE WHEN shared_phones.phone IS NULL THEN numbered.phone END AS phone,
        CASE WHEN shared_emails.email IS NULL AND policy_role_mailboxes.mailbox IS NULL THEN numbered.two_parts END
            AS two_parts,
        shared_emails.email AS shared_email,
        shared_phones.phone AS shared_phone,
        numbered.company_key,
        numbered.company_brand,
        numbered.company_code,
        numbered.domain,
        numbered.country,
        numbered.city,
        numbered.postcode,
        numbered.address,
        CASE WHEN shared_browsers.anonymous_id IS NULL THEN numbered.anonymous_id END AS anonymous_id
    FROM numbered
    LEFT JOIN shared_emails ON numbered.email = shared_emails.email
    LEFT JOIN shared_phones ON numbered.phone = shared_phones.phone
    LEFT JOIN shared_browsers ON numbered.anonymous_id = shared_browsers.anonymous_id
    LEFT JOIN policy_role_mailboxes ON split_part(numbered.email, '@', 1) = policy_role_mailboxes.mailbox
),

-- C. Fischer of christiane.fischer@ is Christiane: a mailbox may spell out what an initial stands for
initials AS (
    SELECT
        judged.*,
        CASE
            WHEN length(judged.first_name) = 1 AND length(judged.name_key) = length(judged.last_name) + 2
                THEN regexp_replace(split_part(judged.email, '@', 1), '[^a-z]', '', 'g')
        END AS mailbox,
        -- ü is written ue in mailboxes, and u in keys
        CASE
            WHEN mailbox <> '' AND regexp_matches(judged.last_name, '[a-z]')
                THEN regexp_replace(regexp_replace(judged.last_name, '[^a-z]', '', 'g'), '([aou])e', '\1', 'g')
        END AS family,
        -- and Ketterer of klaus.ketterer@ is Klaus: the other part, where one is the family name that stands alone
        CASE
            WHEN judged.two_parts IS NOT NULL
                THEN CASE regexp_replace(judged.name_key, '([aou])e', '\1', 'g')
                    WHEN regexp_replace(regexp_extract(judged.two_parts, '[a-z]+$'), '([aou])e', '\1', 'g')
                        THEN regexp_extract(judged.two_parts, '^[a-z]{3,}')
                    WHEN regexp_replace(regexp_extract(judged.two_parts, '^[a-z]+'), '([aou])e', '\1', 'g')
                        THEN CASE
                            WHEN judged.first_name IS NULL THEN regexp_extract(judged.two_parts, '[a-z]{3,}$')
                        END
                END
        END AS other_part
    FROM judged
),

-- what stands before a family name in mailboxes that are not of one of the family
no_given_names AS (
    SELECT mailbox AS word
    FROM policy_role_mailboxes
    UNION
    SELECT
        unnest([
            'team', 'familie', 'family', 'famille', 'familia', 'famiglia', 'fam', 'haus', 'hotel', 'praxis', 'kanzlei',
            'buero', 'buro', 'firma', 'studio', 'atelier', 'shop', 'post', 'email', 'prof', 'herr', 'frau', 'mrs',
            'miss', 'mister', 'madame', 'von', 'van', 'the'
        ]) AS word
),

spelled AS (
    SELECT
        initials.*,
        CASE
            WHEN initials.family IS NOT NULL
                THEN list_filter(
                    list_transform(
                        range(
                            greatest(3, length(initials.mailbox) - length(initials.family) - 2),
                            length(initials.mailbox) - length(initials.family) + 1
                        ),
                        LAMBDA letters: CASE initials.family
                            WHEN regexp_replace(substr(initials.mailbox, letters + 1), '([aou])e', '\1', 'g')
                                THEN left(initials.mailbox, letters)
                            WHEN regexp_replace(left(initials.mailbox, -letters), '([aou])e', '\1', 'g')
                                THEN right(initials.mailbox, letters)
                        END
                    ),
                    LAMBDA given: starts_with(given, initials.first_name)
                )[1]
            WHEN initials.other_part <> ''
                THEN CASE
                    WHEN NOT list_contains(
                        (SELECT list(no_given_names.word) FROM no_given_names), initials.other_part
                    ) THEN initials.other_part
                END
        END AS told_name
    FROM initials
),

named AS (
    SELECT
        spelled.* REPLACE (
            coalesce(spelled.told_name, spelled.first_name) AS first_name,
            CASE
                WHEN spelled.told_name IS NULL THEN spelled.last_name
                ELSE coalesce(spelled.last_name, spelled.name_key)
            END AS last_name,
            coalesce(spelled.told_name || ' ' || coalesce(spelled.last_name, spelled.name_key), spelled.name_key)
                AS name_key,
            CASE
                WHEN spelled.told_name IS NULL THEN spelled.name_latin
                ELSE
                    array_to_string(
                        list_sort(list_append(string_split(spelled.name_latin, ' '), spelled.told_name)), ' '
                    )
            END AS name_latin
        ),
        CASE
            WHEN spelled.name_key IS NOT NULL THEN 'person'
            WHEN spelled.company_key IS NOT NULL OR spelled.has_role_mailbox THEN 'organisation'
            ELSE 'unnamed'
        END AS record_kind
    FROM spelled
)

SELECT
    named.record_id,
    named.record_no,
    named.record_kind,
    named.source_name,
    named.source_key,
    named.known_at,
    named.name_key,
    named.first_name,
    named.last_name,
    named.name_latin,
    CASE
        WHEN named.first_name IS NULL OR named.last_name IS NULL THEN named.name_key
        ELSE
            concat(least(named.first_name, named.last_name), ' ', greatest(named.first_name, named.last_name))
    END AS name_pair,
    left(named.first_name, 3) AS first_name_start,
    left(named.last_name, 3) AS last_name_start,
    -- the same for names in each other's place
    least(left(named.first_name, 3), left(named.last_name, 3))
    || ' ' || greatest(left(named.first_name, 3), left(named.last_name, 3)) AS name_starts,
    named.salutation,
    named.birth_date,
    left(cast(named.birth_date AS VARCHAR), 4) AS birth_year,
    CASE WHEN NOT named.has_role_mailbox OR named.record_kind = 'organisation' THEN named.email END AS email,
    CASE
        WHEN NOT named.has_role_mailbox AND length(split_part(named.email, '@', 1)) >= 5
            THEN regexp_replace(split_part(named.email, '@', 1), '\+.*$', '')
    END AS email_name,
    named.phone,
    named.company_key,
    named.company_brand,
    left(named.company_key, 5) AS company_start,
    named.company_code,
    named.domain,
    named.country,
    named.city,
    named.postcode,
    named.address,
    left(named.address, 8) AS address_start,
    named.anonymous_id,
    named.has_shared_email,
    named.has_shared_phone,
    CASE WHEN NOT named.has_role_mailbox OR named.record_kind = 'organisation' THEN named.shared_email END
        AS shared_email,
    named.shared_phone
FROM named
