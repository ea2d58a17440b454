import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DuckDBConnection } from '@duckdb/node-api';
import { queryRows, withDuckDb } from '../../../adapters/duckdb/connection.js';
import { checkExpression, checkSelect, needsOneThread } from '../../../adapters/duckdb/select-statement.js';
import { allowedAggregates, allowedScalars } from '../../../adapters/duckdb/sql-functions.js';

const settings = {
  allowed: [],
  tempDirectory: path.join(os.tmpdir(), 'gauntlet-sql-rules'),
  threads: 1,
  memoryLimitMb: 128,
};

/** A confined engine with two sources, `flights` and `weather`. */
function withSources<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  return withDuckDb(settings, async (connection) => {
    await connection.run('CREATE TABLE flights (id VARCHAR, route VARCHAR, day DATE, delay DOUBLE, legs INTEGER[])');
    await connection.run('CREATE TABLE weather (route VARCHAR, seen TIMESTAMP, wind DOUBLE)');
    return use(connection);
  });
}

function check(sql: string): Promise<readonly string[]> {
  const text = { field: 'dataset.sql', sql, parameters: ['window_start', 'as_of'], tables: ['flights', 'weather'] };
  return withSources((connection) => checkSelect(connection, text));
}

describe("a dataset's SQL", () => {
  it.each([
    'SELECT * FROM flights',
    'FROM Flights SELECT id',
    'SELECT id, delay > 15 AS late -- a comment; with a semicolon\nFROM flights',
    'WITH a AS (SELECT * FROM flights), b AS (FROM a) SELECT count(*) FROM b JOIN a USING (id)',
    'WITH flights AS (SELECT * FROM flights WHERE delay > 0) SELECT * FROM flights',
    'WITH RECURSIVE n AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM n WHERE x < 3) SELECT * FROM n, flights',
    'SELECT f.*, w.wind FROM flights f ASOF LEFT JOIN weather w ON f.route = w.route AND f.day >= w.seen',
    'SELECT id, sum(delay) OVER (PARTITION BY route ORDER BY day ROWS 3 PRECEDING), $as_of::DATE FROM flights',
    'SELECT id, list_transform(legs, x -> x + 1), [x * 2 FOR x IN legs IF x > 1], legs[1:2] FROM flights',
    `SELECT route, date_trunc('month', day), age(day, DATE '2001-01-01'), day + INTERVAL 2 DAY, coalesce(delay, 0),
            CASE WHEN delay BETWEEN 1 AND 2 THEN 'x' ELSE upper(route) END, route LIKE 'A%', delay::INTEGER,
            try_cast(route AS DOUBLE), extract(year FROM day), nullif(delay, 0), {'a': 1}.a, (day).year()
     FROM flights WHERE route IN (SELECT route FROM weather) AND NOT EXISTS (FROM weather w WHERE w.wind > 1)`,
    'SELECT * FROM (VALUES (1), (2)) t(a), range(3), LATERAL (SELECT a + 1)',
    "SELECT * FROM flights PIVOT (avg(delay) FOR route IN ('A', 'B'))",
    'SELECT * FROM (SELECT id, delay FROM flights) UNPIVOT (v FOR k IN (delay))',
    'SELECT DISTINCT ON (route) route, day FROM flights ORDER BY route, day LIMIT 5',
    'SELECT id FROM flights UNION ALL SELECT route FROM weather EXCEPT SELECT route FROM weather',
    'SELECT route, count(*) FILTER (delay > 1) FROM flights GROUP BY ROLLUP (route) HAVING count(*) > 1 QUALIFY row_number() OVER () = 1',
    'SELECT f.current_date FROM (SELECT day AS current_date FROM flights) f',
  ])('may be %s', async (sql) => {
    await expect(check(sql)).resolves.toBeInstanceOf(Array);
  });

  it.each([
    // Statements other than one SELECT.
    ['', ''],
    ['-- nothing', ''],
    ['SELECT 1; SELECT 2', '2 statements'],
    ["SELECT 1; ATTACH '/tmp/x.db'", '2 statements'],
    ["SELECT 1 /* ; */; COPY flights TO '/tmp/x'", '2 statements'],
    ["ATTACH '/tmp/x.db'", ''],
    ["COPY flights TO '/tmp/x.csv'", 'Permission'],
    ["COPY (SELECT 1) TO '/dev/stdout'", 'Permission'],
    ['INSTALL httpfs', ''],
    ['LOAD httpfs', ''],
    ['PRAGMA database_list', ''],
    ["SET memory_limit = '99GB'", ''],
    ['RESET threads', ''],
    ['CALL pragma_version()', ''],
    ["EXPORT DATABASE '/tmp/x'", ''],
    ["IMPORT DATABASE '/tmp/x'", ''],
    ['CREATE TABLE x AS SELECT 1', 'a CREATE statement'],
    ["CREATE MACRO f() AS TABLE FROM glob('/*')", 'Permission'],
    ['INSERT INTO flights SELECT * FROM flights', ''],
    ['DROP TABLE flights', 'a DROP statement'],
    ['EXPLAIN ANALYZE SELECT 1', ''],
    ['VACUUM', ''],
    ['SELECT 1 INTO x', ''],
    ['PREPARE p AS SELECT 1', ''],
    ["CREATE SECRET (TYPE s3, KEY_ID 'x')", ''],
    ['WITH x AS (DELETE FROM flights RETURNING *) SELECT * FROM x', ''],
    // Files and networks.
    ["SELECT * FROM '/etc/passwd'", 'the table /etc/passwd'],
    ["SELECT * FROM 'data.parquet'", 'the table data.parquet'],
    ['SELECT * FROM "https://example.org/x.parquet"', 'the table https://example.org/x.parquet'],
    ["SELECT * FROM read_text('/etc/passwd')", 'read_text()'],
    ["SELECT * FROM read_blob('/etc/shadow')", 'read_blob()'],
    ["SELECT * FROM read_csv('/etc/passwd')", 'read_csv()'],
    ["SELECT * FROM read_csv_auto('/etc/passwd')", 'read_csv_auto()'],
    ["SELECT * FROM READ_PARQUET('s3://bucket/x')", 'read_parquet()'],
    ["SELECT * FROM parquet_scan('x')", 'parquet_scan()'],
    ["SELECT * FROM parquet_metadata('x')", 'parquet_metadata()'],
    ["SELECT * FROM read_json('/etc/x.json')", 'read_json()'],
    ["SELECT * FROM sniff_csv('/etc/passwd')", 'sniff_csv()'],
    ["SELECT * FROM glob('/*')", 'glob()'],
    ["SELECT (SELECT content FROM read_text('/etc/passwd')) FROM flights", 'read_text()'],
    ["WITH x AS (FROM read_text('/etc/passwd')) SELECT 1 FROM flights", 'read_text()'],
    ["SELECT id FROM flights ORDER BY (SELECT count(*) FROM glob('/*'))", 'glob()'],
    ["SELECT id FROM flights LIMIT (SELECT count(*) FROM glob('/*'))", 'glob()'],
    ["SELECT * FROM flights, LATERAL (FROM read_text('/etc/passwd'))", 'read_text()'],
    ["SELECT * REPLACE ((SELECT count(*) FROM glob('/*')) AS id) FROM flights", 'glob()'],
    ["SELECT 1 UNION ALL SELECT 2 FROM glob('/*')", 'glob()'],
    ["SELECT * FROM flights JOIN weather ON (SELECT true FROM glob('/*'))", 'glob()'],
    ['WITH a AS (WITH "/etc/passwd" AS (SELECT 1) SELECT 1) SELECT * FROM "/etc/passwd"', 'the table /etc/passwd'],
    ['WITH a AS (FROM b), b AS (SELECT 1) SELECT * FROM a', 'the table b'],
    // Text that runs text, and the engine's own tables.
    ["SELECT * FROM query('SELECT 1')", 'query()'],
    ["SELECT * FROM query_table(['flights'])", 'query_table()'],
    ["SELECT * FROM json_execute_serialized_sql('{}')", 'json_execute_serialized_sql()'],
    ['SELECT * FROM customers', 'the table customers'],
    ['SELECT * FROM main.flights', 'the table main.flights'],
    ['SELECT * FROM information_schema.tables', 'the table information_schema.tables'],
    ['SELECT * FROM duckdb_settings()', 'duckdb_settings()'],
    ['SELECT * FROM duckdb_secrets()', 'duckdb_secrets()'],
    ["SELECT * FROM pragma_table_info('flights')", 'pragma_table_info()'],
    ['SELECT * FROM test_all_types()', 'test_all_types()'],
    ['SHOW TABLES', 'a SHOW, DESCRIBE or SUMMARIZE'],
    ['DESCRIBE flights', 'a SHOW, DESCRIBE or SUMMARIZE'],
    ['SELECT * FROM (SUMMARIZE flights)', 'a SHOW, DESCRIBE or SUMMARIZE'],
    // Settings, environment, clock and chance.
    ["SELECT getenv('HOME') FROM flights", 'getenv()'],
    ["SELECT current_setting('temp_directory') FROM flights", 'current_setting()'],
    ["SELECT getvariable('x') FROM flights", 'getvariable()'],
    ['SELECT version() FROM flights', 'version()'],
    ['SELECT random() FROM flights', 'random()'],
    ['SELECT RANDOM ( ) FROM flights', 'random()'],
    ['SELECT "random"() FROM flights', 'random()'],
    ['SELECT main.random() FROM flights', 'random()'],
    ['SELECT id FROM flights ORDER BY random()', 'random()'],
    ['SELECT list_transform(legs, x -> x + random()) FROM flights', 'random()'],
    ['SELECT sum(delay) FILTER (random() < 0.5) FROM flights', 'random()'],
    ['SELECT sum(delay) OVER (ORDER BY uuid()) FROM flights', 'uuid()'],
    ['SELECT setseed(0.5) FROM flights', 'setseed()'],
    ["SELECT nextval('s') FROM flights", 'nextval()'],
    ['SELECT now() FROM flights', 'now()'],
    ['SELECT today() FROM flights', 'today()'],
    ['SELECT current_timestamp FROM flights', 'current_timestamp'],
    ['SELECT id FROM flights WHERE day < CURRENT_DATE', 'current_date'],
    ['SELECT localtimestamp FROM flights', 'localtimestamp'],
    ['SELECT age(day) FROM flights', 'age()'],
    ['SELECT hash(id) FROM flights', 'hash()'],
    ['SELECT reservoir_quantile(delay, 0.5) FROM flights', 'reservoir_quantile()'],
    ['SELECT * FROM flights TABLESAMPLE 10%', 'a random sample'],
    ['SELECT * FROM flights USING SAMPLE 5', 'a random sample'],
    ["SELECT write_log('x') FROM flights", 'write_log()'],
    ['SELECT sleep_ms(1000) FROM flights', 'sleep_ms()'],
    ['SELECT other.f(id) FROM flights', 'f()'],
    ['SELECT other.upper(id) FROM flights', 'other.upper()'],
  ])('may not be %s', async (sql, found) => {
    await expect(check(sql)).rejects.toMatchObject({
      type: 'INVALID_SQL',
      problems: [{ field: 'dataset.sql', found: expect.stringContaining(found) as string }],
    });
  });

  it('is told everything that is wrong at once, with what to use instead', async () => {
    await expect(check("SELECT now(), random(), now() FROM 'x.csv'")).rejects.toMatchObject({
      problems: [
        { found: 'now()', expected: 'the data clock, $as_of, or the window, $window_start and $window_end' },
        { found: 'random()', expected: 'a value made from the row, such as md5_number_lower(key)' },
        { found: 'the table x.csv', expected: 'one of the sources flights, weather' },
      ],
    });
  });
});

