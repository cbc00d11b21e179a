package dev.pgfork.operator.instance;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Checks that a server's certificate was signed by its authority and belongs to its key. What holds once holds for ever
 * and is remembered: every reconciliation asks, and signatures would cost it more than everything else.
 */
final class Signatures {
    static final String ALGORITHM = "SHA256withECDSA";

    /** Instances; who has more checks some of them again. */
    private static final int MOST = 2_000;

    private final SecureRandom random;
    private final Set<String> holding = Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST;
        }
    }));

    Signatures(SecureRandom random) {
        this.random = random;
    }

    /**
     * @param issuer the authority's certificate; all three as PEM
     * @throws GeneralSecurityException if one of them cannot be read, or another authority has signed the certificate
     */
    boolean hold(String issuer, String certificate, String key) throws GeneralSecurityException {
        var all = hash(issuer, certificate, key);
        if (!holding.contains(all)) {
            var read = Pem.readCertificate(certificate);
            read.verify(Pem.readCertificate(issuer).getPublicKey());
            if (!belongTogether(read, Pem.readPrivateKey(key))) {
                return false;
            }
            holding.add(all);
        }
        return true;
    }

    /** Not the texts themselves: nothing that is kept for ever shall hold a key. */
    private static String hash(String... texts) throws GeneralSecurityException {
        var digest = MessageDigest.getInstance("SHA-256");
        for (var text : texts) {
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
            digest.update(bytes);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private boolean belongTogether(X509Certificate certificate, PrivateKey key) throws GeneralSecurityException {
        var message = "pgfork".getBytes(StandardCharsets.US_ASCII);
        var signer = Signature.getInstance(ALGORITHM);
        signer.initSign(key, random);
        signer.update(message);
        var verifier = Signature.getInstance(ALGORITHM);
        verifier.initVerify(certificate.getPublicKey());
        verifier.update(message);
        return verifier.verify(signer.sign());
    }
}
