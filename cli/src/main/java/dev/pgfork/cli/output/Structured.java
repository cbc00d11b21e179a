package dev.pgfork.cli.output;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;

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
            try {
                return YAML.writer().writeValueAsString(mapper().valueToTree(object));
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(e);
            }
        }
    };

    private static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
                    .stringQuotingChecker(new WhateverIsNoPlainWord())
                    .build())
            .build();

    /** With a line break at the end. */
    public abstract String text(Object object);

    private static ObjectMapper mapper() {
        return new ObjectMapper().setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);
    }

    /** kubectl reads YAML 1.1, to which {@code off} is false, and {@code 1e3} and {@code 1:30} are numbers. */
    private static final class WhateverIsNoPlainWord extends StringQuotingChecker.Default {
        private static final long serialVersionUID = 1;

        @Override
        public boolean needToQuoteValue(String value) {
            return !value.matches("[A-Za-z/][A-Za-z0-9_./-]*") || isReservedKeyword(value);
        }
    }
}
