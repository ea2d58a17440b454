-- One row per flight of the window, with what was known at the start of its day.
--
-- The source says no more than date, delay, distance, origin and destination. `date` behaves like the time a flight
-- really left, so nothing finer than its day may be used: the hour would tell how late the flight was.
--
-- Whether a flight of day d was late is known on day d + 2: its window ends at d + 1, and the label comes a day later. At
-- the start of day d the outcomes of the days up to d - 2 are known, so history is the 28 days [d - 29, d - 2], the same
-- 28 days whether the row is scored or trained on.
WITH departures AS (
  SELECT
    source_digest[1:12] || ':' || lpad(file_row_number::VARCHAR, 12, '0') AS row_key,
    date::DATE AS day, origin, destination, distance, delay
  FROM flights
  WHERE date >= $window_start AND date < $window_end
),
days AS (
  SELECT DISTINCT day FROM departures
),
-- No day whose outcomes the data clock does not know yet; no day that only a later day's rows could use.
outcomes AS (
  SELECT date::DATE AS day, origin, destination, count(*) AS flights, count(*) FILTER (delay > 15) AS late
  FROM flights
  WHERE date >= $window_start - INTERVAL 29 DAY
    AND date < $window_end - INTERVAL 2 DAY
    AND date::DATE + INTERVAL 2 DAY <= $as_of
  GROUP BY ALL
),
route_history AS (
  SELECT d.day, o.origin, o.destination, sum(o.flights) AS flights, sum(o.late) AS late
  FROM days AS d
  JOIN outcomes AS o ON o.day BETWEEN d.day - 29 AND d.day - 2
  GROUP BY ALL
),
-- Without any history one flight in five is taken to be late; the five imagined flights also keep shares off 0 and 1.
overall AS (
  SELECT d.day, (coalesce(sum(late), 0) + 1) / (coalesce(sum(flights), 0) + 5) AS share
  FROM days AS d
  LEFT JOIN route_history AS h USING (day)
  GROUP BY ALL
),
-- Shares are drawn towards the overall share by as many flights as the constants say, because few flights prove little.
origins AS (
  SELECT day, origin, (sum(late) + 50 * any_value(o.share)) / (sum(flights) + 50) AS share
  FROM route_history JOIN overall AS o USING (day)
  GROUP BY ALL
),
destinations AS (
  SELECT day, destination, (sum(late) + 50 * any_value(o.share)) / (sum(flights) + 50) AS share
  FROM route_history JOIN overall AS o USING (day)
  GROUP BY ALL
),
shares AS (
  SELECT
    d.*,
    o.share AS overall_share,
    coalesce(a.share, o.share) AS origin_share,
    coalesce(b.share, o.share) AS destination_share,
    -- A route is taken for the mean of its two airports until it has flights of its own.
    (coalesce(r.late, 0) + 10 * (coalesce(a.share, o.share) + coalesce(b.share, o.share))) / (coalesce(r.flights, 0) + 20)
      AS route_share
  FROM departures AS d
  JOIN overall AS o USING (day)
  LEFT JOIN route_history AS r ON r.day = d.day AND r.origin = d.origin AND r.destination = d.destination
  LEFT JOIN origins AS a ON a.day = d.day AND a.origin = d.origin
  LEFT JOIN destinations AS b ON b.day = d.day AND b.destination = d.destination
)
-- A lift is the log-odds of a late flight above those of the whole network, in coarse steps. Shares themselves, or finer
-- steps, would name the day they were counted on: a model learns the weather of its 28 training days by heart, and then
-- does worse than a plain sort by the route's share (README.md has the numbers).
SELECT
  row_key,
  origin || '-' || destination AS route,
  day AS departure_day,
  isodow(day) AS weekday,
  distance,
  origin,
  destination,
  round(ln(origin_share / (1 - origin_share) * (1 - overall_share) / overall_share) * 4) / 4 AS origin_lift,
  round(ln(destination_share / (1 - destination_share) * (1 - overall_share) / overall_share) * 4) / 4 AS destination_lift,
  round(ln(route_share / (1 - route_share) * (1 - overall_share) / overall_share) * 10) / 10 AS route_lift,
  delay > 15 AS late,
  day + INTERVAL 2 DAY AS label_available_at
FROM shares
