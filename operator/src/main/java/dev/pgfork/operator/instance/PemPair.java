package dev.pgfork.operator.instance;

/**
 * A certificate and its private key, both as PEM (X.509 and PKCS #8).
 *
 * @param privateKey secret
 */
record PemPair(String certificate, String privateKey) {
    @Override
    public String toString() {
        return "PemPair[certificate only shown as PEM]";
    }
}
