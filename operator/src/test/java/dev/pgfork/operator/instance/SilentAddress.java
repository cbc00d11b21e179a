package dev.pgfork.operator.instance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** A port that neither accepts nor refuses: Linux drops the first packets to a socket whose queue is full. */
final class SilentAddress implements AutoCloseable {
    private static final int MORE_THAN_THE_QUEUE_HOLDS = 4;

    private final ServerSocket server;
    private final List<SocketChannel> waiting = new ArrayList<>();

    SilentAddress() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        for (int i = 0; i < MORE_THAN_THE_QUEUE_HOLDS; i++) {
            var channel = SocketChannel.open();
            waiting.add(channel);
            channel.configureBlocking(false);
            channel.connect(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
        }
    }

    /** As {@link ScriptedInstance#host}. */
    String host() {
        return "localhost:" + server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        for (var channel : waiting) {
            channel.close();
        }
        server.close();
    }
}
