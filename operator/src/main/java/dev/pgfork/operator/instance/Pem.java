package dev.pgfork.operator.instance;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;

/** Certificates and elliptic-curve keys as the text that Postgres and its clients read. */
final class Pem {
    private Pem() {}

    static String certificate(byte[] encoded) {
        return write("CERTIFICATE", encoded);
    }

    static String privateKey(PrivateKey key) {
        return write("PRIVATE KEY", key.getEncoded());
    }

    /** @throws GeneralSecurityException if the text is no certificate */
    static X509Certificate readCertificate(String pem) throws GeneralSecurityException {
        var bytes = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
        if (CertificateFactory.getInstance("X.509").generateCertificate(bytes) instanceof X509Certificate certificate) {
            return certificate;
        }
        throw new CertificateException("not an X.509 certificate");
    }

    /** @throws GeneralSecurityException if the text is no elliptic-curve key */
    static PrivateKey readPrivateKey(String pem) throws GeneralSecurityException {
        try (var reader = new PemReader(new StringReader(pem))) {
            var object = reader.readPemObject();
            if (object == null) {
                throw new InvalidKeySpecException("not PEM");
            }
            return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(object.getContent()));
        } catch (IOException e) {
            throw new InvalidKeySpecException("not PEM", e);
        }
    }

    private static String write(String type, byte[] content) {
        var text = new StringWriter();
        try (var writer = new PemWriter(text)) {
            writer.writeObject(new PemObject(type, content));
        } catch (IOException e) {
            throw new UncheckedIOException("Writing to memory does not fail", e);
        }
        return text.toString();
    }
}
