package dev.pgfork.operator;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** What the CEL rules of the CRDs demand of more than one field, done to specs that were made at random. */
final class SchemaRules {
    private final Random random;

    SchemaRules(Random random) {
        this.random = random;
    }

    void obey(String kind, Map<String, Object> spec) {
        steps(spec);
        if (spec.get("access") instanceof Map<?, ?> access && access.get("roles") instanceof List<?> roles) {
            distinct(roles, new HashSet<>());
        }
        var forks = object(spec, "forks");
        steps(forks);
        if (!kind.equals("PostgresDatabase")) {
            forks.remove("maskedCopy");
        }
        selector(object(forks, "namespaces"));
    }

    private static void distinct(List<?> list, Set<Object> seen) {
        list.removeIf(each -> !seen.add(each));
    }

    private static void selector(Map<String, Object> where) {
        if ("Selector".equals(where.get("from"))) {
            where.putIfAbsent("selector", Map.of());
        } else {
            where.remove("selector");
        }
    }

    /** One source each, and names that differ. */
    private void steps(Map<String, Object> of) {
        if (!(of.get("sanitize") instanceof List<?> steps)) {
            return;
        }
        var names = new HashSet<Object>();
        steps.removeIf(step -> step instanceof Map<?, ?> map && !names.add(map.get("name")));
        for (var each : steps) {
            @SuppressWarnings("unchecked")
            var step = (Map<String, Object>) each;
            var source = Map.of("name", random.nextBoolean() ? "masks" : "x".repeat(253), "key", "mask.sql");
            step.remove("configMap");
            step.remove("secret");
            step.put(random.nextBoolean() ? "configMap" : "secret", source);
        }
    }

    /** One that is not there is not missed when it is changed. */
    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Map<String, Object> in, String field) {
        return in.get(field) instanceof Map<?, ?> map ? (Map<String, Object>) map : new HashMap<>();
    }
}
