package dev.pgfork.operator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pgfork.operator.status.Conditions;
import dev.pgfork.operator.status.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What one of pgfork's resources says of itself, whatever kind it is.
 *
 * @param status empty object: it says nothing yet
 */
record SeenResource(ObjectMeta metadata, JsonNode status, List<Condition> conditions) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final KubernetesSerialization TYPES = new KubernetesSerialization();
    private static final Pattern REASON = Pattern.compile("`([A-Z][A-Za-z]+)`");

    static SeenResource of(HasMetadata resource) {
        try {
            var status = JSON.readTree(TYPES.asJson(resource)).path("status");
            var conditions = JSON.treeToValue(status.path("conditions"), Condition[].class);
            return new SeenResource(
                    resource.getMetadata(), status, conditions == null ? List.of() : List.of(conditions));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The reasons that docs/operations.md explains: the first columns of its tables. */
    static Set<String> documentedReasons() {
        try (var lines = Files.lines(Path.of("../docs/operations.md"))) {
            return lines.filter(line -> line.startsWith("| `"))
                    .map(line -> line.split("\\|", 3)[1])
                    .flatMap(column -> REASON.matcher(column).results())
                    .map((MatchResult result) -> result.group(1))
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Optional<Condition> condition(String type) {
        return Conditions.find(conditions, type);
    }

    /** Whether what it says is about the spec of now. */
    boolean isOfNow() {
        var observed = status.path("observedGeneration");
        return !observed.isMissingNode()
                && (metadata.getGeneration() == null || observed.asLong() == metadata.getGeneration());
    }

    Kstatus kstatus() {
        var observed = status.path("observedGeneration");
        return Kstatus.of(metadata, observed.isMissingNode() ? null : observed.asLong(), conditions);
    }

    /** What tools or people would stumble over, in words; empty: nothing. */
    List<String> inconsistencies(Set<String> documented) {
        var found = new ArrayList<String>();
        if (status.path("phase").asText().isEmpty()) {
            found.add("no phase");
        }
        var types = new HashSet<String>();
        for (var condition : conditions) {
            var type = condition.getType();
            if (!types.add(type)) {
                found.add(type + " is there twice");
            }
            if (!Set.of("True", "False", "Unknown").contains(condition.getStatus())) {
                found.add(type + " is " + condition.getStatus());
            }
            if (!documented.contains(condition.getReason())) {
                found.add("docs/operations.md does not explain reason " + condition.getReason() + " of " + type);
            }
            if (condition.getMessage() == null || condition.getMessage().isBlank()) {
                found.add(type + " has no message");
            }
            if (condition.getReason().equals("InternalError")) {
                found.add("InternalError: " + condition.getMessage());
            }
        }
        found.addAll(summary());
        return found;
    }

    private List<String> summary() {
        var reconciling = Conditions.isTrue(conditions, Conditions.RECONCILING);
        var stalled = Conditions.isTrue(conditions, Conditions.STALLED);
        var found = new ArrayList<String>();
        if (reconciling && stalled) {
            found.add("both Reconciling and Stalled");
        }
        var serves = Conditions.summary(conditions);
        if (serves.isEmpty()) {
            found.add("neither Ready nor Available");
            return found;
        }
        var ready = Conditions.isTrue(conditions, Conditions.READY);
        if (ready && stalled) {
            found.add("both Ready and Stalled");
        }
        if (condition(Conditions.READY).isPresent() && !ready && !reconciling && !stalled) {
            found.add("not Ready, and neither Reconciling nor Stalled");
        }
        if (!ready) {
            conditions.stream()
                    .filter(each ->
                            Set.of(Conditions.RECONCILING, Conditions.STALLED).contains(each.getType()))
                    .filter(each -> !each.getReason().equals(serves.get().getReason()))
                    .forEach(each -> found.add("%s says %s, and %s says %s"
                            .formatted(
                                    each.getType(),
                                    each.getReason(),
                                    serves.get().getType(),
                                    serves.get().getReason())));
        }
        return found;
    }
}
