package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.ConfigurationBundle;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.postgres.ScramVerifier;

/** What actions do with certificates and passwords. Each is idempotent. */
public interface CredentialActions {

    /** Makes what is missing of the Secrets {@code -ca}, {@code -tls} and {@code -roles}. */
    void create(InstanceTemplate template);

    void renewCertificate(InstanceTemplate template);

    void publishBinding(InstanceTemplate template);

    /**
     * What the primary must know to let this member in; its Secret is made, or completed, first.
     *
     * @throws IllegalStateException if its authority has no passwords yet
     */
    ScramVerifier replication(InstanceTemplate member);

    /** The configuration and the certificate of the day. */
    ConfigurationBundle configuration(InstanceTemplate template);
}
