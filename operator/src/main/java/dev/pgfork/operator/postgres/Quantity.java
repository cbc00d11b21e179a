package dev.pgfork.operator.postgres;

import java.math.BigInteger;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * Numbers of postgresql.conf with their units of memory or time, read as Postgres reads them (parse_int, parse_real and
 * convert_to_base_unit in guc.c). Units are case-sensitive there: {@code 1GB}, not {@code 1gb} or {@code 1Gi}.
 */
final class Quantity {
    private record Unit(String name, double size) {}

    private static final List<Unit> MEMORY = List.of(
            new Unit("B", 1),
            new Unit("kB", 1L << 10),
            new Unit("MB", 1L << 20),
            new Unit("GB", 1L << 30),
            new Unit("TB", 1L << 40));

    private static final List<Unit> TIME = List.of(
            new Unit("us", 0.001),
            new Unit("ms", 1),
            new Unit("s", 1000),
            new Unit("min", 60_000),
            new Unit("h", 3_600_000),
            new Unit("d", 86_400_000));

    private static final Pattern TEXT = Pattern.compile(
            "\\s*([-+]?)(0[xX][0-9a-fA-F]+|(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?)\\s*([A-Za-z]*)\\s*");

    private Quantity() {}

    /**
     * The number that a text means.
     *
     * @param base the unit to count it in, for instance {@code 8kB}, also that of a bare number; empty: units are
     *     refused
     * @return empty if it is no number, or its unit is none of memory or time as base is
     */
    static OptionalDouble parse(String text, String base) {
        var matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            return OptionalDouble.empty();
        }
        var number = number(matcher.group(2)) * (matcher.group(1).equals("-") ? -1 : 1);
        var given = matcher.group(3);
        if (given.isEmpty()) {
            return OptionalDouble.of(number);
        }
        return unitsLike(base).stream()
                .filter(unit -> unit.name.equals(given))
                .mapToDouble(unit -> number * unit.size / size(base))
                .findFirst();
    }

    /** The units that can be given instead of the base unit. */
    static List<String> alternatives(String base) {
        return unitsLike(base).stream().map(Unit::name).toList();
    }

    private static List<Unit> unitsLike(String base) {
        if (base.isEmpty()) {
            return List.of();
        }
        return base.endsWith("B") ? MEMORY : TIME;
    }

    /** Of {@code 8kB} and the like, in bytes or milliseconds. */
    private static double size(String base) {
        var name = base.replaceFirst("^\\d+", "");
        var count = base.substring(0, base.length() - name.length());
        return unitsLike(base).stream()
                        .filter(unit -> unit.name.equals(name))
                        .findFirst()
                        .orElseThrow()
                        .size
                * (count.isEmpty() ? 1 : Integer.parseInt(count));
    }

    /** As strtol() and strtod() do. */
    private static double number(String digits) {
        if (digits.startsWith("0x") || digits.startsWith("0X")) {
            return new BigInteger(digits.substring(2), 16).doubleValue();
        }
        return digits.matches("0[0-7]+") ? new BigInteger(digits, 8).doubleValue() : Double.parseDouble(digits);
    }
}
