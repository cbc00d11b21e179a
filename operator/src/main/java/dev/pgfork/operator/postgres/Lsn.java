package dev.pgfork.operator.postgres;

import java.util.Locale;

/**
 * A position in the write-ahead log, as Postgres prints it: two hexadecimal halves of a 64-bit byte offset.
 *
 * @param bytes the offset, unsigned
 */
public record Lsn(long bytes) implements Comparable<Lsn> {

    /** @throws IllegalArgumentException if the text is not like {@code 16/B374D848} */
    public static Lsn parse(String text) {
        var slash = text.indexOf('/');
        if (slash < 1 || text.length() - slash > 9 || slash > 8) {
            throw new IllegalArgumentException("not a log sequence number: " + text);
        }
        return new Lsn(
                (Long.parseLong(text.substring(0, slash), 16) << 32) | Long.parseLong(text.substring(slash + 1), 16));
    }

    /** Bytes of WAL between an earlier position and this one. */
    public long minus(Lsn earlier) {
        return bytes - earlier.bytes;
    }

    @Override
    public int compareTo(Lsn other) {
        return Long.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public String toString() {
        return "%X/%X".formatted(bytes >>> 32, bytes & 0xFFFF_FFFFL).toUpperCase(Locale.ROOT);
    }
}
