package dev.pgfork.e2e.postgres;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import javax.net.SocketFactory;

/**
 * Connects to a fixed address whatever host the driver asks for. So a test outside of the cluster's DNS connects "to"
 * {@code shop.prod.svc}, and the driver checks that very name against the server's certificate.
 */
public final class RoutedSocketFactory extends SocketFactory {

    private final InetSocketAddress address;

    /** @param address IP and port, parted by the last colon; the driver passes its property {@code socketFactoryArg} */
    public RoutedSocketFactory(String address) {
        var colon = address.lastIndexOf(':');
        this.address =
                new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    }

    /** What the constructor takes. */
    static String argument(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    @Override
    public Socket createSocket() {
        return new Socket() {
            @Override
            public void connect(SocketAddress endpoint, int timeout) throws IOException {
                super.connect(address, timeout);
            }
        };
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return new Socket(address.getAddress(), address.getPort());
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return new Socket(address.getAddress(), address.getPort(), localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return new Socket(address.getAddress(), address.getPort());
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return new Socket(address.getAddress(), address.getPort(), localHost, localPort);
    }
}
