#!/usr/bin/env bash
# The whole story over HTTP: a customer finds a plan, pays in the sandbox, checks in, spends; an admin
# adjusts; the ledger is proved. Run it beside `make run`, in a second shell:
#
#     docs/story.sh
#
# BILLING_URL   where the service answers            (http://127.0.0.1:8080)
# BILLING       the command line of the service      (.venv/bin/billing)
# PYTHON        any Python, to read the answers with (.venv/bin/python)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
# Tokens are signed with the secrets that the service has made where it was started.
[ -d .billing ] || cd "$root"

url=${BILLING_URL:-http://127.0.0.1:8080}
billing=${BILLING:-$root/.venv/bin/billing}
python=${PYTHON:-$root/.venv/bin/python}
account="story-$(date +%s)-$$"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() { printf 'story: %s\n' "$*" >&2; exit 1; }

# call TOKEN METHOD PATH [BODY] [KEY]: one request; its answer is printed and kept in $answer.
call() {
  local token=$1 method=$2 path=$3 body=${4:-} key=${5:-}
  local arguments=(--silent --show-error --max-time 20 --request "$method" "$url$path")
  [ -n "$token" ] && arguments+=(--header "Authorization: Bearer $token")
  [ -n "$body" ] && arguments+=(--header 'Content-Type: application/json' --data "$body")
  [ -n "$key" ] && arguments+=(--header "Idempotency-Key: $key")
  answer=$(curl "${arguments[@]}") || fail "$method $path: no answer from $url; is \`make run\` running?"
  printf '%s %s\n%s\n' "$method" "$path" "$answer"
}

# of EXPRESSION: a value out of the last answer, as Python sees it under the name `data`.
of() {
  printf '%s' "$answer" | "$python" -c '
import json, sys
answer = json.load(sys.stdin)
assert answer["success"], answer
data = answer["data"]
print(eval(sys.argv[1]))' "$1"
}

# expect EXPRESSION VALUE: the story goes on only if it holds.
expect() {
  local found
  found=$(of "$1") || fail "the answer was refused: $answer"
  [ "$found" = "$2" ] || fail "expected $1 to be $2, found $found"
}

user=$("$billing" token --subject "$account" | tail -n 1)
owner=$("$billing" token --admin --role owner | tail -n 1)

say 'What is on sale? Nobody needs to sign in to see it.'
call '' GET /subscription/plans
plan=$(of '[p for p in data if p["name"] == "Pro"][0]["id"]')
credits=$(of '[p for p in data if p["name"] == "Pro"][0]["credits_included"]')

say 'A new account holds nothing.'
call "$user" GET /credits/balance
expect 'data["balance"]' 0

say 'Buy the plan: the service answers where to pay.'
call "$user" POST /payment/create-session "{
  \"channel\": \"sandbox\", \"type\": \"subscription\", \"plan_id\": \"$plan\",
  \"success_url\": \"$url/docs\", \"cancel_url\": \"$url/docs\"}" "buy-$account"
page=$(of 'data["url"]')
order=$(of 'data["order_id"]')

say 'The same request again, as after a lost answer, gives the same order.'
call "$user" POST /payment/create-session "{
  \"channel\": \"sandbox\", \"type\": \"subscription\", \"plan_id\": \"$plan\",
  \"success_url\": \"$url/docs\", \"cancel_url\": \"$url/docs\"}" "buy-$account"
expect 'data["order_id"]' "$order"

say "Pay on the sandbox's page ($page)."
curl --silent --show-error --max-time 20 --output /dev/null \
  --write-out 'POST %{url_effective}: %{http_code}, on to %{redirect_url}\n' --request POST "$page/pay"

say 'The order is paid, the subscription active, the credits are there.'
call "$user" GET "/orders/$order"
expect 'data["status"]' paid
call "$user" GET /subscription
expect 'data["status"]' active
call "$user" GET /credits/balance
expect 'data["balance"]' "$credits"

say 'The daily check-in, once.'
call "$user" POST /checkin
award=$(of 'data["award"]')
call "$user" POST /checkin
printf '%s' "$answer" | grep --quiet already_checked_in || fail 'a second check-in was let through'

say 'The product spends for a model call; a repeat of the request costs nothing.'
call "$owner" POST /admin/keys '{"name": "story", "scopes": ["credits:spend"]}'
key=$(of 'data["secret"]')
spend="{\"account_id\": \"$account\", \"amount\": 50, \"description\": \"AI chat completion\"}"
call "$key" POST /credits/spend "$spend" "call-1-$account"
call "$key" POST /credits/spend "$spend" "call-1-$account"
call "$user" GET /credits/balance
expect 'data["balance"]' $((credits + award - 50))

say 'Where did the credits go? The ledger, newest line first.'
call "$user" GET '/credits/transactions?limit=20&offset=0'
expect 'sum(line["amount"] for line in data)' $((credits + award - 50))

say 'Support gives 100 credits by hand, with a reason.'
call "$owner" POST /admin/credits/manual \
  "{\"account_id\": \"$account\", \"amount\": 100, \"reason\": \"goodwill\"}" "goodwill-$account"
expect 'data["balance"]' $((credits + award + 50))

say 'Prove the ledger.'
"$billing" verify

say 'All of it held.'
