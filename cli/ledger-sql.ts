/** SQL for any DuckDB over a ledger: a view with a row for each record, and questions that auditors ask. */
export interface LedgerSql {
  readonly view: string;
  /** Each with its question as a comment in front. */
  readonly queries: readonly string[];
}

/** `folder` is the ledger of one pipeline: a path, or an `s3://` address. Columns are declared, so nothing is guessed. */
export function composeLedgerSql(folder: string): LedgerSql {
  const files = sqlText(`${folder}/*.json`);
  return { view: viewOver(files), queries: [champions, promotions, decisions, chainOver(files)] };
}

function viewOver(files: string): string {
  return `CREATE OR REPLACE VIEW ledger AS
SELECT number, "at", event->>'$.type' AS type, actor.name AS actor, reason, event,
  workflow.workflowId AS workflow_id, recordId AS record_id, previousHash AS previous_hash, pipeline
FROM read_json(${files}, format = 'newline_delimited', columns = {
  schemaVersion: 'INTEGER', pipeline: 'VARCHAR', number: 'BIGINT', previousHash: 'VARCHAR', recordId: 'VARCHAR',
  "at": 'TIMESTAMP', actor: 'STRUCT(name VARCHAR, kind VARCHAR)', reason: 'VARCHAR',
  workflow: 'STRUCT(workflowId VARCHAR, runId VARCHAR)', event: 'JSON'
});`;
}

const champions = `-- Who was champion from when to when, why, on which report, approved by whom?
SELECT c.event->>'$.to.version' AS version, c."at" AS since, lead(c."at") OVER (ORDER BY c.number) AS until,
  c.event->>'$.cause' AS cause, c.reason, c.event->>'$.reportDigest' AS report, (
    SELECT string_agg(a.event->>'$.by', ', ' ORDER BY a.number) FROM ledger a
    WHERE a.type = 'decision-received' AND (a.event->>'$.decision') = 'approve' AND (a.event->>'$.accepted')::BOOLEAN
      AND (a.event->>'$.promotionId') = (c.event->>'$.decisionId')
      AND (a.event->>'$.reportDigest') = (c.event->>'$.reportDigest') AND a.number <= (c.event->>'$.approvalNumber')::BIGINT
  ) AS approved_by
FROM ledger c WHERE c.type = 'champion-changed' ORDER BY c.number;`;

const decisions = `-- Who decided what, proved or claimed, and what did not count, for which reason?
SELECT number, "at", event->>'$.promotionId' AS promotion, event->>'$.decision' AS decision, event->>'$.by' AS person,
  event->>'$.identity' AS identity, event->>'$.key' AS key, event->>'$.principal' AS sent_by,
  (event->>'$.accepted')::BOOLEAN AS counted, event->>'$.refusal' AS refusal, event->>'$.note' AS note, reason
FROM ledger WHERE type = 'decision-received' ORDER BY number;`;

const promotions = `-- How did each promotion end, and how long did it take?
SELECT o.event->>'$.promotionId' AS promotion, o.event->>'$.challenger.version' AS version,
  e.event->>'$.outcome' AS outcome, e."at" - o."at" AS took, e.event->>'$.grounds' AS grounds
FROM ledger o LEFT JOIN ledger e
  ON e.type = 'promotion-closed' AND (e.event->>'$.promotionId') = (o.event->>'$.promotionId')
WHERE o.type = 'promotion-opened' ORDER BY o.number;`;

/** A record's hash is the sha256 of its file without the line end. */
function chainOver(files: string): string {
  return `-- Which records does the next one not vouch for? None, in a ledger that nobody touched.
WITH files AS (
  SELECT parse_filename(filename, true)::BIGINT AS number, sha256(rtrim(content, chr(10))) AS hash
  FROM read_text(${files})
)
SELECT f.number, f.hash, l.previous_hash AS expected
FROM files f JOIN ledger l ON l.number = f.number + 1
WHERE l.previous_hash <> f.hash ORDER BY f.number;`;
}

function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