describe('an expression', () => {
  const expression = (text: string) => withSources((connection) => checkExpression(connection, 'baseline', text));

  it.each(['delay', '1 / (1 + exp(ln(4) - delay))', "CASE WHEN route = 'A' THEN 1 ELSE coalesce(delay, 0) END"])(
    'may be %s',
    async (text) => {
      await expect(expression(text)).resolves.toBeUndefined();
    },
  );

  it.each([
    '',
    'delay +',
    '1), (2',
    '1) FROM flights WHERE (true',
    '1); SELECT (2',
    'delay -- more',
    '(SELECT max(delay) FROM flights)',
    'sum(delay)',
    'avg(delay) OVER ()',
    'random()',
    "getenv('HOME')",
    'current_date - day',
    '1) ORDER BY (1',
    '1) UNION SELECT (2',
    '*',
    'COLUMNS(*)',
  ])('may not be %s', async (text) => {
    await expect(expression(text)).rejects.toMatchObject({ type: 'INVALID_SQL' });
  });
});

describe('a text whose rows could depend on their order', () => {
  it.each([
    ['SELECT id, delay FROM flights', false],
    ['SELECT route, count(*), max(delay), median(delay) FROM flights GROUP BY ALL ORDER BY ALL', false],
    ['SELECT DISTINCT route FROM flights', false],
    ['SELECT route, avg(delay) FROM flights GROUP BY ALL', true],
    ['SELECT any_value(route) FROM flights', true],
    ['SELECT * FROM (SELECT row_number() OVER (ORDER BY day) FROM flights)', true],
    ['SELECT id FROM flights WHERE id IN (SELECT id FROM flights LIMIT 3)', true],
    ['SELECT DISTINCT ON (route) id FROM flights', true],
    ['FROM flights f ASOF JOIN weather w ON f.route = w.route AND f.day >= w.seen', true],
  ])('runs on one thread: %s is %s', async (sql, alone) => {
    expect(await withSources((connection) => needsOneThread(connection, sql))).toBe(alone);
  });
});

describe('the functions that are allowed', () => {
  it('are all there, and all give the same value for the same arguments', async () => {
    const rows = await withSources((connection) =>
      queryRows<{ name: string; pure: boolean }>(
        connection,
        `SELECT lower(function_name) AS name,
                bool_and(function_type IN ('macro', 'table', 'table_macro') OR stability = 'CONSISTENT') AS pure
         FROM duckdb_functions() GROUP BY ALL`,
      ),
    );
    const pure = new Map(rows.map((row) => [row.name, row.pure]));
    // The parser's own words, which the catalog does not list.
    const words = ['unnest', 'grouping', 'grouping_id', 'nullif'];
    const wrong = [...allowedScalars, ...allowedAggregates].filter(
      (name) => pure.get(name) !== true && !words.includes(name),
    );
    expect(wrong).toEqual([]);
  });
});
