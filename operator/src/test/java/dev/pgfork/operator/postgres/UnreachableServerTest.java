package dev.pgfork.operator.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.pgfork.operator.postgres.Server.ServerException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Addresses at which no Postgres answers, or something else does: no call hangs, and none gives the password away. */
@Timeout(60)
class UnreachableServerTest {
    private static final int SSL_REQUEST_BYTES = 8;

    private final Server server = new JdbcServer(Duration.ofSeconds(1));
    private final String authority = new TestAuthority().certificate;

    @Test
    void nobody_listens() throws IOException {
        int port;
        try (var socket = listen(1)) {
            port = socket.getLocalPort();
        }

        assertThat(failure(port))
                .hasMessage("Postgres at 127.0.0.1:" + port
                        + " could not report on itself: Connection refused (SQLSTATE 08001)");
    }

    /** A full queue of connections: as with a node that is gone, nothing comes back at all. */
    @Test
    void nothing_comes_back() throws IOException {
        try (var socket = listen(1);
                var _ = new Socket(socket.getInetAddress(), socket.getLocalPort());
                var _ = new Socket(socket.getInetAddress(), socket.getLocalPort())) {
            assertThat(failure(socket.getLocalPort())).hasMessageContaining("timed out");
        }
    }

    /** As a postmaster that is stopped: the kernel accepts for it. */
    @Test
    void nobody_speaks() throws IOException {
        try (var socket = listen(10)) {
            assertThat(failure(socket.getLocalPort())).hasMessageContaining("timed out");
        }
    }

    @Test
    void nobody_speaks_once_tls_was_agreed_upon() throws IOException {
        try (var socket = listen(10)) {
            var received = answer(socket, 'S');

            assertThat(failure(socket.getLocalPort())).hasMessageContaining("timed out");
            assertThat(received.join()).doesNotContain("password-of-pgfork");
        }
    }

    @Test
    void somebody_speaks_without_tls() throws IOException {
        try (var socket = listen(10)) {
            var received = answer(socket, 'N');

            assertThat(failure(socket.getLocalPort())).hasMessageContaining("does not support SSL");
            assertThat(received.join()).as("nothing but the question for TLS").hasSize(SSL_REQUEST_BYTES);
        }
    }

    private ServerException failure(int port) {
        var address = new ServerAddress("127.0.0.1", port, authority, "password-of-pgfork");
        return catchThrowableOfType(ServerException.class, () -> server.report(address));
    }

    private static ServerSocket listen(int queue) throws IOException {
        return new ServerSocket(0, queue, InetAddress.getLoopbackAddress());
    }

    /** Answers the question for TLS, then only listens; completes with all that came once the client has gone. */
    private static CompletableFuture<String> answer(ServerSocket socket, char answer) {
        return CompletableFuture.supplyAsync(() -> {
            try (var client = socket.accept()) {
                var question = client.getInputStream().readNBytes(SSL_REQUEST_BYTES);
                client.getOutputStream().write(answer);
                var rest = client.getInputStream().readAllBytes();
                return new String(question, StandardCharsets.ISO_8859_1)
                        + new String(rest, StandardCharsets.ISO_8859_1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
