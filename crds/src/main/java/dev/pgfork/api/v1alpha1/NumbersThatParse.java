package dev.pgfork.api.v1alpha1;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Objects;

/**
 * Makes the API server refuse numbers that the operator could not read. The generator leaves this out for Kubernetes'
 * own types, and one resource that cannot be read would hide all others from the operator: a list is read whole.
 */
public final class NumbersThatParse implements SchemaCustomizer.Customizer {

    /**
     * What Kubernetes accepts as a quantity, as its own CRDs spell it, but for exponents: those take fractions, which
     * nobody can read, and any size.
     */
    private static final String QUANTITY =
            "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))" + "(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?[0-9]{1,2}))?$";

    @Override
    public JSONSchemaProps apply(JSONSchemaProps schema, String input, KubernetesSerialization serialization) {
        bound(schema);
        return schema;
    }

    private static void bound(JSONSchemaProps schema) {
        if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
            schema.setPattern(QUANTITY);
        }
        if ("integer".equals(schema.getType())) {
            schema.setMinimum(Objects.requireNonNullElse(schema.getMinimum(), (double) Integer.MIN_VALUE));
            schema.setMaximum(Objects.requireNonNullElse(schema.getMaximum(), (double) Integer.MAX_VALUE));
        }
        if (schema.getProperties() != null) {
            schema.getProperties().values().forEach(NumbersThatParse::bound);
        }
        if (schema.getItems() != null && schema.getItems().getSchema() != null) {
            bound(schema.getItems().getSchema());
        }
        if (schema.getAdditionalProperties() != null
                && schema.getAdditionalProperties().getSchema() != null) {
            bound(schema.getAdditionalProperties().getSchema());
        }
    }
}
