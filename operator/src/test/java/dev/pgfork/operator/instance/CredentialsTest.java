package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.pgfork.operator.postgres.Passwords;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

class CredentialsTest {
    private final SecureRandom random = new SecureRandom();
    private final Credentials credentials = new Credentials(
            new Certificates("cluster.local", random, Clock.systemUTC()), new Passwords(random), random);
    private final InstanceTemplate database = Templates.database();
    private final Secret tls = credentials.newTls(database, credentials.newAuthority(database));
    private final Secret roles = credentials.roles(database, Optional.empty(), Optional.empty());

    @Test
    void rolesHaveAVerifierBesideTheirPassword() {
        assertThat(SecretData.text(roles, "owner")).startsWith("SCRAM-SHA-256$4096:");
        assertThat(SecretData.text(roles, "pgfork.password")).isNotEqualTo(SecretData.text(roles, "owner.password"));
    }

    @Test
    void existingPasswordsAndVerifiersStay() {
        assertThat(credentials
                        .roles(database, Optional.of(roles), Optional.empty())
                        .getData())
                .isEqualTo(roles.getData());
    }

    @Test
    void aDatabasesSuperuserHasAPasswordAndAForksHasNone() {
        assertThat(roles.getData()).containsKeys("superuser", "superuser.password");
        assertThat(credentials
                        .roles(Templates.fork(), Optional.empty(), Optional.empty())
                        .getData())
                .containsOnlyKeys(
                        "owner", "owner.password", "pgfork", "pgfork.password", "replication", "replication.password");
    }

    @Test
    void aLostVerifierIsMadeOfThePasswordAgain() {
        var data = new TreeMap<>(roles.getData());
        data.remove("owner");
        var healed = credentials.roles(
                database, Optional.of(new SecretBuilder(roles).withData(data).build()), Optional.empty());
        assertThat(healed.getData())
                .containsEntry("owner.password", roles.getData().get("owner.password"))
                .containsKey("owner");
    }

