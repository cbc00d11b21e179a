package dev.pgfork.cli.command;

import dev.pgfork.cli.resource.ResourceName;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code shop} or {@code pgf/pr-42}. */
public final class NameParameter implements ITypeConverter<ResourceName> {
    @Override
    public ResourceName convert(String text) {
        try {
            return ResourceName.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
