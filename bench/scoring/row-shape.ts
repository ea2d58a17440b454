// Loads nothing: what is measured as a whole process starts with it.

export const rowsPerPart = 500_000;

/** Twelve numbers of a flight: made to measure speed, not to predict well. */
export const featureSql = {
  month: 'month(date)',
  day: 'day(date)',
  weekday: 'isodow(date)',
  hour: 'hour(date)',
  minute_of_day: 'hour(date) * 60 + minute(date)',
  distance: 'distance',
  log_distance: 'ln(distance + 1)',
  origin_code: 'origins.code',
  destination_code: 'destinations.code',
  origin_flights: 'origins.flights',
  destination_flights: 'destinations.flights',
  route_flights: 'routes.flights',
} as const;

export const featureNames = Object.keys(featureSql);

/** Columns as the parts of a snapshot have them. The key is a number, so that no side pays for reading text. */
export const partColumns = [
  { name: 'row_key', type: 'BIGINT' },
  { name: 'entity', type: 'VARCHAR' },
  { name: 'event_time', type: 'TIMESTAMP' },
  ...featureNames.map((name) => ({ name, type: 'FLOAT' })),
];
