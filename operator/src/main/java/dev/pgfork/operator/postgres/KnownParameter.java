package dev.pgfork.operator.postgres;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A setting of Postgres as {@code pg_settings} describes it, for the major versions from {@code since} to
 * {@code until}.
 *
 * @param context when it can change; {@code internal}: never
 * @param type bool, enum, integer, real or string
 * @param unit what a number without a unit counts, for instance {@code 8kB}; empty if it just counts
 * @param min of numbers, in that unit
 * @param max of numbers, in that unit
 * @param values of an enum
 */
record KnownParameter(
        String name,
        int since,
        int until,
        String context,
        String type,
        String unit,
        double min,
        double max,
        List<String> values) {

    /** Whatever Postgres takes for a truth value: any beginning that is not ambiguous. */
    private static final Predicate<String> TRUTH = Pattern.compile(
                    "t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|1|0")
            .asMatchPredicate();

    /** Made by scripts/generate-parameters.sh from {@code pg_settings} of real servers. */
    private static final String TABLE = "parameters.tsv";

    /** All of them; several of one name, in the order of versions, where versions differ. */
    static List<KnownParameter> table() {
        var resource = Objects.requireNonNull(KnownParameter.class.getResourceAsStream(TABLE), TABLE);
        try (var lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            return lines.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(KnownParameter::parse)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static KnownParameter parse(String line) {
        var field = line.split("\t", -1);
        return new KnownParameter(
                field[0],
                Integer.parseInt(field[1]),
                Integer.parseInt(field[2]),
                field[3],
                field[4],
                field[5],
                field[6].isEmpty() ? Double.NEGATIVE_INFINITY : Double.parseDouble(field[6]),
                field[7].isEmpty() ? Double.POSITIVE_INFINITY : Double.parseDouble(field[7]),
                field[8].isEmpty() ? List.of() : List.of(field[8].split(",")));
    }

    boolean isOf(int major) {
        return since <= major && major <= until;
    }

    /** In a file; that these three stand in none (GUC_DISALLOW_IN_FILE), pg_settings does not tell. */
    boolean isSettable() {
        return !context.equals("internal")
                && !Set.of("transaction_deferrable", "transaction_isolation", "transaction_read_only")
                        .contains(name);
    }

    /** @return what a value must be like, if this one is not */
    Optional<String> demandUnlessMetBy(String value) {
        return switch (type) {
            case "bool" -> unless(TRUTH.test(value.toLowerCase(Locale.ROOT)), "must be on or off");
            case "enum" -> unless(isOneOfTheValues(value), "must be one of " + String.join(", ", values));
            case "integer", "real" -> unless(isInRange(value), numberDemand());
            default -> Optional.empty();
        };
    }

    /** The number that a value means, in {@link #unit}; empty if it is none. */
    OptionalDouble number(String value) {
        var number = Quantity.parse(value, unit);
        return number.isPresent() && type.equals("integer")
                ? OptionalDouble.of(Math.rint(number.getAsDouble()))
                : number;
    }

    private static Optional<String> unless(boolean met, String demand) {
        return met ? Optional.empty() : Optional.of(demand);
    }

    /** Where an enum has on and off, Postgres takes the other words for them too, but does not list them. */
    private boolean isOneOfTheValues(String value) {
        return values.stream().anyMatch(value::equalsIgnoreCase)
                || (values.contains("on")
                        && List.of("true", "false", "yes", "no", "1", "0").contains(value.toLowerCase(Locale.ROOT)));
    }

    private boolean isInRange(String value) {
        var number = number(value);
        return number.isPresent() && number.getAsDouble() >= min && number.getAsDouble() <= max;
    }

    private String numberDemand() {
        var range = "must be a number from " + plain(min) + " to " + plain(max);
        return unit.isEmpty()
                ? range
                : range + " (counted in " + unit + "), or one with a unit: "
                        + String.join(", ", Quantity.alternatives(unit));
    }

    private static String plain(double number) {
        return Math.abs(number) < 1e15 && number == Math.rint(number)
                ? String.valueOf((long) number)
                : String.valueOf(number);
    }
}
