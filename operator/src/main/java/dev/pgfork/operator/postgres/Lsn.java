package dev.pgfork.operator.postgres;

import java.util.regex.Pattern;

/**
 * A position in the write-ahead log, as Postgres prints it: two hexadecimal halves of a 64-bit byte offset.
 *
 * @param bytes the offset, unsigned
 */
public record Lsn(long bytes) implements Comparable<Lsn> {

    private static final Pattern TEXT = Pattern.compile("([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})");

    /** @throws IllegalArgumentException if the text is not like {@code 16/B374D848} */
    public static Lsn parse(String text) {
        var halves = TEXT.matcher(text);
        if (!halves.matches()) {
            throw new IllegalArgumentException("not a log sequence number: " + text);
        }
        return new Lsn((Long.parseLong(halves.group(1), 16) << 32) | Long.parseLong(halves.group(2), 16));
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
        return "%X/%X".formatted(bytes >>> 32, bytes & 0xFFFF_FFFFL);
    }
}
