package dev.pgfork.e2e.postgres;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** The certificate that a server shows to its clients, trusted or not. */
public final class ServedCertificate {

    /**
     * Protocol version 1234.5679 asks for TLS; https://www.postgresql.org/docs/current/protocol-message-formats.html
     */
    private static final int SSL_REQUEST = 80877103;

    private ServedCertificate() {}

    public static X509Certificate of(Login login) throws IOException, GeneralSecurityException {
        var address = login.address();
        try (var plain = new Socket(address.getAddress(), address.getPort())) {
            var request = new DataOutputStream(plain.getOutputStream());
            request.writeInt(8);
            request.writeInt(SSL_REQUEST);
            if (new DataInputStream(plain.getInputStream()).readByte() != 'S') {
                throw new IOException("the server does not want TLS");
            }
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustsEverybody()}, null);
            try (var secure =
                    (SSLSocket) context.getSocketFactory().createSocket(plain, login.host(), login.port(), true)) {
                secure.startHandshake();
                return (X509Certificate) secure.getSession().getPeerCertificates()[0];
            }
        }
    }

    private static final class TrustsEverybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
