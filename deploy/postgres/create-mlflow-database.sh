#!/usr/bin/env bash
# Runs once, when PostgreSQL starts on an empty volume: MLflow gets a role and a database of its own beside Temporal's.
set -euo pipefail

psql --set ON_ERROR_STOP=1 --set password="$MLFLOW_DB_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE mlflow LOGIN PASSWORD :'password';
CREATE DATABASE mlflow OWNER mlflow;
SQL
