-- The end of a sanitize step, in its own session. Nothing is recorded, and nothing kept, if its script was not run to the
-- end, or not in the transaction that it was begun in.
\if :{?complete}
RESET SESSION AUTHORIZATION;
RESET ROLE;
SET search_path = pg_catalog;
-- A commit that a step has made asynchronous could be lost although it is on record.
SET synchronous_commit = on;
\if :transaction
SET CONSTRAINTS ALL IMMEDIATE;
-- Every table that is written, and every one whose columns change, is locked until the end of the transaction. Of system
-- catalogs, and of large objects, the counters tell.
INSERT INTO pgfork_sanitize.touched
SELECT relation FROM pg_locks
 WHERE locktype = 'relation' AND pid = pg_backend_pid() AND mode NOT IN ('AccessShareLock', 'RowShareLock')
UNION
SELECT relid FROM pg_stat_xact_all_tables WHERE n_tup_upd + n_tup_del > 0;
INSERT INTO pgfork_sanitize.done
SELECT :step, round(extract(epoch FROM clock_timestamp()) - :begun, 3)
 WHERE pg_current_xact_id()::text = :'transaction_id';
COMMIT;
\else
INSERT INTO pgfork_sanitize.done VALUES (:step, round(extract(epoch FROM clock_timestamp()) - :begun, 3));
\endif
\endif
