package dev.pgfork.api.v1alpha1;

/**
 * The Secret to connect with, as the Service Binding specification has it.
 *
 * @param name name of the Secret in the resource's namespace
 */
public record BindingStatus(String name) {}
