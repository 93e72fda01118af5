-- One row per two leads that might be the same, by the pair of their records that says so most: what a person is asked.
-- Leads that a person told apart are not asked about again, but where another decision contradicts that.
WITH pairs AS (
    SELECT
        record_matches.record_id_l,
        record_matches.record_id_r,
        record_matches.rule,
        record_matches.match_weight,
        record_matches.match_probability,
        record_matches.evidence,
        least(l.lead_id, r.lead_id) AS one_lead_id,
        greatest(l.lead_id, r.lead_id) AS other_lead_id,
        greatest(coalesce(l_scores.score, 0), coalesce(r_scores.score, 0)) AS score
    FROM record_matches
    INNER JOIN lead_identities AS l ON record_matches.record_id_l = l.record_id
    INNER JOIN lead_identities AS r ON record_matches.record_id_r = r.record_id
    LEFT JOIN lead_scores AS l_scores ON l.lead_id = l_scores.lead_id
    LEFT JOIN lead_scores AS r_scores ON r.lead_id = r_scores.lead_id
    WHERE record_matches.decision = 'review' AND l.lead_id <> r.lead_id
),

told_apart AS (
    SELECT DISTINCT
        least(l.lead_id, r.lead_id) AS one_lead_id,
        greatest(l.lead_id, r.lead_id) AS other_lead_id
    FROM identity_decisions
    INNER JOIN lead_identities AS l ON identity_decisions.record_id_l = l.record_id
    INNER JOIN lead_identities AS r ON identity_decisions.record_id_r = r.record_id
    WHERE identity_decisions.decision = 'different'
),

asked AS (
    SELECT pairs.*
    FROM pairs
    LEFT JOIN told_apart
        ON pairs.one_lead_id = told_apart.one_lead_id AND pairs.other_lead_id = told_apart.other_lead_id
    WHERE told_apart.one_lead_id IS NULL OR pairs.rule = 'decision'
    QUALIFY
        row_number() OVER (
            PARTITION BY pairs.one_lead_id, pairs.other_lead_id
            ORDER BY pairs.match_weight DESC, pairs.record_id_l, pairs.record_id_r
        ) = 1
)

SELECT
    asked.record_id_l,
    asked.record_id_r,
    asked.match_probability,
    asked.evidence,
    asked.score,
    l.full_name AS full_name_l,
    r.full_name AS full_name_r,
    l.birth_date AS birth_date_l,
    r.birth_date AS birth_date_r,
    l.email AS email_l,
    r.email AS email_r,
    l.phone AS phone_l,
    r.phone AS phone_r,
    l.company AS company_l,
    r.company AS company_r,
    l.company_code AS company_code_l,
    r.company_code AS company_code_r,
    l.title AS title_l,
    r.title AS title_r,
    l.country AS country_l,
    r.country AS country_r,
    l.city AS city_l,
    r.city AS city_r,
    l.postcode AS postcode_l,
    r.postcode AS postcode_r,
    l.address AS address_l,
    r.address AS address_r,
    l.source_name AS source_name_l,
    r.source_name AS source_name_r,
    strftime(l.known_at, '%Y-%m-%d') AS known_at_l,
    strftime(r.known_at, '%Y-%m-%d') AS known_at_r
FROM asked
INNER JOIN lead_records AS l ON asked.record_id_l = l.record_id
INNER JOIN lead_records AS r ON asked.record_id_r = r.record_id
