package dev.pgfork.operator.fork;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.postgres.Passwords;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Roles of the source that a fork lets in: its pod gets their verifiers, and the passwords stay in the Secret. */
class ForkAccessTest extends ForkPlanning {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Credentials credentials = new Credentials(
            new Certificates("cluster.local", RANDOM, Clock.systemUTC()), new Passwords(RANDOM), RANDOM);
    private final ForkWorld world = afterCut(new ForkWorld());

    private InstanceTemplate template() {
        return ForkResources.recorded(world.fork, world.fork.getStatus()).orElseThrow();
    }

    private InstanceTemplate early() {
        return ForkResources.early(world.fork, 1, world.fork.getStatus().effective());
    }

    private Secret roles(InstanceTemplate of, Optional<Secret> existing) {
        return credentials.roles(of, existing, Optional.empty());
    }

    private static Stream<String> mounted(InstanceTemplate template) {
        return RESOURCES.statefulSet(template).getSpec().getTemplate().getSpec().getVolumes().stream()
                .filter(volume -> volume.getName().equals("roles"))
                .flatMap(volume -> volume.getProjected().getSources().stream())
                .flatMap(source -> source.getSecret().getItems().stream())
                .map(KeyToPath::getKey);
    }

    /** The owner of the database is let in anyway, by the Secret {@code -app}. */
    @Test
    void aNamedRoleHasAPasswordBeforeTheCutAndKeepsIt() {
        var owner = world.fork.getStatus().effective().owner();
        world.letting("app_ro", owner);
        var before = roles(early(), Optional.empty());
        assertThat(before.getData())
                .containsKeys("unlocked.app_ro", "unlocked.app_ro.password")
                .doesNotContainKeys("unlocked." + owner);
        assertThat(roles(template(), Optional.of(before)).getData()).isEqualTo(before.getData());
    }

    @Test
    void thePodGetsTheVerifierAndNotThePassword() {
        world.letting("app_ro");
        assertThat(mounted(template())).contains("unlocked.app_ro").doesNotContain("unlocked.app_ro.password");
    }

    @Test
    void nobodyElseIsLetIn() {
        assertThat(roles(template(), Optional.empty()).getData().keySet())
                .noneMatch(key -> key.startsWith("unlocked."));
        assertThat(mounted(template())).noneMatch(key -> key.startsWith("unlocked."));
    }
}
