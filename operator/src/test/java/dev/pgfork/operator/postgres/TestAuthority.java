package dev.pgfork.operator.postgres;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/** A certificate authority for tests. */
final class TestAuthority {
    private static final X500Principal NAME = new X500Principal("CN=test authority");

    private final KeyPair keys = ecKeys();
    final String certificate = sign(NAME, keys, BigInteger.ONE, Instant.now().plus(Duration.ofDays(1)), true);

    /** PEM of a server's certificate and of its key. */
    record Issued(String certificate, String key, BigInteger serial) {}

    Issued issue(Instant until) {
        var server = ecKeys();
        var serial = new BigInteger(64, new SecureRandom());
        return new Issued(
                sign(new X500Principal("CN=test server"), server, serial, until, false),
                pem(new PemObject("PRIVATE KEY", server.getPrivate().getEncoded())),
                serial);
    }

    private String sign(
            X500Principal subject, KeyPair subjectKeys, BigInteger serial, Instant until, boolean authority) {
        try {
            var from = until.minus(Duration.ofDays(10));
            var builder = new JcaX509v3CertificateBuilder(
                            NAME, serial, Date.from(from), Date.from(until), subject, subjectKeys.getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            return pem(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
        } catch (IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair ecKeys() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(Object content) {
        var text = new StringWriter();
        try (var writer = new JcaPEMWriter(text)) {
            writer.writeObject(content);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return text.toString();
    }
}
