package dev.pgfork.operator.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** {@code /healthz}, {@code /readyz} and {@code /metrics}. */
public final class HttpEndpoint implements AutoCloseable {
    private final HttpServer server;

    /**
     * @param port 0: any free one
     * @param unhealthy sentences about what only a restart can mend; empty: all is well
     * @param unready sentences about what is not up yet
     * @param metrics in the text format of Prometheus
     * @throws UncheckedIOException if the port is taken
     */
    public HttpEndpoint(
            int port, Supplier<List<String>> unhealthy, Supplier<List<String>> unready, Supplier<String> metrics) {
        try {
            server = HttpServer.create(new InetSocketAddress(port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on port " + port, e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/healthz", exchange -> check(exchange, unhealthy.get()));
        server.createContext("/readyz", exchange -> check(exchange, unready.get()));
        server.createContext(
                "/metrics",
                exchange -> answer(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.get()));
        server.start();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private static void check(HttpExchange exchange, List<String> problems) throws IOException {
        var body = problems.isEmpty() ? "ok\n" : String.join("\n", problems) + "\n";
        answer(exchange, problems.isEmpty() ? 200 : 503, "text/plain; charset=utf-8", body);
    }

    private static void answer(HttpExchange exchange, int code, String type, String body) throws IOException {
        try (exchange) {
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(code, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }
}
