package dev.pgfork.cli.output;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/** JSON or YAML of an object, for programs. */
public enum Structured {
    json {
        @Override
        public String text(Object object) {
            try {
                return mapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(object) + "\n";
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(e);
            }
        }
    },
    yaml {
        @Override
        public String text(Object object) {
            return new KubernetesSerialization(mapper(), false).asYaml(object);
        }
    };

    /** With a line break at the end. */
    public abstract String text(Object object);

    private static ObjectMapper mapper() {
        return new ObjectMapper().setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);
    }
}
