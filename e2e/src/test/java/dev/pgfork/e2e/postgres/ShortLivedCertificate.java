package dev.pgfork.e2e.postgres;

import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A server certificate near its end, made by the authority of an instance. */
public final class ShortLivedCertificate {

    private static final Duration SINCE_ISSUE = Duration.ofDays(85);
    private static final Duration LEFT = Duration.ofDays(5);

    private ShortLivedCertificate() {}

    /**
     * Signs one for the names of another.
     *
     * @param authority Secret with tls.crt and tls.key of the authority
     * @return the keys of a TLS Secret to replace, as text
     */
    public static Map<String, String> like(X509Certificate other, Secret authority)
            throws GeneralSecurityException, IOException, OperatorCreationException {
        var issuer = (org.bouncycastle.cert.X509CertificateHolder) pem(Login.value(authority, "tls.crt"));
        var signer =
                new JcaContentSignerBuilder("SHA256withECDSA").build(privateKey(Login.value(authority, "tls.key")));
        var keys = KeyPairGenerator.getInstance("EC").generateKeyPair();
        var now = Instant.now();
        var builder = new JcaX509v3CertificateBuilder(
                issuer.getSubject(),
                BigInteger.valueOf(now.toEpochMilli()),
                Date.from(now.minus(SINCE_ISSUE)),
                Date.from(now.plus(LEFT)),
                new JcaX509CertificateHolder(other).getSubject(),
                keys.getPublic());
        builder.copyAndAddExtension(Extension.subjectAlternativeName, false, new JcaX509CertificateHolder(other));
        return Map.of(
                "tls.crt", text("CERTIFICATE", builder.build(signer).getEncoded()),
                "tls.key", text("PRIVATE KEY", keys.getPrivate().getEncoded()));
    }

    private static PrivateKey privateKey(String pem) throws IOException {
        return new JcaPEMKeyConverter().getPrivateKey((PrivateKeyInfo) pem(pem));
    }

    private static Object pem(String text) throws IOException {
        try (var parser = new PEMParser(new StringReader(text))) {
            return parser.readObject();
        }
    }

    private static String text(String type, byte[] content) {
        var body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n".formatted(type, body);
    }
}
