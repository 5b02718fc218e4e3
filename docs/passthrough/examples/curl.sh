#!/bin/sh
# Every kind of call, with curl. Set TIEOUT_URL (https://books.example.com) and TIEOUT_API_KEY first.
# It only reads, unless TIEOUT_WRITE=1 is set: then it also adds a customer, and needs a key that may write.
set -eu
: "${TIEOUT_URL:?the address of your Tieout server}" "${TIEOUT_API_KEY:?a key of your company}"

QUERY='<?xml version="1.0" encoding="utf-8"?>
<?qbxml version="13.0"?>
<QBXML><QBXMLMsgsRq onError="stopOnError">
<CompanyQueryRq requestID="company"/>
</QBXMLMsgsRq></QBXML>'

echo "1. A query as raw XML: the answer comes in the same call."
curl -sS --fail-with-body --max-time 60 "$TIEOUT_URL/api/qbxml?wait=35" \
  -H "X-API-Key: $TIEOUT_API_KEY" \
  -H "Content-Type: application/xml" \
  -H "X-Request-ID: curl-example" \
  --data-binary "$QUERY"
echo

echo "2. The same as JSON, without waiting: 202 and the transaction to ask for."
ACCEPTED=$(curl -sS --fail-with-body --max-time 60 "$TIEOUT_URL/api/qbxml" \
  -H "X-API-Key: $TIEOUT_API_KEY" \
  -H "Content-Type: application/json" \
  -H "Prefer: respond-async" \
  --data '{"identifier": "curl-example", "qbxml": "<QBXML><QBXMLMsgsRq onError=\"stopOnError\"><HostQueryRq requestID=\"host\"/></QBXMLMsgsRq></QBXML>"}')
echo "$ACCEPTED"
TRANSACTION=$(printf '%s' "$ACCEPTED" | sed -n 's/.*"transaction_id": *"\(tx-[^"]*\)".*/\1/p')

echo "3. Its result: this call is held until it is there, for at most 30 seconds."
curl -sS --fail-with-body --max-time 60 "$TIEOUT_URL/api/transactions/$TRANSACTION?wait=30" \
  -H "X-API-Key: $TIEOUT_API_KEY"
echo

echo "4. The latest calls."
curl -sS --fail-with-body --max-time 60 "$TIEOUT_URL/api/transactions?limit=5" -H "X-API-Key: $TIEOUT_API_KEY"
echo

if [ "${TIEOUT_WRITE:-0}" = 1 ]; then
  KEY="curl-example-${TIEOUT_RUN:-$(date +%s)}"
  echo "5. A change with an idempotency key, sent twice: it is carried out once, and 409 brings the same answer."
  for TURN in first second; do
    echo "$TURN:"
    curl -sS --max-time 60 -w '\nHTTP %{http_code}\n' "$TIEOUT_URL/api/qbxml" \
      -H "X-API-Key: $TIEOUT_API_KEY" \
      -H "Content-Type: application/xml" \
      -H "Idempotency-Key: $KEY" \
      --data-binary "<QBXML><QBXMLMsgsRq onError=\"stopOnError\"><CustomerAddRq requestID=\"1\"><CustomerAdd><Name>$KEY</Name></CustomerAdd></CustomerAddRq></QBXMLMsgsRq></QBXML>"
  done
fi
