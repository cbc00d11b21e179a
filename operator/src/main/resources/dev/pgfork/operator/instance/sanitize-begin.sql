-- The beginning of a sanitize step, in its own session.
SELECT extract(epoch FROM pg_catalog.clock_timestamp()) AS begun \gset
\if :transaction
BEGIN;
SELECT pg_catalog.pg_current_xact_id() AS transaction_id \gset
\endif
