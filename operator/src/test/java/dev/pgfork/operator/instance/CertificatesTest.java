package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ssl.PGjdbcHostnameVerifier;

class CertificatesTest {
    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private static final PGjdbcHostnameVerifier VERIFY_FULL = PGjdbcHostnameVerifier.INSTANCE;

    /** It calls every refusal severe. */
    private static final Logger DRIVER = Logger.getLogger(PGjdbcHostnameVerifier.class.getName());

    private final InstanceTemplate database = Templates.database();
    private final Certificates certificates = at(NOW);

    private static SSLSession toShop;
    private static SSLSession toFork;

    @BeforeAll
    static void connect() throws Exception {
        DRIVER.setLevel(Level.OFF);
        toShop = handshake(Templates.database());
        toFork = handshake(Templates.fork());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "shop",
                "shop.prod",
                "shop.prod.svc",
                "shop.prod.svc.cluster.local",
                "shop-ro",
                "shop-ro.prod",
                "shop-ro.prod.svc",
                "shop-ro.prod.svc.cluster.local",
                "shop-instance",
                "shop-instance.prod",
                "shop-instance.prod.svc",
                "shop-instance.prod.svc.cluster.local"
            })
    void clientsVerifyEveryNameOfADatabase(String host) {
        assertThat(VERIFY_FULL.verify(host, toShop)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop", "pr-42-ro.prod.svc", "pr-42.other.svc", "prod", "10.0.0.7", "x.pr-42.prod.svc"})
    void clientsOfAForkRefuseOtherNames(String host) {
        assertThat(VERIFY_FULL.verify("pr-42.prod.svc", toFork)).isTrue();
        assertThat(VERIFY_FULL.verify(host, toFork)).isFalse();
    }

    @Test
    void aClientOfOneAuthorityRefusesTheServerOfAnother() {
        var now = at(Clock.systemUTC().instant());
        var authority = now.newAuthority(database);
        var server = now.newServerCertificate(database, authority);
        var other = now.newAuthority(database);
        assertThatThrownBy(() -> TlsHandshake.with(server, other.certificate()))
                .isInstanceOf(SSLHandshakeException.class);
    }

    @Test
    void anAuthorityCannotMakeAnotherAuthority() throws Exception {
        var authority = Pem.readCertificate(certificates.newAuthority(database).certificate());
        assertThat(authority.getBasicConstraints()).isZero();
        var server = Pem.readCertificate(certificates
                .newServerCertificate(database, certificates.newAuthority(database))
                .certificate());
        assertThat(server.getBasicConstraints()).isEqualTo(-1);
        assertThat(server.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    }

    @Test
    void aServerCertificateLives90DaysAndAnAuthorityTenYears() throws Exception {
        var authority = certificates.newAuthority(database);
        var server = Pem.readCertificate(
                certificates.newServerCertificate(database, authority).certificate());
        assertThat(server.getNotAfter()).isEqualTo(NOW.plus(Duration.ofDays(90)));
        assertThat(Pem.readCertificate(authority.certificate()).getNotAfter())
                .isEqualTo(NOW.plus(Duration.ofDays(3652)));
    }

    @Test
    void aServerCertificateDoesNotOutliveItsAuthority() throws Exception {
        var authority = certificates.newAuthority(database);
        var late = at(NOW.plus(Duration.ofDays(3650)));
        var server = Pem.readCertificate(
                late.newServerCertificate(database, authority).certificate());
        assertThat(server.getNotAfter())
                .isEqualTo(Pem.readCertificate(authority.certificate()).getNotAfter());
    }

    @Test
    void isRenewedWhenAThirdOfItsLifeIsLeft() {
        var authority = certificates.newAuthority(database);
        var tls = tls(certificates.newServerCertificate(database, authority), authority.certificate());
        var life = Duration.ofDays(90).plusHours(1);
        var due = NOW.plus(Duration.ofDays(90)).minus(life.dividedBy(3));
        assertThat(certificates.needsRenewal(database, ca(authority), tls, due.minusSeconds(1)))
                .isFalse();
        assertThat(certificates.needsRenewal(database, ca(authority), tls, due.plusSeconds(1)))
                .isTrue();
    }

    @Test
    void isRenewedForOtherNames() {
        var authority = certificates.newAuthority(database);
        var tls = tls(certificates.newServerCertificate(database, authority), authority.certificate());
        var elsewhere = new Certificates("example.org", new SecureRandom(), Clock.fixed(NOW, ZoneOffset.UTC));
        assertThat(elsewhere.needsRenewal(database, ca(authority), tls, NOW)).isTrue();
        assertThat(certificates.needsRenewal(Templates.fork(), ca(authority), tls, NOW))
                .isTrue();
    }

    @Test
    void isRenewedForAnotherAuthority() {
        var authority = certificates.newAuthority(database);
        var other = certificates.newAuthority(database);
        var server = certificates.newServerCertificate(database, authority);
        assertThat(certificates.needsRenewal(database, ca(other), tls(server, other.certificate()), NOW))
                .as("signed by another one")
                .isTrue();
        assertThat(certificates.needsRenewal(database, ca(authority), tls(server, other.certificate()), NOW))
                .as("another one handed to clients")
                .isTrue();
    }

    @Test
    void isRenewedWhenTheKeyIsAnothers() {
        var authority = certificates.newAuthority(database);
        var one = certificates.newServerCertificate(database, authority);
        var two = certificates.newServerCertificate(database, authority);
        var mixed = new PemPair(one.certificate(), two.privateKey());
        assertThat(certificates.needsRenewal(database, ca(authority), tls(mixed, authority.certificate()), NOW))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls.crt", "tls.key", "ca.crt"})
    void isRenewedWhenSomethingIsMissingOrUnreadable(String key) {
        var authority = certificates.newAuthority(database);
        var tls = tls(certificates.newServerCertificate(database, authority), authority.certificate());
        assertThat(certificates.needsRenewal(database, ca(authority), tls, NOW)).isFalse();
        for (var content : new String[] {null, "", "not a certificate", "%%%"}) {
            var data = new TreeMap<>(tls.getData());
            if (content == null) {
                data.remove(key);
            } else {
                data.put(
                        key,
                        content.equals("%%%")
                                ? content
                                : SecretData.encode(Map.of(key, content)).get(key));
            }
            var broken = new SecretBuilder(tls).withData(data).build();
            assertThat(certificates.needsRenewal(database, ca(authority), broken, NOW))
                    .as("%s is %s", key, content)
                    .isTrue();
        }
    }

    @Test
    void theSerialNumberIsHexadecimalAndEmptyIfUnreadable() throws Exception {
        var authority = certificates.newAuthority(database);
        var server = certificates.newServerCertificate(database, authority);
        var serial = Pem.readCertificate(server.certificate()).getSerialNumber();
        assertThat(certificates.serial(tls(server, authority.certificate()))).isEqualTo(serial.toString(16));
        assertThat(certificates.serial(new SecretBuilder().build())).isEmpty();
    }

    @Test
    void anUnreadableAuthorityIsNamedWithTheWayOut() {
        assertThatThrownBy(() -> certificates.newServerCertificate(database, new PemPair("rubbish", "rubbish")))
                .hasMessageContaining("prod/shop-ca")
                .hasMessageContaining("delete it");
    }

    @Test
    void aPrivateKeyIsNotPrinted() {
        var pair = certificates.newAuthority(database);
        assertThat(pair.toString()).doesNotContain("KEY", pair.privateKey());
    }

    private static Certificates at(Instant now) {
        return new Certificates("cluster.local", new SecureRandom(), Clock.fixed(now, ZoneOffset.UTC));
    }

    private static SSLSession handshake(InstanceTemplate template) throws Exception {
        var now = at(Clock.systemUTC().instant());
        var authority = now.newAuthority(template);
        return TlsHandshake.with(now.newServerCertificate(template, authority), authority.certificate());
    }

    private static Secret ca(PemPair authority) {
        return secret(Map.of("tls.crt", authority.certificate(), "tls.key", authority.privateKey()));
    }

    private static Secret tls(PemPair server, String authority) {
        return secret(Map.of("tls.crt", server.certificate(), "tls.key", server.privateKey(), "ca.crt", authority));
    }

    private static Secret secret(Map<String, String> texts) {
        return new SecretBuilder().withData(SecretData.encode(texts)).build();
    }
}
