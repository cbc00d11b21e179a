package dev.pgfork.operator.postgres;

import static java.util.stream.Collectors.groupingBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Checks the settings that users ask for, before a server would refuse to start with them: against what Postgres takes
 * ({@link KnownParameter#table()}), and against what pgfork owns.
 */
public final class Parameters {
    /** What a number for shared_buffers counts, in bytes. */
    private static final int BLOCK_SIZE = 8192;

    /** In a file a name has at most one dot (guc-file.l). */
    private static final Predicate<String> OF_AN_EXTENSION =
            Pattern.compile("[a-z_][a-z0-9_]*\\.[a-z_][a-z0-9_]*").asMatchPredicate();

    /** Why a setting cannot be used; in status as it is written here. */
    public enum Reason {
        UnknownParameter,
        ParameterOwnedByPgfork,
        InvalidParameterValue
    }

    /**
     * @param name as the user wrote it
     * @param message names the setting and says what to do; holds no value, for values may be secret
     */
    public record Finding(String name, Reason reason, String message) {}

    private final Map<String, List<KnownParameter>> known;

    private Parameters(Map<String, List<KnownParameter>> known) {
        this.known = known;
    }

    /** With what Postgres 15 to 18 know. */
    public static Parameters load() {
        return new Parameters(KnownParameter.table().stream()
                .collect(groupingBy(parameter -> parameter.name().toLowerCase(Locale.ROOT))));
    }

    /**
     * @param major version of Postgres; empty: not known, so what any version takes is right
     * @param memoryLimit of the container, in bytes, if it has one
     * @return what is wrong, in the order of names
     */
    public List<Finding> check(Map<String, String> parameters, OptionalInt major, OptionalLong memoryLimit) {
        var findings = new ArrayList<Finding>();
        var seen = new HashSet<String>();
        new TreeMap<>(parameters).forEach((written, value) -> {
            var name = written.toLowerCase(Locale.ROOT);
            if (!seen.add(name)) {
                findings.add(new Finding(
                        written,
                        Reason.InvalidParameterValue,
                        written + " is there twice; upper and lower case mean the same"));
                return;
            }
            check(name, value, major, memoryLimit)
                    .map(problem -> new Finding(written, problem.reason, written + " " + problem.text))
                    .ifPresent(findings::add);
        });
        return List.copyOf(findings);
    }

    private record Problem(Reason reason, String text) {}

    private Optional<Problem> check(String name, String value, OptionalInt major, OptionalLong memoryLimit) {
        var owned = OwnedParameters.why(name);
        if (owned.isPresent()) {
            return problem(Reason.ParameterOwnedByPgfork, "cannot be set: " + owned.get());
        }
        if (value.chars().anyMatch(Character::isISOControl)) {
            return problem(Reason.InvalidParameterValue, "must be one line, without control characters");
        }
        if (OF_AN_EXTENSION.test(name)) {
            return Optional.empty();
        }
        var candidates = known.getOrDefault(name, List.of()).stream()
                .filter(parameter -> major.isEmpty() || parameter.isOf(major.getAsInt()))
                .toList();
        if (candidates.isEmpty()) {
            return problem(
                    Reason.UnknownParameter,
                    "is no setting of Postgres" + (major.isPresent() ? " " + major.getAsInt() : "")
                            + "; check its spelling, or remove it");
        }
        if (candidates.stream().noneMatch(KnownParameter::isSettable)) {
            return problem(Reason.UnknownParameter, "cannot be set in a configuration; remove it");
        }
        var demands = candidates.stream()
                .map(parameter -> parameter.demandUnlessMetBy(value))
                .toList();
        if (demands.stream().allMatch(Optional::isPresent)) {
            return problem(Reason.InvalidParameterValue, demands.getLast().orElseThrow());
        }
        return special(candidates.getLast(), value, memoryLimit)
                .flatMap(demand -> problem(Reason.InvalidParameterValue, demand));
    }

    /** What Postgres would accept and pgfork cannot. */
    private static Optional<String> special(KnownParameter parameter, String value, OptionalLong memoryLimit) {
        return switch (parameter.name()) {
            case "wal_level" ->
                value.equalsIgnoreCase("minimal")
                        ? Optional.of("must be replica or logical: a database with minimal cannot be forked")
                        : Optional.empty();
            case "max_slot_wal_keep_size" ->
                parameter.number(value).orElseThrow() < 0
                        ? Optional.of("must have a limit: a consumer that went away would fill the volume")
                        : Optional.empty();
            case "shared_buffers" ->
                parameter.number(value).orElseThrow() * BLOCK_SIZE < memoryLimit.orElse(Long.MAX_VALUE)
                        ? Optional.empty()
                        : Optional.of("must be less than the container's memory limit; a quarter of it is usual");
            default -> Optional.empty();
        };
    }

    private static Optional<Problem> problem(Reason reason, String text) {
        return Optional.of(new Problem(reason, text));
    }
}
