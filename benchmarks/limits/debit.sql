-- One debit, durable: the balance checked and lowered, its entry written under a key of its own.
\set account random(1, :accounts)
WITH debited AS (
    UPDATE limit_accounts SET balance = balance - 1, version = version + 1
    WHERE id = :account AND balance - held >= 1
    RETURNING id, balance
)
INSERT INTO limit_entries (account_id, amount, balance_after, key)
SELECT id, -1, balance, gen_random_uuid() FROM debited
RETURNING id;
