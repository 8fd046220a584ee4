-- A hundred debits in one statement, each with its check, its entry and its key; a known key is
-- passed over. Accounts are locked in the order of their ids.
WITH asked AS MATERIALIZED (
    SELECT 1 + floor(random() * :accounts)::bigint AS account_id, gen_random_uuid() AS key
    FROM generate_series(1, 100)
), owed AS (
    SELECT account_id, count(*) AS amount FROM asked GROUP BY account_id
), locked AS (
    SELECT a.id, owed.amount FROM owed JOIN limit_accounts AS a ON a.id = owed.account_id
    ORDER BY a.id FOR NO KEY UPDATE OF a
), debited AS (
    UPDATE limit_accounts AS a SET balance = a.balance - locked.amount, version = a.version + 1
    FROM locked WHERE a.id = locked.id AND a.balance - a.held >= locked.amount
    RETURNING a.id, a.balance
)
INSERT INTO limit_entries (account_id, amount, balance_after, key)
SELECT asked.account_id, -1, debited.balance, asked.key
FROM asked JOIN debited ON debited.id = asked.account_id
ON CONFLICT (key) DO NOTHING;
