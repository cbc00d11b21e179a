package dev.pgfork.operator.postgres;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.postgresql.ssl.WrappedFactory;

/**
 * TLS of one connection: trusts one authority, given in memory, and knows the certificate that the server showed. Made
 * anew for each connection, because a resumed TLS session would show the certificate of an earlier one.
 */
final class ServerTls {

    /** pgjdbc makes its socket factory from a class name; this hands that object what belongs to the connection. */
    static final ScopedValue<ServerTls> OF_THIS_CONNECTION = ScopedValue.newInstance();

    private final SSLContext context;
    private @Nullable SSLSocket socket;

    /** @throws GeneralSecurityException if the PEM holds no certificate */
    ServerTls(String authorityPem) throws GeneralSecurityException {
        var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        try {
            trusted.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException("an empty key store could not be made", e);
        }
        var pem = new ByteArrayInputStream(authorityPem.getBytes(StandardCharsets.US_ASCII));
        for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
            trusted.setCertificateEntry("authority-" + trusted.size(), certificate);
        }
        if (trusted.size() == 0) {
            throw new GeneralSecurityException("the authority's PEM holds no certificate");
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
    }

    /**
     * Serial number, in hexadecimal, of the certificate that the server showed on this connection.
     *
     * @throws IllegalStateException if there was no handshake
     */
    String certificateSerial() {
        if (socket == null) {
            throw new IllegalStateException("not connected");
        }
        try {
            var certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return certificate.getSerialNumber().toString(16).toLowerCase(Locale.ROOT);
        } catch (SSLPeerUnverifiedException e) {
            throw new IllegalStateException("no handshake took place", e);
        }
    }

    private Socket over(Socket plain, String host, int port, boolean autoClose) throws IOException {
        socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, autoClose);
        return socket;
    }

    /** Made by pgjdbc, by reflection (hence public), on the thread that connects. */
    public static final class Factory extends WrappedFactory {
        private final ServerTls tls = OF_THIS_CONNECTION.get();

        /** For pgjdbc. */
        public Factory() {
            factory = tls.context.getSocketFactory();
        }

        @Override
        public Socket createSocket(Socket plain, String host, int port, boolean autoClose) throws IOException {
            return tls.over(plain, host, port, autoClose);
        }
    }
}
