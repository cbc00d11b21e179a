package dev.pgfork.operator.mock;

import java.util.Set;
import java.util.regex.Pattern;

/** What of SQL a simulated server understands: slots are made and dropped. */
final class SlotStatements {
    private static final Pattern MADE = Pattern.compile("pg_create_physical_replication_slot\\('([^']+)'");
    private static final Pattern DROPPED = Pattern.compile(
            "pg_drop_replication_slot\\(slot_name\\)\\s+FROM pg_replication_slots\\s+WHERE slot_name = '([^']+)'"
                    + " AND slot_type = 'physical'( AND wal_status = 'lost')?");

    private SlotStatements() {}

    /** @param lost slots whose WAL is gone; a dropped one is it no more */
    static void run(String statements, SimulatedInstance server, Set<String> lost) {
        var dropped = DROPPED.matcher(statements);
        while (dropped.find()) {
            var slot = dropped.group(1);
            if (dropped.group(2) == null || lost.contains(slot)) {
                lost.remove(slot);
                server.write(disk -> disk.withoutSlot(slot));
            }
        }
        var made = MADE.matcher(statements);
        while (made.find()) {
            var slot = made.group(1);
            server.write(disk -> disk.withSlot(slot));
        }
    }
}
