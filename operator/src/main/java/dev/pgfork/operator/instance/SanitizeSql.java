package dev.pgfork.operator.instance;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Parser;

/**
 * The SQL of a sanitize step, taken apart into statements, so that an error can be told by its line and none of the
 * text is ever read by psql. It may come from a Secret and is never printed.
 *
 * @param hash SHA-256 of the text in hexadecimal digits
 */
public record SanitizeSql(String hash, List<Statement> statements) {
    private static final Pattern COPY_FROM_STDIN =
            Pattern.compile("^COPY\\b.*\\bFROM\\s+STDIN\\b", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);
    private static final Pattern TRANSACTION = Pattern.compile(
            "^(BEGIN|START\\s+TRANSACTION|COMMIT|END|ABORT|ROLLBACK(?!\\s+((WORK|TRANSACTION)\\s+)?TO\\b)|PREPARE\\s+TRANSACTION)\\b",
            Pattern.CASE_INSENSITIVE);

    public SanitizeSql {
        statements = List.copyOf(statements);
    }

    /**
     * One statement.
     *
     * @param line that it begins at, from 1
     */
    public record Statement(int line, String text) {
        @Override
        public String toString() {
            return "statement at line " + line;
        }
    }

    /**
     * Why a text cannot be a step.
     *
     * @param line 0: it is about all of it
     * @param message for people; behind the step's name
     */
    public record Objection(int line, String message) {}

    /** Takes a text apart. Should it be done wrongly, Postgres refuses the statements. */
    public static SanitizeSql of(String text) {
        var statements = new ArrayList<Statement>();
        var end = 0;
        for (var query : parse(text)) {
            var begin = text.indexOf(query.nativeSql, end);
            end = begin + query.nativeSql.length();
            var first = begin + lengthOfComments(query.nativeSql);
            if (first < end) {
                statements.add(new Statement(lineAt(text, first), query.nativeSql));
            }
        }
        return new SanitizeSql(hash(text), statements);
    }

    /** @param transaction whether the step is to be one */
    public Optional<Objection> objection(boolean transaction) {
        if (statements.isEmpty()) {
            return Optional.of(new Objection(0, "holds no statement"));
        }
        return statements.stream()
                .flatMap(statement -> objection(statement, transaction).stream())
                .findFirst();
    }

    private static Optional<Objection> objection(Statement statement, boolean transaction) {
        var bare = statement.text().substring(lengthOfComments(statement.text()));
        if (bare.startsWith("\\")) {
            return Optional.of(new Objection(statement.line(), "has a command of psql; only SQL can be run"));
        }
        if (COPY_FROM_STDIN.matcher(bare).find()) {
            return Optional.of(
                    new Objection(statement.line(), "has a COPY FROM STDIN; use INSERT, there is no standard input"));
        }
        return transaction && TRANSACTION.matcher(bare).find()
                ? Optional.of(
                        new Objection(
                                statement.line(),
                                "ends or begins a transaction, but it is one itself; leave that out, or set transaction: false"))
                : Optional.empty();
    }

    /** As the verb {@code sanitize} reads it: each statement after its line and its length in bytes. */
    byte[] framed() {
        var content = new ByteArrayOutputStream();
        for (var statement : statements) {
            var bytes = statement.text().getBytes(StandardCharsets.UTF_8);
            content.writeBytes(
                    "%d %d\n".formatted(statement.line(), bytes.length).getBytes(StandardCharsets.US_ASCII));
            content.writeBytes(bytes);
        }
        return content.toByteArray();
    }

    private static List<NativeQuery> parse(String text) {
        try {
            return Parser.parseJdbcSql(text, true, false, true, false, false);
        } catch (SQLException e) {
            throw new IllegalStateException("Only a statement with parameters can be refused", e);
        }
    }

    private static int lengthOfComments(String sql) {
        var text = sql.toCharArray();
        var at = 0;
        while (at < text.length) {
            var afterComment = text[at] == '-' ? Parser.parseLineComment(text, at) : Parser.parseBlockComment(text, at);
            if (afterComment > at) {
                at = afterComment + 1;
            } else if (Character.isWhitespace(text[at])) {
                at++;
            } else {
                return at;
            }
        }
        return at;
    }

    private static int lineAt(String text, int position) {
        return 1
                + (int) text.substring(0, position)
                        .chars()
                        .filter(c -> c == '\n')
                        .count();
    }

    private static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)))
                    .toLowerCase(Locale.ROOT);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return statements.size() + " statements, SHA-256 " + hash;
    }
}
