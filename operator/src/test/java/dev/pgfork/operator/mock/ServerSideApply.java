package dev.pgfork.operator.mock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** The part of server-side apply that pgfork leans on: what the same manager applied before and leaves out now goes. */
final class ServerSideApply {

    private ServerSideApply() {}

    /**
     * @param current as it is stored; it is not changed
     * @param before what the manager applied last time
     * @param applied what it applies now
     */
    static ObjectNode merged(JsonNode current, @Nullable JsonNode before, JsonNode applied) {
        var result = (ObjectNode) current.deepCopy();
        if (before != null) {
            remove(result, before, applied);
        }
        merge(result, applied);
        return result;
    }

    private static void remove(ObjectNode target, JsonNode before, JsonNode applied) {
        before.properties().forEach(field -> {
            var now = applied.get(field.getKey());
            var there = target.get(field.getKey());
            if (now == null) {
                target.remove(field.getKey());
            } else if (there instanceof ObjectNode object && field.getValue().isObject()) {
                remove(object, field.getValue(), now);
            }
        });
    }

    /** Lists are replaced as a whole. */
    private static void merge(ObjectNode target, JsonNode applied) {
        applied.properties().forEach(field -> {
            if (target.get(field.getKey()) instanceof ObjectNode object
                    && field.getValue().isObject()) {
                merge(object, field.getValue());
            } else {
                target.set(field.getKey(), field.getValue());
            }
        });
    }
}
