package dev.pgfork.operator.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what a query returns, in the types that replication needs. */
final class Rows {
    private static final String ROLE_CHANGES = "55000";

    private Rows() {}

    static @Nullable Lsn lsn(ResultSet row, String column) throws SQLException {
        var text = row.getString(column);
        return text == null ? null : Lsn.parse(text);
    }

    /** Each column asks anew whether the server is in recovery; a promotion may come between two of them. */
    static Lsn required(ResultSet row, String column) throws SQLException {
        var lsn = lsn(row, column);
        if (lsn == null) {
            throw new SQLException(
                    "it is being promoted right now, or has not replayed yet what is on its disk", ROLE_CHANGES);
        }
        return lsn;
    }

    static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        var time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    static <T> List<T> of(Connection connection, String sql, Row<T> reader) throws SQLException {
        try (var statement = connection.prepareStatement(sql);
                var rows = statement.executeQuery()) {
            var all = new ArrayList<T>();
            while (rows.next()) {
                all.add(reader.read(rows));
            }
            return all;
        }
    }
}
