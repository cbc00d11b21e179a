package dev.pgfork.operator.instance;

import dev.pgfork.operator.kube.Looked;
import dev.pgfork.operator.postgres.Passwords;
import dev.pgfork.operator.postgres.ServerReport;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An instance with its volume and its Secrets; what script and server say is for a test to add. */
public final class InstanceSight {
    private final PersistentVolumeClaim volume;
    private final Secret authority;
    private final Secret tls;
    private final Secret roles;
    private Looked<ScriptStatus> script = new Looked.Absent<>();
    private Looked<ServerReport> server = new Looked.Absent<>();

    public InstanceSight(InstanceTemplate template, Certificates certificates) {
        var credentials = new Credentials(certificates, new Passwords(new SecureRandom()), new SecureRandom());
        volume = new InstanceResources(Templates.configuration()).volume(template);
        authority = credentials.newAuthority(template);
        tls = credentials.newTls(template, authority);
        roles = credentials.roles(template, Optional.empty(), Optional.empty());
    }

    /** Of a script that has something to tell of settings. */
    public static Looked<ScriptStatus> script(
            ScriptStatus.Phase phase,
            @Nullable String reason,
            @Nullable String revision,
            Map<String, Integer> demands) {
        return new Looked.Found<>(new ScriptStatus(
                phase, "primary", 1, "", null, null, null, null, reason, null, null, null, null, null, null, null, 1,
                null, null, revision, demands));
    }

    public Secret tls() {
        return tls;
    }

    public InstanceSight script(Looked<ScriptStatus> says) {
        script = says;
        return this;
    }

    public InstanceSight server(Looked<ServerReport> says) {
        server = says;
        return this;
    }

    public InstanceObservation seen() {
        return new InstanceObservation(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(volume),
                Optional.empty(),
                Optional.empty(),
                Optional.of(authority),
                Optional.of(tls),
                Optional.of(roles),
                Optional.empty(),
                Optional.empty(),
                script,
                server,
                Growth.NONE,
                Trial.NONE,
                Optional.empty());
    }
}
