-- A role of the source that the fork was asked to let in: with a password of its own, and only its verifier is on the mount.
SELECT format('ALTER ROLE %I LOGIN VALID UNTIL ''infinity'' PASSWORD %L',
              :'role', btrim(pg_read_file(:'roles' || '/unlocked.' || :'role'), E' \n')) \gexec
