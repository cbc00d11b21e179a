-- Before a sanitize step, in its database: where it will be noted, in the step's own transaction, that it was done and
-- what it wrote. What is there before the first step was planted in the source.
\if :fresh
DROP SCHEMA IF EXISTS pgfork_sanitize CASCADE;
\endif
CREATE SCHEMA IF NOT EXISTS pgfork_sanitize;
CREATE TABLE IF NOT EXISTS pgfork_sanitize.done (step int, seconds numeric);
CREATE TABLE IF NOT EXISTS pgfork_sanitize.touched (relation oid);
TRUNCATE pgfork_sanitize.done;
GRANT USAGE ON SCHEMA pgfork_sanitize TO :"owner";
GRANT INSERT ON pgfork_sanitize.done, pgfork_sanitize.touched TO :"owner";
-- Only at the end of a transaction can be told what it wrote.
\if :everything
INSERT INTO pgfork_sanitize.touched VALUES (0);
\endif
