package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.ClientRole;
import dev.pgfork.operator.instance.ConfigurationBundle;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.postgres.ScramVerifier;
import java.util.Optional;

/** What actions do with certificates and passwords. Each is idempotent. */
public interface CredentialActions {

    /** Makes what is missing of the Secrets {@code -ca}, {@code -tls} and {@code -roles}. */
    void create(InstanceTemplate template);

    void renewCertificate(InstanceTemplate template);

    void publishBinding(InstanceTemplate template);

    /**
     * Writes a new password down, for the server to be told of it next. Until it is published too it may be replaced by
     * yet another one.
     *
     * @return empty: the Secret that clients read is there, so nobody wants one
     */
    Optional<ScramVerifier> newPassword(InstanceTemplate template, ClientRole role);

    /** Makes the Secret that clients read. */
    void publish(InstanceTemplate template, ClientRole role);

    /**
     * What the primary must know to let this member in; its Secret is made, or completed, first.
     *
     * @throws IllegalStateException if its authority has no passwords yet
     */
    ScramVerifier replication(InstanceTemplate member);

    /** The configuration and the certificate of the day. */
    ConfigurationBundle configuration(InstanceTemplate template);
}
