-- A forecast's quantiles are in order, and none is below what is won already.
-- severity: blocking
-- table: forecasts
SELECT
    concat_ws(' / ', forecasts.period, forecasts.segment_type, forecasts.segment) AS offender,
    forecasts.won_to_date AS amount_base
FROM forecasts
WHERE forecasts.p10 > forecasts.p50 OR forecasts.p50 > forecasts.p90
