package dev.pgfork.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;

/**
 * Random specs that the schema of a CRD takes. Edges are likelier than the middle, and names and values that lead
 * somewhere likelier than others: what is refused at once proves little.
 */
final class SchemaValues {
    private static final YAMLMapper YAML = new YAMLMapper();

    private final Random random;
    private final List<String> names;

    /** @param names of resources that specs may refer to */
    SchemaValues(Random random, List<String> names) {
        this.random = random;
        this.names = names;
    }

    /** @return what its rules refuse is corrected, as far as they are about one field */
    Map<String, Object> spec(String kind) {
        var path = Path.of("../crds/crd", kind.toLowerCase(Locale.ROOT) + "s.pgfork.dev-v1.yml");
        try {
            var schema = YAML.readTree(path.toFile()).at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
            var spec = object(schema, "", 0);
            new SchemaRules(random).obey(kind, spec);
            return spec;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Object value(JsonNode schema, String path, int depth) {
        if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
            var pattern = schema.path("pattern").asText();
            var texts = EdgeValues.QUANTITIES.stream()
                    .filter(text -> text.matches(pattern))
                    .toList();
            return random.nextInt(4) == 0 ? (Object) oneOf(EdgeValues.INTEGERS) : oneOf(texts);
        }
        return switch (schema.path("type").asText()) {
            case "object" -> object(schema, path, depth);
            case "array" -> array(schema, path, depth);
            case "string" -> string(schema, path);
            case "boolean" -> random.nextBoolean();
            case "integer" -> integer(schema);
            default -> throw new IllegalStateException(path + " has a type that is not known here: " + schema);
        };
    }

    private Map<String, Object> object(JsonNode schema, String path, int depth) {
        var made = new LinkedHashMap<String, Object>();
        var required = new TreeSet<String>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        schema.path("properties").properties().forEach(property -> {
            var inner = path + "/" + property.getKey();
            if (required.contains(property.getKey()) || isThere(inner, depth)) {
                made.put(property.getKey(), value(property.getValue(), inner, depth + 1));
            }
        });
        var others = schema.path("additionalProperties");
        if (others.isObject()) {
            for (var left = random.nextInt(4); left > 0; left--) {
                entry(made, others, path, depth);
            }
        }
        return made;
    }

    /** A default stands for what is left out, so fields near the top are. */
    private boolean isThere(String path, int depth) {
        return path.equals("/storage/size") || random.nextInt(depth > 2 ? 4 : 3) == 0;
    }

    private void entry(Map<String, Object> made, JsonNode schema, String path, int depth) {
        if (path.equals("/parameters")) {
            var setting = oneOf(EdgeValues.SETTINGS);
            made.put(setting.getFirst(), random.nextInt(8) == 0 ? oneOf(EdgeValues.TEXTS) : oneOf(setting));
        } else if (path.startsWith("/resources")) {
            made.put(oneOf(List.of("memory", "cpu", "hugepages-2Mi", "")), value(schema, path + "/*", depth + 1));
        } else {
            made.put(oneOf(EdgeValues.TEXTS), value(schema, path + "/*", depth + 1));
        }
    }

    private List<Object> array(JsonNode schema, String path, int depth) {
        var made = new ArrayList<Object>();
        var most = Math.min(schema.path("maxItems").asInt(3), random.nextInt(12) == 0 ? 40 : 3);
        for (var left = random.nextInt(most + 1); left > 0; left--) {
            made.add(value(schema.path("items"), path + "/-", depth + 1));
        }
        return made;
    }

    private long integer(JsonNode schema) {
        var least = (long) schema.path("minimum").asDouble(Integer.MIN_VALUE);
        var most = (long) schema.path("maximum").asDouble(Integer.MAX_VALUE);
        return switch (random.nextInt(4)) {
            case 0 -> least;
            case 1 -> most;
            default -> Math.clamp(oneOf(EdgeValues.INTEGERS), least, most);
        };
    }

    private String string(JsonNode schema, String path) {
        var choices = new ArrayList<String>();
        schema.path("enum").forEach(choice -> choices.add(choice.asText()));
        if (!choices.isEmpty()) {
            return oneOf(choices);
        }
        if (schema.has("pattern")) {
            return oneOf(EdgeValues.ofPattern(schema.path("pattern").asText()));
        }
        var known = EdgeValues.ofField(path);
        var text = path.endsWith("/from/name") || path.endsWith("/follows/name") || path.endsWith("/promote/to")
                ? oneOf(names)
                : known.isEmpty() ? oneOf(EdgeValues.TEXTS) : oneOf(known);
        return fitting(
                text,
                schema.path("minLength").asInt(0),
                schema.path("maxLength").asInt(Integer.MAX_VALUE));
    }

    private static String fitting(String text, int least, int most) {
        var longEnough = text.length() < least ? text + "x".repeat(least - text.length()) : text;
        return longEnough.substring(0, Math.min(longEnough.length(), most));
    }

    private <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
