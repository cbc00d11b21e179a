package dev.pgfork.operator.instance;

import dev.pgfork.operator.postgres.ConfigurationSource;
import dev.pgfork.operator.postgres.PgHba;
import dev.pgfork.operator.postgres.PostgresqlConf;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;

/** The text of everything that an instance is configured with, and the hashes that tell one version from another. */
public final class InstanceConfiguration {
    /** Key of the file in the ConfigMap. */
    static final String PARAMETERS = "postgresql.conf";

    private static final int HASH_LENGTH = 10;

    private final InstanceScript script;

    /** Made once: the script is long, and every look at an instance asks for the name of its ConfigMap. */
    private final String scriptHash;

    public InstanceConfiguration(InstanceScript script) {
        this.script = script;
        this.scriptHash = hash(script.files());
    }

    /** Content of the ConfigMap: script and configuration. */
    public SortedMap<String, String> files(InstanceTemplate template) {
        var files = configuration(template);
        files.putAll(script.files());
        return files;
    }

    /** Name of the ConfigMap; any other content has another name. */
    public String configMapName(InstanceTemplate template) {
        var content = configuration(template);
        content.put("script", scriptHash);
        return template.names().configMap(hash(content).substring(0, HASH_LENGTH));
    }

    /** What a server reports as {@code pgfork.revision} once this configuration is in force. */
    public String revision(InstanceTemplate template) {
        return PostgresqlConf.render(source(template)).revision();
    }

    /** What the verb {@code reload} puts in force: the configuration and the certificate. */
    public ConfigurationBundle bundle(InstanceTemplate template, Secret tls) {
        var files = configuration(template);
        for (var key : SecretData.TLS) {
            files.put(key, SecretData.text(tls, key));
        }
        return new ConfigurationBundle(files);
    }

    private static SortedMap<String, String> configuration(InstanceTemplate template) {
        var files = new TreeMap<String, String>();
        files.put(PARAMETERS, PostgresqlConf.render(source(template)).text());
        files.put("pg_hba.conf", PgHba.text(template.superuserAccess()));
        return files;
    }

    private static ConfigurationSource source(InstanceTemplate template) {
        return new ConfigurationSource(
                template.owner().name(),
                template.owner().uid(),
                template.generation(),
                template.parameters(),
                template.memoryLimit(),
                Quantity.getAmountInBytes(template.storageSize()).longValue(),
                template.isIndependentCopy(),
                template.role() == Role.PRIMARY
                        ? String.join(", ", template.membership().synchronous())
                        : "",
                template.superuserAccess());
    }

    private static String hash(SortedMap<String, String> files) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            files.forEach((name, content) -> {
                update(digest, name);
                update(digest, content);
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    /** With its length, so that no two sets of files read the same. */
    private static void update(MessageDigest digest, String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
    }
}
