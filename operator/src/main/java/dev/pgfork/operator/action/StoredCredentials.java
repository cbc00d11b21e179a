package dev.pgfork.operator.action;

import dev.pgfork.operator.instance.ClientRole;
import dev.pgfork.operator.instance.ConfigurationBundle;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceConfiguration;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.kube.KubeWriter;
import dev.pgfork.operator.kube.ObjectReader;
import dev.pgfork.operator.postgres.ScramVerifier;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Objects;
import java.util.Optional;

/**
 * Certificates and passwords in Secrets. They are read from the API server each time: a cache may be late, and a
 * certificate of an authority that was never stored would be worth nothing.
 */
public final class StoredCredentials implements CredentialActions {
    private final ObjectReader reader;
    private final KubeWriter writer;
    private final Credentials credentials;
    private final InstanceConfiguration configuration;

    public StoredCredentials(
            ObjectReader reader, KubeWriter writer, Credentials credentials, InstanceConfiguration configuration) {
        this.reader = reader;
        this.writer = writer;
        this.credentials = credentials;
        this.configuration = configuration;
    }

    @Override
    public void create(InstanceTemplate template) {
        tls(template);
        roles(template);
    }

    @Override
    public void renewCertificate(InstanceTemplate template) {
        writer.apply(template.owner(), credentials.newTls(template, authority(template)));
    }

    @Override
    public void publishBinding(InstanceTemplate template) {
        publish(template, ClientRole.OWNER);
        if (template.superuserAccess()) {
            publish(template, ClientRole.SUPERUSER);
        }
    }

    @Override
    public Optional<ScramVerifier> newPassword(InstanceTemplate template, ClientRole role) {
        if (own(template, role.secret(template.names())).isPresent()) {
            return Optional.empty();
        }
        var changed = credentials.changed(template, roles(template), role);
        writer.apply(template.owner(), changed);
        return Optional.of(Credentials.verifier(changed, role));
    }

    @Override
    public void publish(InstanceTemplate template, ClientRole role) {
        var tls = tls(template);
        var roles = roles(template);
        writer.apply(
                template.owner(),
                switch (role) {
                    case OWNER -> credentials.app(template, roles, tls);
                    case SUPERUSER -> credentials.superuser(template, roles, tls);
                });
    }

    @Override
    public ConfigurationBundle configuration(InstanceTemplate template) {
        return configuration.bundle(template, tls(template));
    }

    @Override
    public ScramVerifier replication(InstanceTemplate member) {
        return Credentials.replicationVerifier(roles(member));
    }

    private Secret authority(InstanceTemplate template) {
        if (template.membership().isUnder(template.owner())) {
            return ofAuthority(template, template.authorityNames().authoritySecret())
                    .orElseThrow(() -> new IllegalStateException(
                            "Secret %s/%s is not there, so no certificate can be issued for %s. If it was deleted, its owner makes it again"
                                    .formatted(
                                            template.owner().namespace(),
                                            template.authorityNames().authoritySecret(),
                                            template.owner().name())));
        }
        return own(template, template.names().authoritySecret())
                .orElseGet(() -> created(template, credentials.newAuthority(template)));
    }

    private Secret tls(InstanceTemplate template) {
        var authority = authority(template);
        return own(template, template.names().tlsSecret())
                .orElseGet(() -> created(template, credentials.newTls(template, authority)));
    }

    private Secret roles(InstanceTemplate template) {
        var existing = own(template, template.names().rolesSecret());
        var wanted = credentials.roles(
                template,
                existing,
                template.membership().isUnder(template.owner())
                        ? ofAuthority(template, template.authorityNames().rolesSecret())
                        : Optional.empty());
        if (existing.isEmpty()) {
            return created(template, wanted);
        }
        if (!Objects.equals(existing.get().getData(), wanted.getData()) || !isMarked(existing.get(), wanted)) {
            writer.apply(template.owner(), wanted);
        }
        return wanted;
    }

    private static boolean isMarked(Secret existing, Secret wanted) {
        var annotations = existing.getMetadata().getAnnotations();
        return annotations != null
                && annotations
                        .entrySet()
                        .containsAll(wanted.getMetadata().getAnnotations().entrySet());
    }

    /** Of the very resource whose member this is, and never made here: one of its name may be another one's. */
    private Optional<Secret> ofAuthority(InstanceTemplate template, String name) {
        return reader.getUncached(Secret.class, template.owner().namespace(), name)
                .filter(template.membership().authority()::owns);
    }

    private Secret created(InstanceTemplate template, Secret secret) {
        writer.create(template.owner(), secret);
        return secret;
    }

    /** Somebody else's is not taken for ours: making ours fails then, and says why. */
    private Optional<Secret> own(InstanceTemplate template, String name) {
        return reader.getUncached(Secret.class, template.owner().namespace(), name)
                .filter(template.owner()::owns);
    }
}
