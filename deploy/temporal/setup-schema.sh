#!/bin/sh
# Creates Temporal's two databases, or brings them to the schema of this version. Safe to run again: what exists is kept.
# temporal-sql-tool reads SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD from the environment.
set -eu

bring_up_to_date() {
  database="$1"
  schema="$2"
  temporal-sql-tool --db "$database" create
  temporal-sql-tool --db "$database" setup-schema --version 0.0
  temporal-sql-tool --db "$database" update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$schema/versioned"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
echo 'The schemas of temporal and temporal_visibility are up to date.'
