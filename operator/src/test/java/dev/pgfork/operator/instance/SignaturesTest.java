package dev.pgfork.operator.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.SignatureException;
import java.time.Clock;
import org.junit.jupiter.api.Test;

/** Each is asked twice: what holds is remembered, and what does not must not be. */
class SignaturesTest {
    private final Certificates certificates = new Certificates("cluster.local", new SecureRandom(), Clock.systemUTC());
    private final InstanceTemplate shop = Templates.database();
    private final PemPair authority = certificates.newAuthority(shop);
    private final PemPair other = certificates.newAuthority(shop);
    private final PemPair server = certificates.newServerCertificate(shop, authority);
    private final Signatures signatures = new Signatures(new SecureRandom());

    @Test
    void holdsForACertificateOfTheAuthorityWithItsOwnKey() throws GeneralSecurityException {
        assertThat(signatures.hold(authority.certificate(), server.certificate(), server.privateKey()))
                .isTrue();
        assertThat(signatures.hold(authority.certificate(), server.certificate(), server.privateKey()))
                .isTrue();
    }

    @Test
    void doesNotHoldWithTheKeyOfAnother() throws GeneralSecurityException {
        var stranger = certificates.newServerCertificate(shop, authority);
        signatures.hold(authority.certificate(), server.certificate(), server.privateKey());
        for (var time = 0; time < 2; time++) {
            assertThat(signatures.hold(authority.certificate(), server.certificate(), stranger.privateKey()))
                    .isFalse();
        }
    }

    @Test
    void refusesWhatAnotherAuthorityHasSigned() throws GeneralSecurityException {
        signatures.hold(authority.certificate(), server.certificate(), server.privateKey());
        for (var time = 0; time < 2; time++) {
            assertThatThrownBy(() -> signatures.hold(other.certificate(), server.certificate(), server.privateKey()))
                    .isInstanceOf(SignatureException.class);
        }
    }

    @Test
    void refusesWhatCannotBeRead() {
        assertThatThrownBy(() -> signatures.hold(authority.certificate(), server.certificate(), "no key"))
                .isInstanceOf(GeneralSecurityException.class);
        assertThatThrownBy(() -> signatures.hold("no certificate", server.certificate(), server.privateKey()))
                .isInstanceOf(GeneralSecurityException.class);
    }

    /** Two texts that are one when they are put together are not one question. */
    @Test
    void doesNotTakeOneQuestionForAnother() throws GeneralSecurityException {
        signatures.hold(authority.certificate(), server.certificate(), server.privateKey());
        assertThatThrownBy(() -> signatures.hold(
                        authority.certificate() + server.certificate().charAt(0),
                        server.certificate().substring(1),
                        server.privateKey()))
                .isInstanceOf(GeneralSecurityException.class);
    }
}
