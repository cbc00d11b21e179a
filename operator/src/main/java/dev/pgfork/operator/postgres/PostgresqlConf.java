package dev.pgfork.operator.postgres;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file postgresql.conf of an instance. The same source gives the same text. What must hold even against this file
 * (where the data is, TLS, fsync …) is not in it: the instance script passes that on the command line.
 *
 * @param text the file
 * @param revision of this file and of pg_hba.conf; the server reports it as setting {@code pgfork.revision}, so that
 *     the operator knows which configuration is in force
 */
public record PostgresqlConf(String text, String revision) {
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;
    private static final int REVISION_LENGTH = 10;
    private static final Pattern LINE = Pattern.compile("([a-z0-9_.]+) = '(.*)'");

    /** Set whatever the user says, in a copy. */
    private static final Set<String> OURS = Set.of(
            "archive_mode", "cluster_name", "include_if_exists", "synchronous_standby_names", "wal_sender_timeout");

    public static PostgresqlConf render(ConfigurationSource source) {
        var settings = new TreeMap<String, String>();
        settings.putAll(sized(source));
        source.parameters().forEach((name, value) -> settings.put(name.toLowerCase(Locale.ROOT), value));
        if (source.copied()) {
            settings.keySet().removeIf(name -> name.startsWith("archive_"));
            settings.put("archive_mode", "off");
        }
        settings.put("cluster_name", source.name());
        if (!source.synchronous().isEmpty()) {
            settings.put("synchronous_standby_names", source.synchronous());
        }
        // A standby that is gone, or a fenced server that waits for one, is noticed within seconds.
        settings.put("wal_sender_timeout", "10s");
        settings.put("pgfork.uid", source.uid());
        settings.put("pgfork.generation", String.valueOf(source.generation()));

        var revision = hash(lines(settings) + PgHba.text(source.superuserAccess()));
        settings.put("pgfork.revision", revision);
        return new PostgresqlConf(
                "# Rendered by pgfork; changes made here are lost. Change spec.parameters instead.\n" + lines(settings)
                        // Written by the instance script, beside the folder that this file is in: whom it follows.
                        + "include_if_exists = '../leader.conf'\n"
                        // And how much of its volume is left.
                        + "include_if_exists = '../disk.conf'\n",
                revision);
    }

    /**
     * What a copy's file was rendered from, as far as it renders to the same again. What was chosen to fit memory and
     * volume is among it.
     */
    public static SortedMap<String, String> parameters(String text) {
        var parameters = new TreeMap<String, String>();
        text.lines()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .forEach(line -> parameters.put(
                        line.group(1), line.group(2).replace("''", "'").replace("\\\\", "\\")));
        parameters.keySet().removeIf(name -> OURS.contains(name) || name.startsWith("pgfork."));
        return parameters;
    }

    /**
     * What Postgres cannot choose well because it does not know its memory and its volume; users may choose otherwise.
     */
    private static SortedMap<String, String> sized(ConfigurationSource source) {
        var settings = new TreeMap<String, String>();
        source.memoryLimit().ifPresent(memory -> settings.put("shared_buffers", megabytes(Math.max(memory / 4, MIB))));
        // Postgres' own default, 1 GB, would fill a small volume.
        settings.put("max_wal_size", megabytes(Math.clamp(source.volumeSize() / 10, 64 * MIB, GIB)));
        // Postgres' own default is no limit: a consumer that went away for ever would fill the volume.
        settings.put("max_slot_wal_keep_size", megabytes(Math.max(source.volumeSize() / 4, 64 * MIB)));
        return settings;
    }

    private static String megabytes(long bytes) {
        return bytes / MIB + "MB";
    }

    private static String lines(SortedMap<String, String> settings) {
        var text = new StringBuilder();
        settings.forEach((name, value) ->
                text.append(name).append(" = ").append(quoted(value)).append('\n'));
        return text.toString();
    }

    /**
     * As guc-file.l reads it: everything may be quoted, numbers too; inside, backslash and quote are special. A control
     * character, which no instance gets ({@link Parameters}), does not end the line.
     */
    private static String quoted(String value) {
        var text = new StringBuilder("'");
        value.chars().forEach(c -> {
            switch (c) {
                case '\\' -> text.append("\\\\");
                case '\'' -> text.append("''");
                default -> text.append(Character.isISOControl(c) ? "\\%03o".formatted(c) : (char) c);
            }
        });
        return text.append('\'').toString();
    }

    private static String hash(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, REVISION_LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
