package dev.pgfork.operator.postgres;

/**
 * Where and how to reach an instance over the network as the role {@code pgfork}. The certificate is checked against
 * the instance's own authority; the name is not (the address is a pod's IP), so whoever connects compares the uid.
 *
 * @param host IP address of the pod
 * @param authority PEM of the certificate authority
 * @param password of the role pgfork
 */
public record ServerAddress(String host, int port, String authority, String password) {
    @Override
    public String toString() {
        return host + ":" + port;
    }
}
