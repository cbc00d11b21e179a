package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Labels;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Passwords;
import dev.pgfork.operator.postgres.ScramVerifier;
import dev.pgfork.operator.postgres.ServerAddress;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the Secrets of an instance hold. A password is made once, and changed only where that is asked for: whatever
 * exists already is passed in and kept.
 */
public final class Credentials {
    private static final String OPAQUE = "Opaque";
    private static final String TLS = "kubernetes.io/tls";
    private static final String BINDING = "servicebinding.io/postgresql";
    static final String SUPERUSER_ROLE = "postgres";
    private static final String SUPERUSER_DATABASE = "postgres";

    private final Certificates certificates;
    private final Passwords passwords;
    private final SecureRandom random;

    public Credentials(Certificates certificates, Passwords passwords, SecureRandom random) {
        this.certificates = certificates;
        this.passwords = passwords;
        this.random = random;
    }

    /** The Secret {@code -ca}: a new certificate authority. Its key is in no other object. */
    public Secret newAuthority(InstanceTemplate template) {
        var pair = certificates.newAuthority(template);
        return secret(
                template,
                template.names().authoritySecret(),
                TLS,
                Map.of(SecretData.CERTIFICATE, pair.certificate(), SecretData.PRIVATE_KEY, pair.privateKey()));
    }

    /**
     * The Secret {@code -tls}: a new server certificate.
     *
     * @param authority the Secret {@code -ca} as the API server has it
     */
    public Secret newTls(InstanceTemplate template, Secret authority) {
        var issuer = new PemPair(
                SecretData.text(authority, SecretData.CERTIFICATE), SecretData.text(authority, SecretData.PRIVATE_KEY));
        var pair = certificates.newServerCertificate(template, issuer);
        return secret(
                template,
                template.names().tlsSecret(),
                TLS,
                Map.of(
                        SecretData.CERTIFICATE, pair.certificate(),
                        SecretData.PRIVATE_KEY, pair.privateKey(),
                        SecretData.AUTHORITY, issuer.certificate()));
    }

    /**
     * The Secret {@code -roles}: passwords and SCRAM verifiers of the owner, of {@code pgfork} and, in a database, of
     * the superuser, so that {@code superuserAccess} is a matter of pg_hba.conf only and can be changed at any time. A
     * fork's superuser never has a password, but roles of its source that it was asked to let in have new ones.
     *
     * <p>A member has copies of its authority's, because its data are the authority's, and a password of its own for
     * replication. When it becomes independent it gets new ones.
     *
     * @param existing as the API server has it; its passwords stay, and what is missing is added
     * @param authority the Secret {@code -roles} of the resource whose authority a member is under; not looked at for
     *     others
     * @throws IllegalStateException if a member's authority has no such Secret
     */
    public Secret roles(InstanceTemplate template, Optional<Secret> existing, Optional<Secret> authority) {
        var isMember = template.membership().isUnder(template.owner());
        if (isMember && authority.isEmpty()) {
            throw new IllegalStateException("Secret %s/%s is not there yet, so %s cannot have its passwords"
                    .formatted(
                            template.owner().namespace(),
                            template.authorityNames().rolesSecret(),
                            template.owner().name()));
        }
        var texts = new TreeMap<String, String>();
        var kept = isMember ? authority : existing.filter(secret -> areOf(template, secret));
        for (var role : List.of(SecretData.OWNER, SecretData.PGFORK, SecretData.SUPERUSER)) {
            var isWanted = !isMember && (!role.equals(SecretData.SUPERUSER) || template.isDatabase());
            addRole(texts, role, kept, isWanted);
        }
        addRole(texts, SecretData.REPLICATION, existing, true);
        template.unlockedRoles().forEach(role -> addRole(texts, SecretData.unlocked(role), existing, true));
        return roles(template, SecretData.encode(texts));
    }

    /** The Secret {@code -roles} with a new password for one of them. */
    public Secret changed(InstanceTemplate template, Secret roles, ClientRole role) {
        var data = new TreeMap<>(roles.getData());
        var password = passwords.next();
        data.putAll(SecretData.encode(Map.of(
                SecretData.password(role.key()),
                password,
                role.key(),
                ScramVerifier.of(password, random).text())));
        return roles(template, data);
    }

    private static Secret roles(InstanceTemplate template, SortedMap<String, String> data) {
        var secret = encoded(template, template.names().rolesSecret(), OPAQUE, data);
        secret.getMetadata()
                .setAnnotations(new TreeMap<>(Map.of(
                        Labels.AUTHORITY, template.membership().authority().name())));
        return secret;
    }

    /** Whether the passwords in a Secret are of the authority that the instance is under now. */
    public static boolean areOf(InstanceTemplate template, Secret roles) {
        var annotations = roles.getMetadata().getAnnotations();
        var own = template.owner().name();
        var noted = annotations == null ? own : annotations.getOrDefault(Labels.AUTHORITY, own);
        return noted.equals(template.membership().authority().name());
    }

