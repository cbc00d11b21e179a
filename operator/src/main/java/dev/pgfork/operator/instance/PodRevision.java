package dev.pgfork.operator.instance;

import dev.pgfork.api.v1alpha1.PodSettings;
import dev.pgfork.operator.kube.Labels;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetSpec;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which version of what only a new pod can have, and of that what the user says: how pgfork renders it does not count,
 * so that another pgfork replaces no pod. Annotation {@link Labels#POD} of pods and of the templates of StatefulSets
 * has it.
 *
 * @param place hash of the image, and of all that decides where a pod can run
 * @param resources hash of what its container may use
 * @param marks hash of the user's labels and annotations
 */
public record PodRevision(String place, String resources, String marks) {
    private static final KubernetesSerialization JSON = new KubernetesSerialization();
    private static final int HASH_LENGTH = 8;

    /** Of a part of which it is only known that it is not the one that is wanted. */
    private static final String OTHER = "other";

    public static PodRevision of(InstanceTemplate template) {
        return of(template.image(), template.resources(), template.pod());
    }

    public static PodRevision of(String image, ResourceRequirements resources, PodSettings pod) {
        var place = new TreeMap<String, Object>();
        place.put("image", image);
        put(place, "nodeSelector", sorted(pod.nodeSelector()));
        put(place, "affinity", pod.affinity());
        put(place, "tolerations", pod.tolerations());
        put(place, "topologySpreadConstraints", pod.topologySpreadConstraints());
        put(place, "priorityClassName", pod.priorityClassName());
        put(place, "imagePullSecrets", pod.imagePullSecrets());
        var marks = new TreeMap<String, Object>();
        put(marks, "labels", sorted(pod.labels()));
        put(marks, "annotations", sorted(pod.annotations()));
        return new PodRevision(hash(place), hash(amounts(resources)), hash(marks));
    }

    /** @return empty: an earlier pgfork made it, or somebody else */
    static Optional<PodRevision> of(StatefulSet set) {
        return Optional.ofNullable(set.getSpec())
                .map(StatefulSetSpec::getTemplate)
                .map(PodTemplateSpec::getMetadata)
                .flatMap(PodRevision::annotated);
    }

    /**
     * Of a running pod. One that an earlier pgfork made does not say it: it counts as what is wanted unless it is seen
     * to be something else.
     */
    public static PodRevision of(Pod pod, String image, ResourceRequirements resources, PodSettings settings) {
        return annotated(pod.getMetadata()).orElseGet(() -> guess(pod, image, resources, settings));
    }

    public static PodRevision of(Pod pod, InstanceTemplate wanted) {
        return of(pod, wanted.image(), wanted.resources(), wanted.pod());
    }

    private static Optional<PodRevision> annotated(@Nullable ObjectMeta meta) {
        return Optional.ofNullable(meta)
                .map(ObjectMeta::getAnnotations)
                .map(annotations -> annotations.get(Labels.POD))
                .map(text -> text.split("-", -1))
                .filter(parts -> parts.length == 3)
                .map(parts -> new PodRevision(parts[0], parts[1], parts[2]));
    }

    /** Others add to a pod, such as the limits of a LimitRange: only what is missing is a difference. */
    private static PodRevision guess(Pod pod, String image, ResourceRequirements resources, PodSettings settings) {
        var wanted = of(image, resources, settings);
        if (pod.getSpec() == null || pod.getSpec().getContainers().isEmpty()) {
            return wanted;
        }
        var spec = pod.getSpec();
        var container = spec.getContainers().getFirst();
        var samePlace = image.equals(container.getImage())
                && has(spec.getNodeSelector(), settings.nodeSelector())
                && (settings.priorityClassName() == null
                        || settings.priorityClassName().equals(spec.getPriorityClassName()));
        var sameResources = has(container.getResources(), resources);
        var meta = pod.getMetadata();
        var sameMarks = has(meta.getLabels(), foreign(settings.labels()))
                && has(meta.getAnnotations(), foreign(settings.annotations()));
        return new PodRevision(
                samePlace ? wanted.place() : OTHER,
                sameResources ? wanted.resources() : OTHER,
                sameMarks ? wanted.marks() : OTHER);
    }

    static boolean isOn(Pod pod) {
        return annotated(pod.getMetadata()).isPresent();
    }

    static boolean has(@Nullable ResourceRequirements present, ResourceRequirements wanted) {
        return amounts(Objects.requireNonNullElseGet(present, ResourceRequirements::new))
                .entrySet()
                .containsAll(amounts(wanted).entrySet());
    }

    private static boolean has(@Nullable Map<String, String> present, @Nullable Map<String, String> wanted) {
        return wanted == null
                || (present == null ? Map.<String, String>of() : present)
                        .entrySet()
                        .containsAll(wanted.entrySet());
    }

    /** Ours go over the user's. */
    private static @Nullable Map<String, String> foreign(@Nullable Map<String, String> users) {
        return users == null
                ? null
                : users.entrySet().stream()
                        .filter(entry -> !entry.getKey().startsWith(Labels.PREFIX)
                                && !entry.getKey().equals(Labels.MANAGED_BY))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** The same but for where it runs, and with which image. */
    PodRevision withPlaceOf(Optional<PodRevision> other) {
        return new PodRevision(other.map(PodRevision::place).orElse(OTHER), resources, marks);
    }

    /** As the annotation has it. */
    public String text() {
        return place + "-" + resources + "-" + marks;
    }

    private static void put(SortedMap<String, Object> all, String name, @Nullable Object value) {
        var isNothing = value == null
                || (value instanceof Map<?, ?> map && map.isEmpty())
                || (value instanceof Collection<?> list && list.isEmpty());
        if (!isNothing) {
            all.put(name, value);
        }
    }

    private static @Nullable SortedMap<String, String> sorted(@Nullable Map<String, String> map) {
        return map == null ? null : new TreeMap<>(map);
    }

    /** As numbers, for 1Gi is 1024Mi; what is not requested is what is the limit. */
    private static SortedMap<String, Object> amounts(ResourceRequirements resources) {
        var amounts = new TreeMap<String, Object>();
        amounts(resources.getLimits()).forEach((name, amount) -> {
            amounts.put("limits." + name, amount);
            amounts.put("requests." + name, amount);
        });
        amounts(resources.getRequests()).forEach((name, amount) -> amounts.put("requests." + name, amount));
        put(amounts, "claims", resources.getClaims());
        return amounts;
    }

    private static Map<String, String> amounts(@Nullable Map<String, Quantity> quantities) {
        return Stream.ofNullable(quantities)
                .flatMap(map -> map.entrySet().stream())
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> plain(entry.getValue())));
    }

    private static String plain(Quantity quantity) {
        BigDecimal amount = quantity.getNumericalAmount();
        return amount.stripTrailingZeros().toPlainString();
    }

    private static String hash(SortedMap<String, Object> parts) {
        try {
            var text = JSON.asJson(parts).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text))
                    .substring(0, HASH_LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
