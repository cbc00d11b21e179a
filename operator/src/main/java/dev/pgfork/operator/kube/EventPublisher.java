package dev.pgfork.operator.kube;

/** Publishes Kubernetes events. A repeated notice raises the count of one event; failures are logged, never thrown. */
public interface EventPublisher {
    void publish(Notice notice);
}
