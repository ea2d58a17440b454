#!/bin/sh
# Creates the namespace, or sets the retention of the one that exists, and registers the search attributes that runs are
# listed by. Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_RETENTION. The server may answer some seconds before
# it accepts namespaces, so this asks more than once.
set -eu

# A worker looks once, when it starts: without them it runs all the same, and its runs cannot be filtered.
register_search_attributes() {
  for name in GauntletPipeline GauntletPhase GauntletVerdict GauntletWaitingFor; do
    known=$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" 2>/dev/null | grep -c "$name" || true)
    [ "$known" -gt 0 ] || temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword
  done
}

attempts=30
while [ "$attempts" -gt 0 ]; do
  if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
    if register_search_attributes; then exit 0; fi
  else
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION" || true
  fi
  attempts=$((attempts - 1))
  sleep 2
done
echo "The namespace $TEMPORAL_NAMESPACE could not be created at $TEMPORAL_ADDRESS." >&2
exit 1
