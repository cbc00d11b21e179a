package dev.pgfork.operator.action;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.operator.instance.Certificates;
import dev.pgfork.operator.instance.ClientRole;
import dev.pgfork.operator.instance.Credentials;
import dev.pgfork.operator.instance.InstanceTemplate;
import dev.pgfork.operator.instance.Membership;
import dev.pgfork.operator.instance.Templates;
import dev.pgfork.operator.kube.NameTakenException;
import dev.pgfork.operator.kube.ObjectsInMemory;
import dev.pgfork.operator.kube.Owner;
import dev.pgfork.operator.postgres.Passwords;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredCredentialsTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

    private final SecureRandom random = new SecureRandom();
    private final ObjectsInMemory objects = new ObjectsInMemory();
    private final Certificates certificates =
            new Certificates("cluster.local", random, Clock.fixed(NOW, ZoneOffset.UTC));
    private final InstanceTemplate database = Templates.database();
    private final StoredCredentials credentials = new StoredCredentials(
            objects, objects, new Credentials(certificates, new Passwords(random), random), Templates.configuration());

    @Test
    void makesEachSecretOnce() {
        credentials.create(database);
        credentials.create(database);
        assertThat(objects.written).containsExactly("create shop-ca", "create shop-tls", "create shop-roles");
        assertThat(certificates.needsRenewal(database, stored("shop-ca"), stored("shop-tls"), NOW))
                .isFalse();
    }

    @Test
    void makesWhatSomebodyDeletedOfTheAuthorityThatIsThere() {
        credentials.create(database);
        var authority = stored("shop-ca");
        objects.remove(stored("shop-tls"));
        credentials.create(database);
        assertThat(stored("shop-ca")).isEqualTo(authority);
        assertThat(certificates.needsRenewal(database, authority, stored("shop-tls"), NOW))
                .isFalse();
    }

    @Test
    void renewsTheCertificateAndNothingElse() {
        credentials.create(database);
        var before = certificates.serial(stored("shop-tls"));
        credentials.renewCertificate(database);
        assertThat(objects.written).endsWith("create shop-roles", "apply shop-tls");
        assertThat(certificates.serial(stored("shop-tls"))).isNotEqualTo(before);
    }

    @Test
    void publishesWithoutChangingAPassword() {
        credentials.create(database);
        credentials.publishBinding(database);
        var password = stored("shop-app").getData().get("password");
        credentials.publishBinding(database);
        assertThat(objects.written).endsWith("apply shop-app", "apply shop-app").doesNotContain("apply shop-superuser");
        assertThat(stored("shop-app").getData())
                .containsEntry("password", password)
                .containsEntry("password", stored("shop-roles").getData().get("owner.password"));
    }

    @Test
    void publishesTheSuperuserWhereItMayComeIn() {
        credentials.create(Templates.database(true));
        credentials.publishBinding(Templates.database(true));
        assertThat(stored("shop-superuser").getData())
                .containsEntry("password", stored("shop-roles").getData().get("superuser.password"));
    }

    @ParameterizedTest
    @EnumSource
    void aDeletedSecretComesBackWithAnotherPassword(ClientRole role) {
        var database = Templates.database(true);
        credentials.create(database);
        credentials.publishBinding(database);
        var before = stored("shop-roles").getData();
        var secret = role.secret(database.names());
        var key = role.name().toLowerCase(Locale.ROOT);
        var password = stored(secret).getData().get("password");

        assertThat(credentials.newPassword(database, role)).as("it is there").isEmpty();
        objects.remove(stored(secret));
        var verifier = credentials.newPassword(database, role).orElseThrow();
        assertThat(objects.getUncached(Secret.class, "prod", secret))
                .as("not before the server knows")
                .isEmpty();
        credentials.publish(database, role);

        var after = stored("shop-roles").getData();
        assertThat(stored(secret).getData().get("password")).isNotEqualTo(password);
        assertThat(after)
                .containsEntry(key + ".password", stored(secret).getData().get("password"))
                .containsEntry(key, base64(verifier.text()))
                .hasSameSizeAs(before);
        assertThat(after.entrySet())
                .as("all others stay")
                .filteredOn(entry -> !entry.getKey().startsWith(key))
                .isSubsetOf(before.entrySet());
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void addsAKeyThatSomebodyDeleted() {
        credentials.create(database);
        var roles = stored("shop-roles");
        objects.stored(new SecretBuilder(roles).removeFromData("pgfork").build());
        credentials.create(database);
        assertThat(objects.written).endsWith("apply shop-roles");
        assertThat(stored("shop-roles").getData())
                .containsEntry("pgfork.password", roles.getData().get("pgfork.password"))
                .containsKey("pgfork");
    }

    @Test
    void keepsTheReplicationPasswordOfAMember() {
        credentials.create(database);
        var member = Templates.follower();
        var verifier = credentials.replication(member);
        assertThat(credentials.replication(member)).isEqualTo(verifier);
        assertThat(objects.written).endsWith("create shop-roles", "create shop-replica-roles");
        assertThat(new String(
                        Base64.getDecoder()
                                .decode(stored("shop-replica-roles").getData().get("replication")),
                        StandardCharsets.UTF_8))
                .isEqualTo(verifier.text());
        assertThat(verifier).isNotEqualTo(credentials.replication(database));
    }

    /** Its data are the first one's, and so are the clients that know its authority. */
    @Test
    void aMemberTakesNothingOfAnotherResourceOfItsAuthoritysName() {
        var shop = database.owner();
        var earlier = new Owner(shop.apiVersion(), shop.kind(), shop.namespace(), shop.name(), "77aa0c3d-earlier");
        var member = Templates.follower().withMembership(new Membership(earlier, "shop", List.of()));
        credentials.create(database);
        var before = objects.written.size();
        assertThatThrownBy(() -> credentials.create(member))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Secret prod/shop-ca is not there");
        assertThatThrownBy(() -> credentials.replication(member))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("shop-roles");
        assertThat(objects.written).hasSize(before);
    }

    @Test
    void reloadsTheStoredCertificate() {
        credentials.create(database);
        var bundle = credentials.configuration(database);
        assertThat(bundle.files()).containsOnlyKeys("postgresql.conf", "pg_hba.conf", "tls.crt", "tls.key", "ca.crt");
        assertThat(bundle.files().get("tls.key")).contains("PRIVATE KEY");
        assertThat(bundle.toString()).doesNotContain("PRIVATE KEY");
    }

    @Test
    void doesNotUseAnothersSecret() {
        objects.stored(new SecretBuilder()
                .withNewMetadata()
                .withName("shop-ca")
                .withNamespace("prod")
                .endMetadata()
                .build());
        assertThatThrownBy(() -> credentials.create(database)).isInstanceOf(NameTakenException.class);
        assertThat(objects.written).isEmpty();
    }

    private Secret stored(String name) {
        return objects.getUncached(Secret.class, "prod", name).orElseThrow();
    }
}
