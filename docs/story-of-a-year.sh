#!/usr/bin/env bash
# A year and a month in the sandbox: two subscriptions begun on 31 January, their renewals, credits and
# expiries; a checkout that nobody pays, a gift that lapses, a check-in streak. Every number is checked.
# Run it beside `billing up --virtual-clock`, in a second shell:
#
#     docs/story-of-a-year.sh
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
told="$(date +%s)-$$"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() { printf 'story: %s\n' "$*" >&2; exit 1; }

# call TOKEN METHOD PATH [BODY] [KEY]: one request; its answer is kept in $answer.
call() {
  local token=$1 method=$2 path=$3 body=${4:-} key=${5:-}
  local arguments=(--silent --show-error --max-time 300 --request "$method" "$url$path")
  [ -n "$token" ] && arguments+=(--header "Authorization: Bearer $token")
  [ -n "$body" ] && arguments+=(--header 'Content-Type: application/json' --data "$body")
  [ -n "$key" ] && arguments+=(--header "Idempotency-Key: $key")
  answer=$(curl "${arguments[@]}") || fail "$method $path: no answer from $url; does it run?"
  printf '%s %s\n' "$method" "$path"
}

# of EXPRESSION: a value out of the last answer, as Python sees it under the name `data`.
of() {
  printf '%s' "$answer" | "$python" -c '
import json, sys
answer = json.load(sys.stdin)
assert answer["success"], answer
data = answer["data"]
def lines(kind): return [(line["created_at"][:10], line["amount"]) for line in reversed(data) if line["type"] == kind]
print(eval(sys.argv[1]))' "$1"
}

# expect EXPRESSION VALUE: the story goes on only if it holds.
expect() {
  local found
  found=$(of "$1") || fail "the answer was refused: $answer"
  [ "$found" = "$2" ] || fail "expected $1 to be $2, found $found"
  printf '  %s is %s\n' "$1" "$2"
}

# buy TOKEN INTERVAL: a checkout of the story's plan; its page is kept in $page, the order in $order.
buy() {
  call "$1" POST /payment/create-session "{
    \"channel\": \"sandbox\", \"type\": \"subscription\", \"plan_id\": \"$plan\", \"interval\": \"$2\",
    \"success_url\": \"$url/docs\", \"cancel_url\": \"$url/docs\"}"
  page=$(of 'data["url"]')
  order=$(of 'data["order_id"]')
}
pay() { curl --silent --show-error --max-time 20 --output /dev/null --request POST "$page/pay"; }

owner=$("$billing" token --admin --role owner | tail -n 1)

say 'What time is it for billing?'
call "$owner" GET /admin/clock
expect 'data["is_virtual"]' True
# The next 31 January at noon that is still to come.
year=$(of 'int(data["now"][:4]) + (data["now"][5:] > "01-31T11")')
call "$owner" POST /admin/clock/advance "{\"to\": \"$year-01-31T12:00:00Z\"}"

say 'Three customers, signed in by the backend.'
call "$owner" POST /admin/keys '{"name": "story of a year", "scopes": ["sessions:create"]}'
key=$(of 'data["secret"]')
for who in monthly yearly late; do
  call "$key" POST /sessions "{\"account_id\": \"$who-$told\", \"ttl_s\": 3600}"
  printf -v "$who" '%s' "$(of 'data["token"]')"
done

say 'A plan of 1,000 credits a month, for 9.99 a month or 99.90 a year; a check-in gives 5, the third in a row 10.'
call "$owner" POST /admin/billing/plans '{"name": "Year", "price_monthly": 999, "price_yearly": 9990,
  "credits_included": 1000, "currency": "USD", "group": "year"}'
plan=$(of 'data["id"]')
call "$owner" GET /admin/checkin/config
version=$(of 'data["version"]')
call "$owner" PUT /admin/checkin/config "{\"enabled\": true, \"base\": 5, \"week\": [5, 5, 10, 10, 10, 10, 10],
  \"zone\": \"UTC\", \"award_days\": 30, \"version\": $version}"

say 'On 31 January one customer subscribes monthly, one yearly, and one leaves the page unpaid.'
buy "$monthly" monthly; pay
buy "$yearly" yearly; pay
buy "$late" monthly; left=$order
call "$owner" POST /admin/credits/manual "{\"account_id\": \"late-$told\", \"amount\": 200,
  \"reason\": \"Welcome\", \"expires_at\": \"$year-03-15T00:00:00Z\"}" "gift-$told"

say 'Three check-ins on three days in a row.'
for award in 5 5 10; do
  call "$monthly" POST /checkin '{}'
  expect 'data["award"]' "$award"
  call "$owner" POST /admin/clock/advance '{"days": 1}'
done
call "$monthly" GET /checkin/status
expect 'data["streak"]' 3

say 'Thirteen months after 31 January: the last day of February of the year after.'
end=$("$python" -c "import calendar, sys; y = int(sys.argv[1]) + 1; print(f'{y}-02-{calendar.monthrange(y, 2)[1]}')" "$year")
"$billing" clock advance --to "${end}T13:00Z"
ends=$("$python" -c "
import calendar, sys
months = [(int(sys.argv[1]) + index // 12, index % 12 + 1) for index in range(14)]
print([f'{y}-{m:02}-{calendar.monthrange(y, m)[1]}' for y, m in months])" "$year")

say 'The monthly plan was paid on the last day of every month, fourteen times; no day was lost.'
call "$monthly" GET '/orders?limit=100'
expect '[order["paid_at"][:10] for order in reversed(data)]' "$ends"
expect '{(order["status"], order["total"]) for order in data}' "{('paid', 999)}"
expect 'sum(order["total"] for order in data)' 13986
call "$monthly" GET /subscription
expect 'data["status"]' active
expect 'data["current_period_start"][:10]' "$end"
expect 'data["current_period_end"][5:10]' 03-31

say 'Each month brought 1,000 credits, which lapsed as the next began; so did what the check-ins earned.'
call "$monthly" GET '/credits/transactions?limit=100'
expect '[day for day, amount in lines("subscription") if amount == 1000]' "$ends"
expect '[day for day, amount in lines("expiration") if amount == -1000]' "$("$python" -c "import sys; print(eval(sys.argv[1])[1:])" "$ends")"
expect 'sum(amount for day, amount in lines("check_in"))' 20
expect 'sum(amount for day, amount in lines("expiration"))' -13020
call "$monthly" GET /credits/balance
expect 'data["balance"]' 1000

say 'The yearly plan was paid twice, and brought its credits month by month.'
call "$yearly" GET '/orders?limit=100'
expect '[(order["paid_at"][:10], order["total"]) for order in data]' "[('$((year + 1))-01-31', 9990), ('$year-01-31', 9990)]"
call "$yearly" GET '/credits/transactions?limit=100'
expect '[day for day, amount in lines("subscription") if amount == 1000]' "$ends"
expect 'sum(amount for day, amount in lines("expiration"))' -13000
call "$yearly" GET /credits/balance
expect 'data["balance"]' 1000

say 'The page that nobody paid has run out, and the gift has lapsed on its day.'
call "$late" GET "/orders/$left"
expect 'data["status"]' expired
call "$late" GET '/credits/transactions?limit=100'
expect 'lines("expiration")' "[('$year-03-15', -200)]"
call "$late" GET /credits/balance
expect 'data["balance"]' 0

say 'The streak is broken: a check-in now is the first again.'
call "$monthly" POST /checkin '{}'
expect '(data["streak"], data["award"])' '(1, 5)'

say 'Prove the ledger.'
"$billing" verify

say 'A year and a month, and all of it held.'
