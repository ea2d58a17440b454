#!/bin/sh
# Creates the namespace, or sets the retention of the one that exists. Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and
# TEMPORAL_RETENTION. The server may answer some seconds before it accepts namespaces, so this asks more than once.
set -eu

attempts=30
while [ "$attempts" -gt 0 ]; do
  if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
    exit 0
  fi
  if temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"; then
    exit 0
  fi
  attempts=$((attempts - 1))
  sleep 2
done
echo "The namespace $TEMPORAL_NAMESPACE could not be created at $TEMPORAL_ADDRESS." >&2
exit 1
