package dev.pgfork.operator.database;

import dev.pgfork.operator.instance.Role;
import dev.pgfork.operator.instance.ScriptStatus;
import dev.pgfork.operator.kube.Looked;
import java.util.Map;

/**
 * Who is the primary of a database whose status was lost, while its data were not. Only the instances know: whoever was
 * promoted has it in the state file on its volume. As long as one does not answer, it may be that one.
 */
sealed interface LostRecord {
    /** @param name of the primary; {@code epoch} the highest that any instance has been told */
    record Primary(String name, long epoch) implements LostRecord {}

    /** @param reason not all have answered, or not exactly one is a primary; names them */
    record Unclear(String reason) implements LostRecord {}

    /** @param scripts of all members, by name */
    static LostRecord read(Map<String, Looked<ScriptStatus>> scripts) {
        var silent = scripts.entrySet().stream()
                .filter(entry -> entry.getValue().found().isEmpty())
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        if (!silent.isEmpty()) {
            return new Unclear(String.join(", ", silent) + " cannot be asked, and may be the primary");
        }
        var primaries = scripts.entrySet().stream()
                .filter(entry -> entry.getValue().found().orElseThrow().role().equals(Role.PRIMARY.text()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        if (primaries.isEmpty()) {
            return new Unclear("no instance is a primary");
        }
        if (primaries.size() > 1) {
            return new Unclear(
                    String.join(" and ", primaries) + " are primaries, and it is not known which one is right");
        }
        var epoch = scripts.values().stream()
                .mapToLong(script -> script.found().orElseThrow().epoch())
                .max()
                .orElse(DatabaseResources.FIRST_EPOCH);
        return new Primary(primaries.getFirst(), epoch);
    }
}
