package dev.pgfork.cli.resource;

/** What is asked of a server about its connections, and told to them. */
public final class ActivitySql {

    private ActivitySql() {}

    /**
     * Answers one text, a JSON array of {@link Activity}.
     *
     * @param all those that are idle and the operator's own, too
     */
    public static String list(boolean all) {
        return """
                select coalesce(json_agg(a order by a.seconds desc, a.pid), '[]') from (
                  select pid, usename as "user", datname as database, application_name as application,
                         coalesce(host(client_addr), 'local') as client, state,
                         round(extract(epoch from clock_timestamp() - coalesce(
                           case when state = 'active' then query_start else state_change end, backend_start))::numeric, 1)
                           as seconds,
                         case when state = 'active' then wait_event_type || ':' || wait_event end as "waitsFor",
                         to_json(pg_blocking_pids(pid)) as "blockedBy", query
                  from pg_stat_activity
                  where backend_type = 'client backend' and pid <> pg_backend_pid() and %s
                ) a""".formatted(all ? "true" : "state is distinct from 'idle' and usename <> 'pgfork'");
    }

    /** Answers {@code t}, or {@code f} if there is no such connection. */
    public static String cancel(int pid) {
        return call("pg_cancel_backend", pid);
    }

    /** Answers {@code t}, or {@code f} if there is no such connection. */
    public static String terminate(int pid) {
        return call("pg_terminate_backend", pid);
    }

    /** Only clients: to end the server's own processes would end the server, or do nothing. */
    private static String call(String function, int pid) {
        return ("select coalesce(bool_or(%s(pid)), false) from pg_stat_activity"
                        + " where pid = %d and backend_type = 'client backend'")
                .formatted(function, pid);
    }
}
