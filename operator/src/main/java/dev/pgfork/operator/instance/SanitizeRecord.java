package dev.pgfork.operator.instance;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus;
import dev.pgfork.api.v1alpha1.SanitizeStepStatus.State;
import dev.pgfork.api.v1alpha1.SanitizedBy;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The sanitize steps of a fork as they were noted before its cut. Its volume carries them as an annotation: they are
 * still known when the status is lost.
 *
 * @param steps that the data must pass before anybody can connect, in this order; how far they are is not part of it
 * @param passed what the data had passed when they were cut
 */
public record SanitizeRecord(List<SanitizeStepStatus> steps, List<SanitizedBy> passed) {
    /** Data that stay as they are. */
    public static final SanitizeRecord NONE = new SanitizeRecord(List.of(), List.of());

    private static final ObjectMapper JSON = JsonMapper.builder()
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();

    public SanitizeRecord {
        steps = List.copyOf(steps);
        passed = List.copyOf(passed);
    }

    /**
     * Reads it back from a status, where each step that is done has been added to what was passed.
     *
     * @param steps {@code null}: there are none
     * @param passed {@code null}: nothing
     */
    public static SanitizeRecord of(@Nullable List<SanitizeStepStatus> steps, @Nullable List<SanitizedBy> passed) {
        var all = Objects.requireNonNullElse(steps, List.<SanitizeStepStatus>of());
        var since =
                (int) all.stream().filter(step -> step.state() == State.Done).count();
        var known = Objects.requireNonNullElse(passed, List.<SanitizedBy>of());
        return new SanitizeRecord(
                all.stream()
                        .map(step -> new SanitizeStepStatus(
                                step.step(), step.origin(), step.namespace(), State.Pending, null, null, null))
                        .toList(),
                known.subList(0, Math.max(0, known.size() - since)));
    }

    /** How many of the steps are the source's: they come first. */
    long ofSource() {
        return steps.stream()
                .filter(step -> step.origin() == SanitizeStepStatus.Origin.Source)
                .count();
    }

    /** @throws IllegalArgumentException it is not of pgfork's making */
    public static SanitizeRecord parse(String text) {
        try {
            return JSON.readValue(text, SanitizeRecord.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("This is no record of sanitize steps", e);
        }
    }

    /** As JSON. */
    public String text() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
