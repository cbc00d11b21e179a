package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.ConfigurationBundle;
import dev.pgfork.operator.instance.InstanceTemplate;

/** What actions do with certificates and passwords. Each is idempotent. */
public interface CredentialActions {

    /** Makes what is missing of the Secrets {@code -ca}, {@code -tls} and {@code -roles}. */
    void create(InstanceTemplate template);

    void renewCertificate(InstanceTemplate template);

    void publishBinding(InstanceTemplate template);

    /** The configuration and the certificate of the day. */
    ConfigurationBundle configuration(InstanceTemplate template);
}
