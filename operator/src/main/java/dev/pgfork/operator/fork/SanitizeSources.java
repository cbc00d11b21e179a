package dev.pgfork.operator.fork;

import dev.pgfork.api.v1alpha1.SanitizeStepStatus;
import dev.pgfork.operator.instance.SanitizeSql;
import dev.pgfork.operator.kube.ApiErrors;
import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.kube.ObjectReader;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Reads the SQL of sanitize steps. It is the users' own, so that no cache holds it. */
final class SanitizeSources {
    private final ObjectReader objects;

    SanitizeSources(ObjectReader objects) {
        this.objects = objects;
    }

    /**
     * Only from the fork's own namespace, whatever is noted: who may write a fork's status has no right to read what
     * the operator can, and what is read goes into a pod of that namespace.
     *
     * @return Absent: there is no such object there, or it has no such key
     */
    Looked<SanitizeSql> read(String namespace, SanitizeStepStatus of) {
        var step = Objects.requireNonNull(of.step(), "noted before the cut");
        if (!namespace.equals(of.namespace())) {
            return new Looked.Absent<>();
        }
        var source = step.source();
        try {
            var text = step.configMap() != null
                    ? objects.getUncached(ConfigMap.class, namespace, source.name())
                            .flatMap(map -> value(map.getData(), source.key()))
                    : objects.getUncached(Secret.class, namespace, source.name())
                            .flatMap(secret -> value(secret.getData(), source.key()))
                            .map(SanitizeSources::decoded);
            return text.<Looked<SanitizeSql>>map(sql -> new Looked.Found<>(SanitizeSql.of(sql)))
                    .orElseGet(Looked.Absent::new);
        } catch (KubernetesClientException e) {
            return new Looked.Unknown<>(ApiErrors.message(e));
        }
    }

    private static Optional<String> value(Map<String, String> data, String key) {
        return Optional.ofNullable(data).map(values -> values.get(key));
    }

    private static String decoded(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }
}
