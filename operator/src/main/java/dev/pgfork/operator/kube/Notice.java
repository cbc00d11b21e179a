package dev.pgfork.operator.kube;

/**
 * A Kubernetes event to publish.
 *
 * @param about the resource that the event is shown at
 * @param reason stable, CamelCase
 * @param message one sentence for people, without secrets
 */
public record Notice(Owner about, Type type, String reason, String message) {
    /** Kubernetes' two event types. */
    public enum Type {
        Normal,
        Warning
    }
}