    @Test
    void aMemberHasItsAuthoritysPasswordsAndOneOfItsOwn() {
        var member = member();
        var copied = credentials.roles(member, Optional.empty(), Optional.of(roles));
        assertThat(copied.getData())
                .containsEntry("owner", roles.getData().get("owner"))
                .containsEntry("pgfork.password", roles.getData().get("pgfork.password"))
                .containsEntry("superuser", roles.getData().get("superuser"));
        assertThat(copied.getData().get("replication.password"))
                .isNotEqualTo(roles.getData().get("replication.password"));
        assertThat(credentials.roles(member, Optional.of(copied), Optional.of(roles)))
                .isEqualTo(copied);
        assertThatThrownBy(() -> credentials.roles(member, Optional.of(copied), Optional.empty()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("shop-roles");
    }

    @Test
    void aMemberThatBecomesIndependentGetsNewPasswordsOnce() {
        var member = member();
        var copied = credentials.roles(member, Optional.empty(), Optional.of(roles));
        var independent = member.withMembership(Membership.independent(member.owner()));
        var own = credentials.roles(independent, Optional.of(copied), Optional.empty());
        for (var key : List.of("owner", "owner.password", "pgfork", "pgfork.password")) {
            assertThat(own.getData().get(key))
                    .as(key)
                    .isNotNull()
                    .isNotEqualTo(copied.getData().get(key));
        }
        assertThat(own.getData())
                .doesNotContainKey("superuser")
                .containsEntry("replication.password", copied.getData().get("replication.password"));
        assertThat(credentials.roles(independent, Optional.of(own), Optional.empty()))
                .isEqualTo(own);
    }

    private static InstanceTemplate member() {
        return Templates.fork()
                .withMembership(new Membership(Templates.SHOP, null, List.of()))
                .withRole(Role.STANDBY, 1, "shop");
    }

    @Test
    void theTlsSecretHoldsThePublicHalfOfTheAuthorityOnly() {
        var authority = credentials.newAuthority(database);
        var pair = credentials.newTls(database, authority);
        assertThat(pair.getData())
                .containsOnlyKeys("tls.crt", "tls.key", "ca.crt")
                .containsEntry("ca.crt", authority.getData().get("tls.crt"))
                .doesNotContainValue(authority.getData().get("tls.key"));
    }

    @Test
    void theAppSecretOfADatabaseIsAServiceBinding() {
        var app = credentials.app(database, roles, tls);
        assertThat(app.getType()).isEqualTo("servicebinding.io/postgresql");
        assertThat(app.getData())
                .containsOnlyKeys(
                        "type",
                        "provider",
                        "host",
                        "port",
                        "database",
                        "username",
                        "password",
                        "sslmode",
                        "ca.crt",
                        "uri",
                        "jdbc-url",
                        "ro-host",
                        "ro-uri");
        assertThat(SecretData.text(app, "type")).isEqualTo("postgresql");
        assertThat(SecretData.text(app, "provider")).isEqualTo("pgfork");
        assertThat(SecretData.text(app, "host")).isEqualTo("shop.prod.svc");
        assertThat(SecretData.text(app, "port")).isEqualTo("5432");
        assertThat(SecretData.text(app, "sslmode")).isEqualTo("verify-full");
        assertThat(SecretData.text(app, "ro-host")).isEqualTo("shop-ro.prod.svc");
        assertThat(app.getData()).containsEntry("ca.crt", tls.getData().get("ca.crt"));
    }

    @Test
    void theAppSecretIsTheSameForTheSameRolesAndAuthority() {
        assertThat(credentials.app(database, roles, tls)).isEqualTo(credentials.app(database, roles, tls));
    }

    @Test
    void aForkHasNoReadOnlyAddress() {
        var fork = credentials.app(Templates.fork(), roles, tls);
        assertThat(fork.getData()).doesNotContainKeys("ro-host", "ro-uri");
        assertThat(SecretData.text(fork, "database")).isEqualTo("orders");
        assertThat(SecretData.text(fork, "username")).isEqualTo("orders_owner");
    }

    @Test
    void theUriHoldsAllOfIt() {
        var app = credentials.app(Templates.fork(), roles, tls);
        var uri = URI.create(SecretData.text(app, "uri"));
        assertThat(uri.getScheme()).isEqualTo("postgresql");
        assertThat(uri.getHost()).isEqualTo("pr-42.prod.svc");
        assertThat(uri.getPort()).isEqualTo(5432);
        assertThat(uri.getPath()).isEqualTo("/orders");
        assertThat(uri.getUserInfo()).isEqualTo("orders_owner:" + SecretData.text(roles, "owner.password"));
        assertThat(uri.getQuery()).isEqualTo("sslmode=verify-full");
    }

    @Test
    void theDriverUnderstandsTheJdbcUrl() {
        var app = credentials.app(Templates.fork(), roles, tls);
        var parsed = Driver.parseURL(SecretData.text(app, "jdbc-url"), new Properties());
        assertThat(parsed).isNotNull();
        assertThat(PGProperty.USER.getOrDefault(parsed)).isEqualTo("orders_owner");
        assertThat(PGProperty.PASSWORD.getOrDefault(parsed)).isEqualTo(SecretData.text(roles, "owner.password"));
        assertThat(PGProperty.PG_HOST.getOrDefault(parsed)).isEqualTo("pr-42.prod.svc");
        assertThat(PGProperty.PG_DBNAME.getOrDefault(parsed)).isEqualTo("orders");
        assertThat(PGProperty.SSL_MODE.getOrDefault(parsed)).isEqualTo("verify-full");
    }

    @Test
    void theSuperuserConnectsToItsOwnDatabase() {
        var superuser = credentials.superuser(Templates.database(true), roles, tls);
        assertThat(SecretData.text(superuser, "username")).isEqualTo("postgres");
        assertThat(SecretData.text(superuser, "database")).isEqualTo("postgres");
        assertThat(superuser.getData())
                .containsEntry("password", roles.getData().get("superuser.password"));
    }

    @Test
    void theServersAddressIsThePodsWithTheAuthorityAndOurPassword() {
        var address = Credentials.address(Optional.of(pod("10.1.2.3")), Optional.of(tls), Optional.of(roles))
                .orElseThrow();
        assertThat(address.host()).isEqualTo("10.1.2.3");
        assertThat(address.port()).isEqualTo(5432);
        assertThat(address.authority()).isEqualTo(SecretData.text(tls, "ca.crt"));
        assertThat(address.password()).isEqualTo(SecretData.text(roles, "pgfork.password"));
    }

    @Test
    void thereIsNoAddressWithoutAllOfIt() {
        assertThat(Credentials.address(Optional.of(new Pod()), Optional.of(tls), Optional.of(roles)))
                .isEmpty();
        assertThat(Credentials.address(Optional.of(pod("10.1.2.3")), Optional.empty(), Optional.of(roles)))
                .isEmpty();
        assertThat(Credentials.address(Optional.of(pod("10.1.2.3")), Optional.of(tls), Optional.empty()))
                .isEmpty();
        var emptied = new SecretBuilder(roles).withData(Map.of()).build();
        assertThat(Credentials.address(Optional.of(pod("10.1.2.3")), Optional.of(tls), Optional.of(emptied)))
                .isEmpty();
    }

    @Test
    void aSecretThatSomebodyHasChangedIsNamed() {
        var emptied = new SecretBuilder(roles).withData(Map.of()).build();
        assertThatThrownBy(() -> credentials.app(database, emptied, tls))
                .hasMessageContaining("prod/shop-roles")
                .hasMessageContaining("owner.password");
    }

    private static Pod pod(String address) {
        return new PodBuilder().withNewStatus().withPodIP(address).endStatus().build();
    }
}