    /** Whether the passwords in a Secret are of that resource and of no leader: it follows nobody, or is not to. */
    public static boolean areOwn(Owner owner, Secret roles) {
        var annotations = roles.getMetadata().getAnnotations();
        return annotations != null && owner.name().equals(annotations.get(Labels.AUTHORITY));
    }

    private void addRole(Map<String, String> texts, String role, Optional<Secret> kept, boolean isWanted) {
        var password = kept.flatMap(secret -> SecretData.find(secret, SecretData.password(role)));
        var verifier = kept.flatMap(secret -> SecretData.find(secret, role));
        if (password.isPresent() && verifier.isPresent()) {
            texts.put(SecretData.password(role), password.get());
            texts.put(role, verifier.get());
        } else if (isWanted) {
            var text = password.orElseGet(passwords::next);
            texts.put(SecretData.password(role), text);
            texts.put(role, ScramVerifier.of(text, random).text());
        }
    }

    /** The Secret {@code -app}, in the words of the Service Binding specification: how the owner connects. */
    public Secret app(InstanceTemplate template, Secret roles, Secret tls) {
        var names = template.names();
        var login = new Login(
                template.databaseOwner(),
                SecretData.text(roles, SecretData.password(SecretData.OWNER)),
                template.database());
        var texts = new TreeMap<>(binding(template, login, SecretData.text(tls, SecretData.AUTHORITY)));
        if (template.isDatabase()) {
            var host =
                    InstanceNames.host(names.readOnlyService(), template.owner().namespace());
            texts.put("ro-host", host);
            texts.put("ro-uri", login.uri(host));
        }
        return secret(template, names.appSecret(), BINDING, texts);
    }

    /** The Secret {@code -superuser}: how the superuser connects, where {@code superuserAccess} lets it. */
    public Secret superuser(InstanceTemplate template, Secret roles, Secret tls) {
        var login = new Login(
                SUPERUSER_ROLE, SecretData.text(roles, SecretData.password(SecretData.SUPERUSER)), SUPERUSER_DATABASE);
        return secret(
                template,
                template.names().superuserSecret(),
                BINDING,
                binding(template, login, SecretData.text(tls, SecretData.AUTHORITY)));
    }

    /**
     * How the operator reaches the server in a pod.
     *
     * @return empty while the pod has no address, or a Secret or one of its keys is missing
     */
    public static Optional<ServerAddress> address(Optional<Pod> pod, Optional<Secret> tls, Optional<Secret> roles) {
        var ip = pod.map(Pod::getStatus).map(PodStatus::getPodIP);
        var authority = tls.flatMap(secret -> SecretData.find(secret, SecretData.AUTHORITY));
        var password = roles.flatMap(secret -> SecretData.find(secret, SecretData.password(SecretData.PGFORK)));
        return ip.isEmpty() || authority.isEmpty() || password.isEmpty()
                ? Optional.empty()
                : Optional.of(new ServerAddress(ip.get(), InstancePod.PORT, authority.get(), password.get()));
    }

    /** @param roles the Secret {@code -roles} */
    public static ScramVerifier verifier(Secret roles, ClientRole role) {
        return new ScramVerifier(SecretData.text(roles, role.key()));
    }

    /** @param roles the Secret {@code -roles} of a member */
    public static ScramVerifier replicationVerifier(Secret roles) {
        return new ScramVerifier(SecretData.text(roles, SecretData.REPLICATION));
    }

    private static Map<String, String> binding(InstanceTemplate template, Login login, String authority) {
        var host =
                InstanceNames.host(template.names().service(), template.owner().namespace());
        var texts = new TreeMap<String, String>();
        texts.put("type", "postgresql");
        texts.put("provider", "pgfork");
        texts.put("host", host);
        texts.put("port", Integer.toString(InstancePod.PORT));
        texts.put("database", login.database());
        texts.put("username", login.role());
        texts.put("password", login.password());
        texts.put("sslmode", "verify-full");
        texts.put(SecretData.AUTHORITY, authority);
        texts.put("uri", login.uri(host));
        texts.put("jdbc-url", login.jdbcUrl(host));
        return texts;
    }

    private static Secret secret(InstanceTemplate template, String name, String type, Map<String, String> texts) {
        return encoded(template, name, type, SecretData.encode(texts));
    }

    private static Secret encoded(InstanceTemplate template, String name, String type, SortedMap<String, String> data) {
        return new SecretBuilder()
                .withMetadata(InstanceResources.metadata(template, name))
                .withType(type)
                .withData(data)
                .build();
    }

    /** Who connects, and where to. */
    private record Login(String role, String password, String database) {
        String uri(String host) {
            return "postgresql://%s:%s@%s:%d/%s?sslmode=verify-full"
                    .formatted(encode(role), encode(password), host, InstancePod.PORT, encode(database));
        }

        String jdbcUrl(String host) {
            return "jdbc:postgresql://%s:%d/%s?user=%s&password=%s&sslmode=verify-full"
                    .formatted(host, InstancePod.PORT, encode(database), encode(role), encode(password));
        }

        private static String encode(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
        }

        @Override
        public String toString() {
            return role + "@" + database;
        }
    }
}
