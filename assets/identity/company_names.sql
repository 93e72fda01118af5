-- One row per company name as given, with the company it stands for when nothing else is known.
SELECT
    keys.name AS company,
    found.account_id
FROM name_keys AS keys
INNER JOIN account_keys AS found
    ON found.key_type = 'company_key' AND found.key_source = '' AND keys.name_key = found.key_value
WHERE keys.kind = 'company'
