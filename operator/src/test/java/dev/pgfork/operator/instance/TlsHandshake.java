package dev.pgfork.operator.instance;

import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A real TLS handshake between a server with a certificate and a client that trusts one authority. */
final class TlsHandshake {
    private static final char[] NO_PASSWORD = {};

    private TlsHandshake() {}

    /** @return the client's session */
    static SSLSession with(PemPair server, String authority) throws IOException, GeneralSecurityException {
        var keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("server", Pem.readPrivateKey(server.privateKey()), NO_PASSWORD, new Certificate[] {
            Pem.readCertificate(server.certificate())
        });
        var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, NO_PASSWORD);

        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("authority", Pem.readCertificate(authority));
        var trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(trusted);

        return between(context(keyManagers.getKeyManagers(), null), context(null, trustManagers.getTrustManagers()));
    }

    private static SSLSession between(SSLContext server, SSLContext client) throws IOException {
        var loopback = InetAddress.getLoopbackAddress();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor();
                var listening =
                        (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0, 1, loopback);
                var socket = client.getSocketFactory().createSocket(loopback, listening.getLocalPort())) {
            var accepted = executor.submit(() -> {
                try (var peer = listening.accept()) {
                    return peer.getInputStream().read();
                }
            });
            try {
                ((SSLSocket) socket).startHandshake();
                return ((SSLSocket) socket).getSession();
            } finally {
                accepted.cancel(true);
            }
        }
    }

    private static SSLContext context(KeyManager @Nullable [] keys, TrustManager @Nullable [] trust)
            throws GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(keys, trust, null);
        return context;
    }
}
